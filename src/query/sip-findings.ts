// The messages of a leg in, what they tell about its sound out: digits sent by INFO, holds, and a
// switch to fax over T.38. Each digit once, however often its INFO was sent or seen.
//
// INFO with application/dtmf-relay (`Signal=5`, `Duration=160`) or application/dtmf (`5`), as
// Cisco and others have used it since before RFC 6086.
import { finding, type MediaFinding } from '../audio/findings/media-finding.ts'
import type { SoundSide } from '../audio/sound.ts'
import { SipMessage } from '../sip/message.ts'
import type { StoredMessage } from './finder.ts'
import { HoldFindings } from './hold-findings.ts'

const DIGITS_MAX = 10_000
/** What a body without a duration stands for, ms. */
const DURATION_MS = 250
const DURATION_MS_MAX = 60_000

/** Finds digits, holds and T.38 in the messages of one leg, in their order. */
export async function sipFindings(messages: AsyncIterable<StoredMessage>): Promise<MediaFinding[]> {
  const found = new Map<string, MediaFinding>()
  const holds = new HoldFindings()
  const message = new SipMessage()
  let callerTag: string | undefined
  for await (const { bytes, tUs } of messages) {
    if (found.size >= DIGITS_MAX || !message.read(bytes, 0, bytes.length)) continue
    const tag = message.from?.tag
    callerTag ??= tag
    const side: SoundSide = tag === callerTag ? 'caller' : 'callee'
    holds.read(message, side, tUs)
    if (message.method === 'INFO' && message.isRequest) {
      const digit = digitOf(message.contentType?.mediaType ?? '', message.body.toString('latin1'))
      const key = `${side} ${message.cseq?.number ?? -1} ${digit?.digit}`
      if (digit !== undefined && !found.has(key)) found.set(key, digitFinding(digit, side, tUs))
    }
    const isFax = message.sdp?.media.some(isT38) ?? false
    if (isFax && !found.has('t38')) {
      const text = 'the call goes on as fax over T.38'
      found.set('t38', finding({ kind: 't38', side: null, startUs: tUs, endUs: tUs, text }))
    }
  }
  return [...found.values(), ...holds.finish()].sort((a, b) => a.startUs - b.startUs)
}

function isT38({
  type,
  port,
  formats,
}: {
  type: string
  port: number
  formats: readonly string[]
}) {
  return type === 'image' && port !== 0 && formats.some((format) => format.toLowerCase() === 't38')
}

interface InfoDigit {
  readonly digit: string
  readonly durationMs: number
}

function digitOf(mediaType: string, body: string): InfoDigit | undefined {
  if (mediaType === 'application/dtmf-relay') {
    // Blanks of one line alone: across line ends, each would be where a search begins anew.
    const signal = /^[ \t]*signal[ \t]*=[ \t]*(\S+)/im.exec(body)?.[1]
    const told = /^[ \t]*duration[ \t]*=[ \t]*(\d{1,9})/im.exec(body)?.[1]
    const duration = Number(told ?? DURATION_MS)
    const digit = readDigit(signal)
    const durationMs = Math.min(duration, DURATION_MS_MAX)
    return digit === undefined ? undefined : { digit, durationMs }
  }
  if (mediaType !== 'application/dtmf') return undefined
  const digit = readDigit(body.trim())
  return digit === undefined ? undefined : { digit, durationMs: DURATION_MS }
}

/** Digits as written; some write 10 and 11 for the star and the hash, 16 for a flash. */
function readDigit(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (/^[0-9*#A-D]$/i.test(text)) return text.toUpperCase()
  if (text === '10') return '*'
  if (text === '11') return '#'
  return text === '16' || /^(?:flash|hf|!)$/i.test(text) ? 'flash' : undefined
}

function digitFinding(
  { digit, durationMs }: InfoDigit,
  side: SoundSide,
  tUs: number,
): MediaFinding {
  return finding({
    kind: 'dtmf',
    side,
    startUs: tUs,
    endUs: tUs + durationMs * 1_000,
    text: `${side} presses ${digit}, told by INFO`,
    digit,
    source: 'info',
    measures: { durationMs },
  })
}
