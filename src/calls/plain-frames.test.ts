// Frames of media, plain and nearly plain, in: the kernel takes the plain ones without a walk, and
// what comes out must be what decoding every layer of them would have led to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressTable } from '../base/address-table.ts'
import { Decoder } from '../decode/decoder.ts'
import { ethernet, ip4, udp } from '../decode/frames.fixture.ts'
import { Kernel } from '../kernel/kernel.ts'
import { REF_SCALE, START_US } from '../rtp/rtp-packets.fixture.ts'
import type { Frame } from '../source/frame.ts'
import { emptyFrame } from '../source/record-walker.ts'
import { MediaTracker, mediaTrackerBytes } from './media-tracker.ts'
import type { StreamRecord } from './stream-record.ts'

const PROPERTY = { numRuns: 150, seed: 20261128 }
const FRAME_BYTES_MAX = 4096

/** How one packet of a stream differs from the steady ones. */
interface Oddity {
  /** First byte of RTP: version, padding, extension, contributing sources. */
  readonly first: number
  /** Second byte: marker and payload type. */
  readonly second: number
  readonly payload: Uint8Array
  /** Bytes behind the IP packet, as switches pad short frames. */
  readonly trailer: number
  /** Bytes that the capture lacks. */
  readonly cut: number
  /** Offset and value of a byte that is another one. */
  readonly flips: readonly (readonly [number, number])[]
}

function frameBytes(number: number, oddity: Oddity): Buffer {
  const header = Buffer.alloc(12)
  header[0] = oddity.first
  header[1] = oddity.second
  header.writeUInt16BE(1_000 + number, 2)
  header.writeUInt32BE(160 * number, 4)
  header.writeUInt32BE(0xabcd, 8)
  const packet = ip4(udp(Buffer.concat([header, oddity.payload])))
  const bytes = Buffer.concat([ethernet(0x0800, packet), Buffer.alloc(oddity.trailer, 0xee)])
  for (const [at, value] of oddity.flips) if (at < bytes.length) bytes[at] = value
  return bytes
}

/** What is measured where frames are taken in this way. */
function measured(
  oddities: readonly Oddity[],
  take: (tracker: MediaTracker, frame: Frame, kernel: Kernel) => boolean,
): StreamRecord[] {
  const records: StreamRecord[] = []
  const addresses = new AddressTable()
  const kernel = new Kernel(mediaTrackerBytes() + FRAME_BYTES_MAX)
  const emit = (record: StreamRecord): void => void records.push(record)
  const tracker = new MediaTracker({ kernel, addresses, refScale: REF_SCALE, emit })
  const decoder = new Decoder(addresses, {
    datagram: (datagram) => tracker.datagram(datagram),
    streamChunk: () => {},
  })
  for (const [number, oddity] of oddities.entries()) {
    const bytes = frameBytes(number, oddity)
    const frame = { ...emptyFrame(), bytes, end: Math.max(0, bytes.length - oddity.cut) }
    frame.originalLength = bytes.length
    frame.tUs = START_US + number * 20_000
    frame.ref = REF_SCALE + number * 256
    frame.interface = { ...frame.interface, linkType: 1 }
    if (take(tracker, frame, kernel)) decoder.passed(frame.tUs)
    else decoder.push(frame)
  }
  decoder.finish()
  tracker.finish()
  return records
}

const steady: Oddity = {
  first: 0x80,
  second: 0,
  payload: new Uint8Array(160),
  trailer: 0,
  cut: 0,
  flips: [],
}

const odd = fc.record({
  first: fc.oneof(fc.constant(0x80), fc.integer({ min: 0x80, max: 0xbf }), fc.nat(255)),
  second: fc.oneof(fc.constant(0), fc.constant(0x80), fc.nat(255)),
  payload: fc.uint8Array({ maxLength: 200 }),
  trailer: fc.oneof(fc.constant(0), fc.nat(20)),
  cut: fc.oneof(fc.constant(0), fc.nat(60)),
  flips: fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.nat(53), fc.nat(255)), { maxLength: 2 })),
})

/** A stream that is believed by then, and packets of which some are odd. */
const streams = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(steady) }, odd), { maxLength: 40 })
  .map((oddities) => [...Array.from({ length: 8 }, () => steady), ...oddities])

test('plain frames: are measured as if every layer had been decoded', () => {
  fc.assert(
    fc.property(streams, (oddities) => {
      const walked = measured(oddities, () => false)
      const copied = measured(oddities, (tracker, frame) => tracker.frame(frame))
      assert.deepEqual(copied, walked)
      let at = -1
      const inKernel = measured(oddities, (tracker, frame, kernel) => {
        if (at < 0) at = kernel.reserve(FRAME_BYTES_MAX)
        frame.bytes.copy(kernel.bytesAt(at, FRAME_BYTES_MAX))
        return tracker.frame(frame, at)
      })
      assert.deepEqual(inKernel, walked)
    }),
    PROPERTY,
  )
})

test('plain frames: one of a known stream is taken, and one of another is not', () => {
  const taken: boolean[] = []
  const other: Oddity = { ...steady, flips: [[51, 7]] }
  measured([...Array.from({ length: 6 }, () => steady), other, steady], (tracker, frame) => {
    const isTaken = tracker.frame(frame)
    taken.push(isTaken)
    return isTaken
  })
  // Nobody announced the stream: it is believed once several packets agree.
  assert.deepEqual(taken, [false, false, false, false, true, true, false, true])
})
