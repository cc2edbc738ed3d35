// The messages of a call in, what they say about its recording out: that it was switched off and
// on, by an INFO with `Record: on|off` as telephones with a record key send it, and headers that a
// rule asks for.
import { Failure } from '../base/failure.ts'
import type { StoredMessage } from '../query/finder.ts'
import { SipMessage } from '../sip/message.ts'
import type { RecordingEvent } from '../store/recordings/recording.ts'
import type { HeaderValue } from './recording-rules.ts'

export interface CallSigns {
  readonly events: readonly RecordingEvent[]
  /** When a header was seen for the first time, by its name in lower case and its value. */
  readonly headersUs: ReadonlyMap<string, number>
}

/** Names a header with its value in `CallSigns.headersUs`. */
export function headerKeyOf({ name, value }: HeaderValue): string {
  return `${name.toLowerCase()}: ${value.toLowerCase()}`
}

/**
 * Reads the messages of one leg, the wanted headers among them.
 * @throws Failure `internal` where one is lost that may have asked for silence, or held a header
 */
export async function readSigns(
  messages: AsyncIterable<StoredMessage>,
  wanted: readonly HeaderValue[],
): Promise<CallSigns> {
  const events: RecordingEvent[] = []
  const headersUs = new Map<string, number>()
  const message = new SipMessage()
  for await (const { tUs, bytes, method, isRetransmission } of messages) {
    if (bytes.length === 0 && (method === 'INFO' || wanted.length > 0)) {
      throw new Failure(
        'internal',
        `what a lost message (${method}) says of its recording is unknown`,
      )
    }
    if (isRetransmission || !message.read(bytes, 0, bytes.length)) continue
    for (const header of wanted) {
      const key = headerKeyOf(header)
      const has = message.headers(header.name).some((value) => isSame(value, header.value))
      if (has && !headersUs.has(key)) headersUs.set(key, tUs)
    }
    if (!message.isRequest || message.method !== 'INFO') continue
    const kind = switchOf(message)
    if (kind !== undefined) events.push({ tUs, kind, participantId: null, by: 'info' })
  }
  return { events, headersUs }
}

function isSame(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.toLowerCase()
}

function switchOf(message: SipMessage): 'paused' | 'resumed' | undefined {
  const value = message.header('record')?.trim().toLowerCase()
  if (value === 'off') return 'paused'
  return value === 'on' ? 'resumed' : undefined
}
