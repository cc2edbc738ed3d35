// Pieces of sound in, the bytes of a WAV file out: 16-bit PCM, sizes right from the first byte on
// where the length is known. A file whose length is not known yet is given one that says so, and
// `wavHeader` writes the right one once it is.
import type { SoundPiece } from './sound.ts'

export const WAV_HEADER_BYTES = 44
const BYTES_PER_SAMPLE = 2
/**
 * What a WAV says whose length nobody knew when it began (as ffmpeg and sox write it to a pipe).
 */
const UNKNOWN_BYTES = 0xffff_ffff

export interface WavFormat {
  readonly sampleRateHz: number
  readonly channels: number
}

/** The header of a file with so many samples a channel; undefined for a length yet unknown. */
export function wavHeader({ sampleRateHz, channels }: WavFormat, samples?: number): Buffer {
  const frameBytes = channels * BYTES_PER_SAMPLE
  const known = samples === undefined ? UNKNOWN_BYTES : samples * frameBytes
  // Beyond 4 GB the format has no number: then readers go by the file's end.
  const dataBytes = Math.min(known, UNKNOWN_BYTES)
  const header = Buffer.alloc(WAV_HEADER_BYTES)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(Math.min(dataBytes + WAV_HEADER_BYTES - 8, UNKNOWN_BYTES), 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * frameBytes, 28)
  header.writeUInt16LE(frameBytes, 32)
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(dataBytes, 40)
  return header
}

/** Samples of all channels, interleaved, as 16-bit little-endian. */
export function pcm16({ channels }: Pick<SoundPiece, 'channels'>): Buffer {
  const length = channels[0]?.length ?? 0
  const bytes = Buffer.allocUnsafe(length * channels.length * BYTES_PER_SAMPLE)
  let at = 0
  for (let i = 0; i < length; i++) {
    for (const channel of channels) {
      const scaled = Math.round((channel[i] ?? 0) * 32_768)
      at = bytes.writeInt16LE(Math.min(Math.max(scaled, -32_768), 32_767), at)
    }
  }
  return bytes
}
