// Packets of telephone events in, the events out: each once, however often its packets were
// repeated, with its whole length however many segments it was sent in.
//
//     |     event     |E|R| volume    |          duration             |        RFC 4733 §2.3
import type { HeardPacket } from '../heard-packet.ts'
import type { SoundSide } from '../sound.ts'
import { finding, type MediaFinding, type MediaFindingKind } from './media-finding.ts'

const DIGITS = '0123456789*#ABCD'
const FLASH = 16
/** ANS and its kin, CNG (RFC 4734 §2.5 and §2.3). */
const FAX_ANSWERING = [32, 33, 34, 35]
const FAX_CALLING = 36
/** Longest segment that one packet can tell; a longer event goes on under a new timestamp. */
const SEGMENT_MAX = 0xffff
/** What may be lost of a segment's end: updates come every 50 ms or so (RFC 4733 §2.6.1). */
const LOST_SECONDS_MAX = 0.2
/** Events of one call; a hand cannot press more. */
const EVENTS_MAX = 10_000

interface OpenEvent {
  readonly code: number
  readonly side: SoundSide
  readonly startUs: number
  /** Timestamp of the present segment, its duration, and that of the segments before it. */
  timestamp: number
  duration: number
  durationBefore: number
  clockHz: number
  isEnded: boolean
}

export class TelephoneEvents {
  readonly #events: OpenEvent[] = []
  readonly #latest = new Map<number, OpenEvent>()

  push(packet: HeardPacket, side: SoundSide): void {
    const { payload, timestamp, streamId, tUs, codec } = packet
    const [code = 0, flags = 0, high = 0, low] = payload
    if (low === undefined) return
    const duration = (high << 8) | low
    const isEnd = (flags & 0x80) !== 0
    const last = this.#latest.get(streamId)
    if (last !== undefined && last.code === code && isOf(last, packet, duration)) {
      last.duration = Math.max(last.duration, duration)
      last.isEnded ||= isEnd
      return
    }
    if (last !== undefined && last.code === code && goesOn(last, packet)) {
      last.durationBefore += last.duration
      Object.assign(last, { timestamp, duration, isEnded: isEnd })
      return
    }
    // A packet of an event before the last: late, or a redundant copy.
    if (last !== undefined && ((timestamp - last.timestamp) | 0) < 0) return
    if (this.#events.length >= EVENTS_MAX) return
    const clockHz = codec !== undefined && codec.clockRateHz > 0 ? codec.clockRateHz : 8_000
    const startUs = Math.round(tUs - (Math.min(duration, clockHz / 10) * 1e6) / clockHz)
    const opened = { code, side, startUs, timestamp, duration, clockHz, isEnded: isEnd }
    const event = { ...opened, durationBefore: 0 }
    this.#events.push(event)
    this.#latest.set(streamId, event)
  }

  findings(): MediaFinding[] {
    return this.#events.flatMap((event) => {
      const kind = kindOf(event.code)
      if (kind === undefined) return []
      const seconds = (event.durationBefore + event.duration) / event.clockHz
      const endUs = event.startUs + Math.round(seconds * 1e6)
      const { side, startUs } = event
      const measures = { durationMs: Math.round(seconds * 1_000) }
      if (kind !== 'dtmf') {
        const which = kind === 'fax-calling' ? 'calling' : 'answering'
        const text = `${side} sends the ${which} tone of fax`
        return [finding({ kind, side, startUs, endUs, text, measures })]
      }
      const digit = event.code === FLASH ? 'flash' : (DIGITS[event.code] ?? '')
      const text = `${side} presses ${digit}`
      return [finding({ kind, side, startUs, endUs, text, digit, source: 'event', measures })]
    })
  }
}

/**
 * Packets of one event have one timestamp. Some senders (those made for Sonus gateways) count it up
 * with the duration; what begins before the event could have ended, unmarked, is that event still.
 */
function isOf(last: OpenEvent, { timestamp, isMarked }: HeardPacket, duration: number): boolean {
  const step = (timestamp - last.timestamp) | 0
  if (step === 0) return true
  if (step < 0 || isMarked) return false
  return step < last.duration || (step === last.duration && duration > last.duration)
}

/**
 * RFC 4733 §2.5.1.3: the next segment begins where the one before ends, of which a few packets may
 * be lost. The marker (§2.3) says that an event is a new one; so does a longer pause, where the
 * packets with the end of the one before were lost.
 */
function goesOn(last: OpenEvent, { timestamp, isMarked }: HeardPacket): boolean {
  if (last.isEnded || isMarked || last.duration === 0) return false
  const step = (timestamp - last.timestamp) | 0
  const unheard = step - last.duration
  return unheard >= 0 && unheard <= last.clockHz * LOST_SECONDS_MAX && step <= SEGMENT_MAX
}

function kindOf(code: number): MediaFindingKind | undefined {
  if (code <= FLASH) return 'dtmf'
  if (FAX_ANSWERING.includes(code)) return 'fax-answering'
  return code === FAX_CALLING ? 'fax-calling' : undefined
}
