// Pieces of sound in, its outline at several zooms out: the lowest and the highest sample of each
// short stretch, as whole numbers from -127 to 127. A page draws a waveform from it without the
// sound. Each zoom is made of the one below it, so an hour costs no more memory than its outline.
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import type { SoundPiece } from './sound.ts'

/** Stretches of the finest zoom in a second, and how many of a zoom make one of the next. */
const FINEST_PER_SECOND = 100
const ZOOM = 4
/** A zoom with fewer stretches than this is the last. */
const COARSEST = 256
const SCALE = 127
const MAGIC = 'EPK1'

/** The outline at one zoom. */
export interface PeakLevel {
  readonly samplesPerPeak: number
  /** For each channel lowest, highest, lowest, highest … */
  readonly channels: readonly Int8Array[]
}

export interface Peaks {
  readonly sampleRateHz: number
  /** Samples of one channel. */
  readonly samples: number
  /** The finest first. */
  readonly levels: readonly PeakLevel[]
}

/** Gathers the outline of a sound while it is made. */
export class PeakGatherer {
  readonly #sampleRateHz: number
  readonly #samplesPerPeak: number
  readonly #channels: ChannelPeaks[]
  #samples = 0

  constructor(sampleRateHz: number, channels: number) {
    this.#sampleRateHz = sampleRateHz
    this.#samplesPerPeak = Math.max(1, Math.round(sampleRateHz / FINEST_PER_SECOND))
    this.#channels = Array.from({ length: channels }, () => new ChannelPeaks(this.#samplesPerPeak))
  }

  push({ channels }: Pick<SoundPiece, 'channels'>): void {
    this.#samples += channels[0]?.length ?? 0
    for (const [i, samples] of channels.entries()) this.#channels[i]?.push(samples)
  }

  finish(): Peaks {
    const levels: PeakLevel[] = [
      {
        samplesPerPeak: this.#samplesPerPeak,
        channels: this.#channels.map((channel) => channel.finish()),
      },
    ]
    for (let last = levels[0]; last !== undefined && countOf(last) > COARSEST; ) {
      const coarser = {
        samplesPerPeak: last.samplesPerPeak * ZOOM,
        channels: last.channels.map(coarsen),
      }
      levels.push(coarser)
      last = coarser
    }
    return { sampleRateHz: this.#sampleRateHz, samples: this.#samples, levels }
  }
}

/** The coarsest level that still has `points` stretches, or the finest. */
export function levelFor({ levels }: Peaks, points: number): PeakLevel | undefined {
  return levels.findLast((level) => countOf(level) >= points) ?? levels[0]
}

/**
 * The outline as bytes: `EPK1`, then rate, samples, channels and number of levels as
 * variable-length numbers, and for each level its samples a peak, its stretches, and each channel's
 * pairs as bytes.
 */
export function packPeaks({ sampleRateHz, samples, levels }: Peaks): Buffer {
  const writer = new ByteWriter()
  writer.bytes(Buffer.from(MAGIC, 'latin1'))
  writer.varint(sampleRateHz)
  writer.varint(samples)
  writer.varint(levels[0]?.channels.length ?? 0)
  writer.varint(levels.length)
  for (const level of levels) {
    writer.varint(level.samplesPerPeak)
    writer.varint(countOf(level))
    for (const channel of level.channels) writer.bytes(Buffer.from(channel.buffer))
  }
  return writer.take()
}

/** Reads what `packPeaks` wrote; undefined for anything else. */
export function unpackPeaks(bytes: Uint8Array): Peaks | undefined {
  const reader = new ByteReader(bytes)
  if (Buffer.from(reader.bytes(MAGIC.length)).toString('latin1') !== MAGIC) return undefined
  const sampleRateHz = reader.varint()
  const samples = reader.varint()
  const channels = reader.varint()
  const count = reader.varint()
  const levels: PeakLevel[] = []
  for (let i = 0; i < count && !reader.isShort; i++) {
    const samplesPerPeak = reader.varint()
    const stretches = reader.varint()
    const read = () => Int8Array.from(reader.bytes(stretches * 2), (byte) => (byte << 24) >> 24)
    levels.push({ samplesPerPeak, channels: Array.from({ length: channels }, read) })
  }
  return reader.isShort ? undefined : { sampleRateHz, samples, levels }
}

class ChannelPeaks {
  readonly #samplesPerPeak: number
  #pairs = new Int8Array(1024)
  #length = 0
  #lowest = 0
  #highest = 0
  #held = 0

  constructor(samplesPerPeak: number) {
    this.#samplesPerPeak = samplesPerPeak
  }

  push(samples: Float32Array): void {
    for (const sample of samples) {
      if (this.#held === 0) {
        this.#lowest = sample
        this.#highest = sample
      } else if (sample < this.#lowest) this.#lowest = sample
      else if (sample > this.#highest) this.#highest = sample
      if (++this.#held === this.#samplesPerPeak) this.#note()
    }
  }

  finish(): Int8Array {
    if (this.#held > 0) this.#note()
    return this.#pairs.slice(0, this.#length)
  }

  #note(): void {
    if (this.#length + 2 > this.#pairs.length) {
      const larger = new Int8Array(this.#pairs.length * 2)
      larger.set(this.#pairs)
      this.#pairs = larger
    }
    this.#pairs[this.#length++] = scaled(this.#lowest)
    this.#pairs[this.#length++] = scaled(this.#highest)
    this.#held = 0
  }
}

function scaled(sample: number): number {
  return Math.round(Math.min(Math.max(sample, -1), 1) * SCALE)
}

function coarsen(finer: Int8Array): Int8Array {
  const count = Math.ceil(finer.length / 2 / ZOOM)
  const coarser = new Int8Array(count * 2)
  for (let i = 0; i < count; i++) {
    const pairs = finer.subarray(i * 2 * ZOOM, (i + 1) * 2 * ZOOM)
    let lowest = SCALE
    let highest = -SCALE
    for (let at = 0; at < pairs.length; at += 2) {
      lowest = Math.min(lowest, pairs[at] ?? lowest)
      highest = Math.max(highest, pairs[at + 1] ?? highest)
    }
    coarser[2 * i] = lowest
    coarser[2 * i + 1] = highest
  }
  return coarser
}

function countOf({ channels }: PeakLevel): number {
  return (channels[0]?.length ?? 0) / 2
}
