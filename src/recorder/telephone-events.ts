// RTP packets of a call in, the keys that were pressed out: each once, however often its packets
// were repeated. Reads plain packets alone; keys inside SRTP stay hidden.
//
//     | event 8 | E R volume 8 | duration 16 |                               RFC 4733 §2.3
import type { Stream } from '../calls/stream.ts'
import type { StoredRtp } from '../query/finder.ts'
import type { PressedKey } from './pressed-keys.ts'

const KEYS = '0123456789*#ABCD'
const RTP_BYTES = 12
const EVENT_BYTES = 4

interface KeyStream {
  readonly side: PressedKey['side']
  readonly payloadTypes: ReadonlySet<number>
  /** Timestamps of the last events: all packets of one share it (RFC 4733 §2.5.1.2). */
  lastTimestamp: number | undefined
}

export class TelephoneEvents {
  readonly #streams: ReadonlyMap<string, KeyStream>
  readonly #keys: PressedKey[] = []

  constructor(streams: readonly Stream[]) {
    this.#streams = new Map(streams.map((stream) => [stream.streamKey, keyStream(stream)]))
  }

  push({ streamKey, tUs, bytes }: StoredRtp): void {
    const stream = this.#streams.get(streamKey)
    if (stream === undefined || bytes.length < RTP_BYTES + EVENT_BYTES) return
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!stream.payloadTypes.has(view.readUInt8(1) & 0x7f)) return
    const first = view.readUInt8(0)
    const start = RTP_BYTES + 4 * (first & 0x0f)
    const timestamp = view.readUInt32BE(4)
    const hasExtension = (first & 0x10) !== 0
    if (hasExtension || view.length < start + EVENT_BYTES) return
    if (timestamp === stream.lastTimestamp) return
    stream.lastTimestamp = timestamp
    const key = KEYS[view.readUInt8(start)]
    if (key !== undefined) this.#keys.push({ tUs, key, side: stream.side, by: 'dtmf' })
  }

  /** In order of time. */
  keys(): readonly PressedKey[] {
    return this.#keys.toSorted((a, b) => a.tUs - b.tUs)
  }
}

function keyStream({ direction, payloadTypes }: Stream): KeyStream {
  const events = payloadTypes.filter(({ codec }) => codec?.toLowerCase() === 'telephone-event')
  return {
    side: direction === 'from-callee' ? 'callee' : 'caller',
    payloadTypes: new Set(events.map(({ payloadType }) => payloadType)),
    lastTimestamp: undefined,
  }
}
