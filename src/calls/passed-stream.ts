// A stream's record in, the payload of a HEP packet out, and back: how an agent of ours passes on
// what it measured where the media goes by. Refuses what is not a whole record, and places in a
// store: the agent's is another one. Whatever the numbers are, they are only shown.
//
//    "ESTR" | version, 1 | the record as stream-record-codec.ts packs it
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { DAY_US } from '../base/day.ts'
import { u32be } from '../source/integers.ts'
import { packStream, unpackStream } from './stream-record-codec.ts'
import type { StreamRecord } from './stream-record.ts'

const MAGIC = 0x45535452
const VERSION = 1
const HEAD_BYTES = 5
const PORT_MAX = 0xffff
const SSRC_MAX = 0xffffffff
/** Times are near those of the HEP packet: hours at most, a call's length. */
const AWAY_US_MAX = 2 * DAY_US

export function writePassedStream(record: StreamRecord): Buffer {
  const writer = new ByteWriter()
  packStream(writer, record)
  const body = writer.take()
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(MAGIC)
  head[4] = VERSION
  return Buffer.concat([head, body])
}

/** True where a payload begins as one that `writePassedStream` wrote. */
export function beginsPassedStream(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > HEAD_BYTES && u32be(bytes, start) === MAGIC && bytes[start + 4] === VERSION
}

/** Undefined for one that is cut, or speaks of another time than `tUs`. */
export function readPassedStream(
  bytes: Uint8Array,
  start: number,
  end: number,
  tUs: number,
): StreamRecord | undefined {
  const reader = new ByteReader(bytes.subarray(start + HEAD_BYTES, end))
  const { record } = unpackStream(reader)
  const { startUs, endUs, srcPort, dstPort, ssrc } = record
  const isSane =
    !reader.isShort &&
    srcPort <= PORT_MAX &&
    dstPort <= PORT_MAX &&
    ssrc <= SSRC_MAX &&
    endUs >= startUs &&
    Math.abs(tUs - startUs) < AWAY_US_MAX &&
    Math.abs(tUs - endUs) < AWAY_US_MAX
  // Its packets lie nowhere here.
  return isSane ? { ...record, firstRef: 0, lastRef: 0, blocks: [] } : undefined
}
