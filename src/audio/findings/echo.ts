// Both sides at 8 kHz in, a suspicion of echo out: what one side says comes back in the other one's
// sound, later and quieter. By cross-correlation while one of them speaks alone; the same delay
// must be found again and again, for speech resembles speech now and then.
import { Fft } from '../fft.ts'
import { SOUND_SIDES, type SoundSide } from '../sound.ts'
import { decibels, powerOf } from './frames.ts'

/** Half the rate is enough for voices, and a quarter of the work. */
const RATE_HZ = 4_000
const DECIMATION = 2
/** Two seconds of talk are looked for in as much and half a second more. */
const TALK = 2 * RATE_HZ
const DELAY_MIN = Math.round(0.01 * RATE_HZ)
const DELAY_MAX = Math.round(0.5 * RATE_HZ)
const SPAN = TALK + DELAY_MAX
const FFT_SIZE = 16_384
/** Looked at in one direction: a few minutes of talk say as much as an hour. */
const LOOKS_MAX = 60
const TALK_DB_MIN = -40
/** The other side must be quieter, or it speaks itself, and not silent, or there is no echo. */
const QUIETER_DB_MIN = 6
const OTHER_DB_MIN = -65
const LIKENESS_MIN = 0.3
/**
 * The same delay, to within a millisecond, in so many looks, and in half of those with a likeness.
 */
const SAME_DELAY = 4
const LOOKS_MIN = 3

export interface FoundEcho {
  /** In whose sound the other one comes back. */
  readonly side: SoundSide
  /** Samples (at 8 kHz) from the beginning. */
  readonly start: number
  readonly end: number
  readonly delayMs: number
  /** How much quieter it comes back. */
  readonly lossDb: number
}

interface Look {
  readonly start: number
  readonly delay: number
  readonly lossDb: number
}

export class EchoSearch {
  readonly #fft = new Fft(FFT_SIZE)
  /** The last samples of either side, at the lower rate. */
  readonly #held = [new Float32Array(SPAN), new Float32Array(SPAN)] as const
  readonly #looks: readonly [Look[], Look[]] = [[], []]
  readonly #tried = [0, 0]
  #filled = 0
  #start = 0

  /** Caller and callee, equally long, of an even number of samples. */
  push(sides: readonly Float32Array[]): void {
    const [caller = new Float32Array(0), callee = new Float32Array(0)] = sides
    for (let i = 0; i + 1 < caller.length; i += DECIMATION) {
      this.#held[0][this.#filled] = ((caller[i] ?? 0) + (caller[i + 1] ?? 0)) / 2
      this.#held[1][this.#filled] = ((callee[i] ?? 0) + (callee[i + 1] ?? 0)) / 2
      if (++this.#filled < SPAN) continue
      this.#look(0)
      this.#look(1)
      for (const held of this.#held) held.copyWithin(0, TALK)
      this.#filled = SPAN - TALK
      this.#start += TALK
    }
  }

  finish(): FoundEcho[] {
    return this.#looks.flatMap((looks, talker) => {
      const side = SOUND_SIDES[1 - talker]
      const same = mostAlike(looks)
      const [first] = same
      const last = same.at(-1)
      if (side === undefined || first === undefined || last === undefined) return []
      if (same.length < LOOKS_MIN || same.length * 2 < looks.length) return []
      const lossDb = same.reduce((sum, look) => sum + look.lossDb, 0) / same.length
      return [
        {
          side,
          start: first.start * DECIMATION,
          end: (last.start + SPAN) * DECIMATION,
          delayMs: Math.round((first.delay * 1_000) / RATE_HZ),
          lossDb: Math.round(lossDb),
        },
      ]
    })
  }

  #look(talker: 0 | 1): void {
    const talk = this.#held[talker].subarray(0, TALK)
    const other = this.#held[talker === 0 ? 1 : 0]
    const talkDb = decibels(powerOf(talk))
    const otherDb = decibels(powerOf(other))
    if (talkDb < TALK_DB_MIN || otherDb < OTHER_DB_MIN || talkDb - otherDb < QUIETER_DB_MIN) return
    if ((this.#tried[talker] ?? 0) >= LOOKS_MAX) return
    this.#tried[talker] = (this.#tried[talker] ?? 0) + 1
    const products = this.#correlate(talk, other)
    let delay = 0
    for (let lag = DELAY_MIN; lag <= DELAY_MAX; lag++) {
      if (Math.abs(products[lag] ?? 0) > Math.abs(products[delay] ?? 0) || delay === 0) delay = lag
    }
    const echo = other.subarray(delay, delay + TALK)
    const energies = powerOf(talk) * powerOf(echo) * TALK * TALK
    const likeness = Math.abs(products[delay] ?? 0) / Math.sqrt(energies || 1)
    if (likeness < LIKENESS_MIN) return
    const lossDb = talkDb - decibels(powerOf(echo)) - 20 * Math.log10(likeness)
    this.#looks[talker].push({ start: this.#start, delay, lossDb })
  }

  /** Sums of talk[i] · other[i + lag] for every lag from 0 on. */
  #correlate(talk: Float32Array, other: Float32Array): Float64Array {
    // Both at once: one as the real part, one as the imaginary part, taken apart by symmetry.
    const real = new Float64Array(FFT_SIZE)
    const imaginary = new Float64Array(FFT_SIZE)
    real.set(talk)
    imaginary.set(other)
    this.#fft.forward(real, imaginary)
    const productReal = new Float64Array(FFT_SIZE)
    const productImaginary = new Float64Array(FFT_SIZE)
    for (let i = 0; i < FFT_SIZE; i++) {
      const j = (FFT_SIZE - i) % FFT_SIZE
      const [a, b, c, d] = [real[i] ?? 0, imaginary[i] ?? 0, real[j] ?? 0, imaginary[j] ?? 0]
      const talkReal = (a + c) / 2
      const talkImaginary = (b - d) / 2
      const otherReal = (b + d) / 2
      const otherImaginary = (c - a) / 2
      productReal[i] = talkReal * otherReal + talkImaginary * otherImaginary
      productImaginary[i] = talkReal * otherImaginary - talkImaginary * otherReal
    }
    // The inverse transform is the forward one with both parts exchanged.
    this.#fft.forward(productImaginary, productReal)
    return productReal.map((value) => value / FFT_SIZE)
  }
}

/** The largest group of looks with one delay. */
function mostAlike(looks: readonly Look[]): readonly Look[] {
  let best: readonly Look[] = []
  for (const { delay } of looks) {
    const same = looks.filter((look) => Math.abs(look.delay - delay) <= SAME_DELAY)
    if (same.length > best.length) best = same
  }
  return best
}
