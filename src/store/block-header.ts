// The header before each stored block: a zstd skippable frame (RFC 8878 §3.1.2), so that
// `zstd -dc FILE` passes over it and gives the plain pcapng, while we find every block of a file
// without unpacking any. All numbers little-endian:
//
//   0  magic 0x184D2A5E       4  length of the rest, 56      8  tag "ESB1"
//  12  block number (2 × 32) 20  length of the zstd frame   24  length unpacked
//  28  frames                32  first time, µs (float64)   40  last time, µs (float64)
//  48  first 8 bytes of the SHA-256 of the zstd frame
//  56  line: the block that the same import or capture run began with (2 × 32)

const SKIPPABLE_MAGIC = 0x184d2a5e
const TAG = 0x31425345
const PAYLOAD_BYTES = 56

export const BLOCK_HEADER_BYTES = 8 + PAYLOAD_BYTES

export interface BlockHeader {
  readonly block: number
  readonly packedLength: number
  readonly rawLength: number
  readonly frames: number
  /** First block of the import or capture run that wrote this one. */
  readonly line: number
  readonly firstUs: number
  readonly lastUs: number
  /** 16 hex digits. */
  readonly digest: string
}

export function writeBlockHeader(header: BlockHeader): Buffer {
  const bytes = Buffer.alloc(BLOCK_HEADER_BYTES)
  bytes.writeUInt32LE(SKIPPABLE_MAGIC, 0)
  bytes.writeUInt32LE(PAYLOAD_BYTES, 4)
  bytes.writeUInt32LE(TAG, 8)
  bytes.writeUInt32LE(header.block % 2 ** 32, 12)
  bytes.writeUInt32LE(Math.floor(header.block / 2 ** 32), 16)
  bytes.writeUInt32LE(header.packedLength, 20)
  bytes.writeUInt32LE(header.rawLength, 24)
  bytes.writeUInt32LE(header.frames, 28)
  bytes.writeDoubleLE(header.firstUs, 32)
  bytes.writeDoubleLE(header.lastUs, 40)
  bytes.write(header.digest, 48, 'hex')
  bytes.writeUInt32LE(header.line % 2 ** 32, 56)
  bytes.writeUInt32LE(Math.floor(header.line / 2 ** 32), 60)
  return bytes
}

/** Reads a header at the front of `bytes`; undefined where there is none. */
export function readBlockHeader(bytes: Buffer): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_BYTES) return undefined
  if (bytes.readUInt32LE(0) !== SKIPPABLE_MAGIC || bytes.readUInt32LE(8) !== TAG) return undefined
  return {
    block: bytes.readUInt32LE(12) + bytes.readUInt32LE(16) * 2 ** 32,
    packedLength: bytes.readUInt32LE(20),
    rawLength: bytes.readUInt32LE(24),
    frames: bytes.readUInt32LE(28),
    firstUs: bytes.readDoubleLE(32),
    lastUs: bytes.readDoubleLE(40),
    digest: bytes.toString('hex', 48, 56),
    line: bytes.readUInt32LE(56) + bytes.readUInt32LE(60) * 2 ** 32,
  }
}
