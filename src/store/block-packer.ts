// Built blocks in, bytes for the block store out, and back: zstd and the header around it.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { Failure } from '../base/failure.ts'
import type { BuiltBlock } from './block-builder.ts'
import { BLOCK_HEADER_BYTES, type BlockHeader, writeBlockHeader } from './block-header.ts'
import { compressFrame } from './frame-compressor.ts'

const decompress = promisify(zstdDecompress)

/** A block as the block store keeps it. */
export interface PackedBlock {
  readonly header: BlockHeader
  /** The header as it is stored, and behind it the zstd frame in as many pieces as it has. */
  readonly pieces: readonly [head: Buffer, ...frame: Buffer[]]
}

/** Frames that are shorter on average than any SIP message carry sound. */
const MEDIA_FRAME_BYTES_MAX = 300

/** Compresses on the thread pool. */
export async function packBlock(built: BuiltBlock): Promise<PackedBlock> {
  const isMedia = built.length < MEDIA_FRAME_BYTES_MAX * built.frames
  const frame = await compressFrame(built.bytes.subarray(0, built.length), isMedia)
  const header: BlockHeader = {
    block: built.block,
    line: built.line,
    packedLength: frame.reduce((length, piece) => length + piece.length, 0),
    rawLength: built.length,
    frames: built.frames,
    firstUs: built.firstUs,
    lastUs: built.lastUs,
    digest: digestOf(...frame),
  }
  return { header, pieces: [writeBlockHeader(header), ...frame] }
}

/** First 16 hex digits of the SHA-256 of a block's zstd frame, which may come in pieces. */
export function digestOf(...frame: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of frame) hash.update(piece)
  return hash.digest('hex').slice(0, 16)
}

/** The pcapng section of a stored block (header and zstd frame). Fails when it is damaged. */
export async function unpackBlock(stored: Buffer, rawLength: number): Promise<Buffer> {
  const packed = stored.subarray(BLOCK_HEADER_BYTES)
  try {
    const raw = await decompress(packed, { maxOutputLength: rawLength })
    if (raw.length === rawLength) return raw
    throw new Failure('internal', `block of ${rawLength} bytes unpacks to ${raw.length}`)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('internal', 'block is damaged', { cause: error })
  }
}
