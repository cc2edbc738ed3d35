// Parts of capture files in, their bytes out, for tests: headers and blocks in either byte order,
// damaged at will. Written apart from the writers of this folder, so that the two check each other.
import { CaptureReader, type CaptureResult } from './capture-reader.ts'
import type { CaptureInterface } from './frame.ts'

/** A frame as a test compares it: no shared memory. */
export interface SeenFrame {
  readonly hex: string
  readonly originalLength: number
  readonly tUs: number
  readonly ticks: bigint
  readonly interface: CaptureInterface
}

/** Bytes of a hex text; blanks, line ends and `#` comments are left out. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex')
}

/** 32-bit numbers in one byte order. */
export function words(isLittleEndian: boolean, ...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) {
    if (isLittleEndian) bytes.writeUInt32LE(value, index * 4)
    else bytes.writeUInt32BE(value, index * 4)
  }
  return bytes
}

/** 16-bit numbers in one byte order. */
export function halves(isLittleEndian: boolean, ...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) {
    if (isLittleEndian) bytes.writeUInt16LE(value, index * 2)
    else bytes.writeUInt16BE(value, index * 2)
  }
  return bytes
}

/** A whole pcapng block around a body that is already padded. */
export function block(isLittleEndian: boolean, type: number, ...body: Buffer[]): Buffer {
  const inside = Buffer.concat(body)
  const length = inside.length + 12
  const front = words(isLittleEndian, type, length)
  return Buffer.concat([front, inside, words(isLittleEndian, length)])
}

export function sectionBlock(isLittleEndian: boolean): Buffer {
  const version = halves(isLittleEndian, 1, 0)
  const length = words(isLittleEndian, 0xffffffff, 0xffffffff)
  return block(isLittleEndian, 0x0a0d0d0a, words(isLittleEndian, 0x1a2b3c4d), version, length)
}

export function interfaceBlock(isLittleEndian: boolean, linkType: number, options = ''): Buffer {
  const fixed = [halves(isLittleEndian, linkType, 0), words(isLittleEndian, 65_535)]
  return block(isLittleEndian, 1, ...fixed, hex(options))
}

export function packetBlock(
  isLittleEndian: boolean,
  interfaceId: number,
  ticks: bigint,
  frame: Buffer,
): Buffer {
  const padding = Buffer.alloc(-frame.length & 3)
  const time = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)]
  const fields = [interfaceId, ...time, frame.length, frame.length]
  return block(isLittleEndian, 6, words(isLittleEndian, ...fields), frame, padding)
}

/** Reads a capture that comes in the given pieces. */
export function readPieces(pieces: readonly Buffer[]): {
  frames: SeenFrame[]
  result: CaptureResult
} {
  const reader = new CaptureReader()
  const frames: SeenFrame[] = []
  for (const piece of pieces) {
    reader.push(piece, (frame) => {
      frames.push({
        hex: frame.bytes.toString('hex', frame.start, frame.end),
        originalLength: frame.originalLength,
        tUs: frame.tUs,
        ticks: (BigInt(frame.ticksHigh) << 32n) | BigInt(frame.ticksLow),
        interface: frame.interface,
      })
    })
  }
  reader.finish()
  return { frames, result: reader.result() }
}
