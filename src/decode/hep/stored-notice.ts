// What a server of ours tells an agent of ours on the same connection: how many packets of its run
// are stored for good. One HEPv3 packet with two chunks of our vendor number and no payload.
import { u16be, u32be } from '../../source/integers.ts'
import * as hep from './hep-chunks.ts'

export interface StoredNotice {
  /** 16 hex digits. */
  readonly run: string
  /** Every packet of the run with a number below this is stored. */
  readonly before: number
}

const CHUNK_BYTES = hep.CHUNK_HEADER_BYTES + 8
const NOTICE_BYTES = hep.HEADER_BYTES + 2 * CHUNK_BYTES

export function writeStoredNotice({ run, before }: StoredNotice): Buffer {
  const bytes = Buffer.alloc(NOTICE_BYTES)
  bytes.writeUInt32BE(hep.MAGIC_HEP3, 0)
  bytes.writeUInt16BE(NOTICE_BYTES, 4)
  let at = putHead(bytes, hep.HEADER_BYTES, hep.EARSHOT_RUN)
  bytes.write(run, at, 'hex')
  at = putHead(bytes, at + 8, hep.EARSHOT_STORED)
  bytes.writeBigUInt64BE(BigInt(before), at)
  return bytes
}

/** Undefined for any other packet. */
export function readStoredNotice(
  bytes: Uint8Array,
  start: number,
  end: number,
): StoredNotice | undefined {
  let run: string | undefined
  let before: number | undefined
  for (let at = start + hep.HEADER_BYTES; at + CHUNK_BYTES <= end; at += u16be(bytes, at + 4)) {
    if (u16be(bytes, at) !== hep.VENDOR_EARSHOT || u16be(bytes, at + 4) !== CHUNK_BYTES) return
    const value = at + hep.CHUNK_HEADER_BYTES
    const type = u16be(bytes, at + 2)
    if (type === hep.EARSHOT_RUN) {
      run = Buffer.from(bytes.subarray(value, value + 8)).toString('hex')
    } else if (type === hep.EARSHOT_STORED) {
      before = u32be(bytes, value) * 2 ** 32 + u32be(bytes, value + 4)
    }
  }
  return run === undefined || before === undefined ? undefined : { run, before }
}

function putHead(bytes: Buffer, at: number, type: number): number {
  bytes.writeUInt16BE(hep.VENDOR_EARSHOT, at)
  bytes.writeUInt16BE(type, at + 2)
  return bytes.writeUInt16BE(CHUNK_BYTES, at + 4)
}
