// The messages of a call in, what they say about its recording out: keys that were sent as INFO,
// a recording that was switched off and on, and headers that a rule asks for.
//
// INFO bodies: application/dtmf-relay (`Signal=5`), application/dtmf (`5`); `Record: on|off` as
// telephones with a record key send it.
import type { Leg } from '../calls/leg.ts'
import type { StoredMessage } from '../query/finder.ts'
import { SipMessage } from '../sip/message.ts'
import type { RecordingEvent } from '../store/recordings/recording.ts'
import type { PressedKey } from './pressed-keys.ts'
import type { HeaderValue } from './recording-rules.ts'

export interface CallSigns {
  readonly keys: readonly PressedKey[]
  readonly events: readonly RecordingEvent[]
  /** When a header was seen for the first time, by its name in lower case and its value. */
  readonly headersUs: ReadonlyMap<string, number>
}

/** Names a header with its value in `CallSigns.headersUs`. */
export function headerKeyOf({ name, value }: HeaderValue): string {
  return `${name.toLowerCase()}: ${value.toLowerCase()}`
}

/** Reads the messages of one leg, the wanted headers among them. */
export async function readSigns(
  messages: AsyncIterable<StoredMessage>,
  leg: Pick<Leg, 'src' | 'srcPort'>,
  wanted: readonly HeaderValue[],
): Promise<CallSigns> {
  const keys: PressedKey[] = []
  const events: RecordingEvent[] = []
  const headersUs = new Map<string, number>()
  const message = new SipMessage()
  for await (const { tUs, src, srcPort, bytes, isRetransmission } of messages) {
    if (isRetransmission || !message.read(bytes, 0, bytes.length)) continue
    for (const header of wanted) {
      const key = headerKeyOf(header)
      const has = message.headers(header.name).some((value) => isSame(value, header.value))
      if (has && !headersUs.has(key)) headersUs.set(key, tUs)
    }
    if (!message.isRequest || message.method !== 'INFO') continue
    const side = src === leg.src && srcPort === leg.srcPort ? 'caller' : 'callee'
    const key = keyOf(message)
    if (key !== undefined) keys.push({ tUs, key, side, by: 'info' })
    const kind = switchOf(message)
    if (kind !== undefined) events.push({ tUs, kind, participantId: null, by: 'info' })
  }
  return { keys, events, headersUs }
}

function isSame(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.toLowerCase()
}

function keyOf(message: SipMessage): string | undefined {
  const type = message.contentType?.mediaType ?? ''
  const text = message.body.toString('latin1')
  const match =
    type === 'application/dtmf-relay'
      ? /^\s*Signal\s*=\s*([\d*#A-D]|1[0-5])\s*$/im.exec(text)
      : type === 'application/dtmf'
        ? /^\s*([\d*#A-D]|1[0-5])\s*$/i.exec(text)
        : null
  const written = match?.[1]?.toUpperCase()
  // Some senders number the keys as RFC 4733 does its events.
  return written === undefined || written.length === 1 ? written : '*#ABCD'[Number(written) - 10]
}

function switchOf(message: SipMessage): 'paused' | 'resumed' | undefined {
  const value = message.header('record')?.trim().toLowerCase()
  if (value === 'off') return 'paused'
  return value === 'on' ? 'resumed' : undefined
}
