// Built blocks in, bytes for the block store out, and back: zstd and the header around it.
import { hash } from 'node:crypto'
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
  /** The header as it is stored, and behind it the zstd frame. */
  readonly pieces: readonly [Buffer, Buffer]
}

/** Frames that are shorter on average than any SIP message carry sound. */
const MEDIA_FRAME_BYTES_MAX = 300

/** Compresses on the thread pool. */
export async function packBlock(built: BuiltBlock): Promise<PackedBlock> {
  const isMedia = built.length < MEDIA_FRAME_BYTES_MAX * built.frames
  const packed = await compressFrame(built.bytes.subarray(0, built.length), isMedia)
  const header: BlockHeader = {
    block: built.block,
    line: built.line,
    packedLength: packed.length,
    rawLength: built.length,
    frames: built.frames,
    firstUs: built.firstUs,
    lastUs: built.lastUs,
    digest: digestOf(packed),
  }
  return { header, pieces: [writeBlockHeader(header), packed] }
}

/** First 16 hex digits of the SHA-256 of a block's zstd frame. */
export function digestOf(packed: Uint8Array): string {
  return hash('sha256', packed, 'hex').slice(0, 16)
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
