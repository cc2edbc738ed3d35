// Pieces of sound in, a picture of its frequencies over time out, as PNG: time to the right,
// frequency upwards, loudness as brightness. Its width is bounded, so each column of a long sound
// shows the loudest of what it spans.
import { crc32, deflateSync } from 'node:zlib'
import { Fft } from './fft.ts'
import type { SoundPiece } from './sound.ts'

const WINDOW = 512
const HOP = WINDOW / 2
/** Rows: one for each frequency from 0 to half the rate. */
const HEIGHT = WINDOW / 2
export const SPECTROGRAM_COLUMNS_MAX = 2_000
/** Loudness range that is shown, dB below full scale. */
const RANGE_DB = 96

/** Gathers the spectrogram of one channel; its length must be known before. */
export class SpectrogramGatherer {
  readonly #fft = new Fft(WINDOW)
  readonly #window = Float64Array.from(
    { length: WINDOW },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW),
  )
  readonly #columns: Uint8Array[]
  readonly #samplesPerColumn: number
  #held = new Float32Array(0)
  #heldStart = 0

  constructor(samples: number) {
    const windows = Math.max(1, Math.ceil(samples / HOP))
    const columns = Math.min(windows, SPECTROGRAM_COLUMNS_MAX)
    this.#samplesPerColumn = (windows * HOP) / columns
    this.#columns = Array.from({ length: columns }, () => new Uint8Array(HEIGHT))
  }

  push({ channels }: Pick<SoundPiece, 'channels'>): void {
    const [samples = new Float32Array(0)] = channels
    const joined = new Float32Array(this.#held.length + samples.length)
    joined.set(this.#held)
    joined.set(samples, this.#held.length)
    let at = 0
    for (; at + WINDOW <= joined.length; at += HOP) {
      this.#transform(joined.subarray(at, at + WINDOW), this.#heldStart + at)
    }
    this.#held = joined.slice(at)
    this.#heldStart += at
  }

  /** A grey picture of 8 bits, 256 rows high. */
  finish(): Buffer {
    const width = this.#columns.length
    const rows = Buffer.alloc((width + 1) * HEIGHT)
    for (let row = 0; row < HEIGHT; row++) {
      for (let column = 0; column < width; column++) {
        const level = this.#columns[column]?.[HEIGHT - 1 - row] ?? 0
        rows[row * (width + 1) + 1 + column] = level
      }
    }
    return png(width, HEIGHT, rows)
  }

  #transform(samples: Float32Array, start: number): void {
    const column = this.#columns[Math.floor(start / this.#samplesPerColumn)]
    if (column === undefined) return
    const real = Float64Array.from(samples, (sample, i) => sample * (this.#window[i] ?? 0))
    const imaginary = new Float64Array(WINDOW)
    this.#fft.forward(real, imaginary)
    for (let i = 0; i < HEIGHT; i++) {
      const magnitude = Math.hypot(real[i] ?? 0, imaginary[i] ?? 0) / (WINDOW / 4)
      const db = 20 * Math.log10(magnitude + 1e-9)
      const level = Math.round(((db + RANGE_DB) / RANGE_DB) * 255)
      column[i] = Math.max(column[i] ?? 0, Math.min(Math.max(level, 0), 255))
    }
  }
}

/** ISO/IEC 15948: signature, IHDR (8 bits, grey), IDAT, IEND; each row begins with filter 0. */
function png(width: number, height: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(body.length, 0)
  frame.writeUInt32BE(crc32(typed), 4)
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)])
}
