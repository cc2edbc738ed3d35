// Samples of one side at 8 kHz in, what its loudness tells out: stretches of silence, how long and
// how loud somebody spoke, and where the sound was cut off at full scale.
import { decibels, powerOf, Windows } from './frames.ts'

const RATE_HZ = 8_000
/** 20 ms. */
const WINDOW = 160
/** Quieter than this is silence: comfort noise and the hiss of a line lie below it. */
const SILENCE_DB = -55
const SILENCE_SECONDS_MIN = 5
/** Louder than this somebody speaks. */
const SPEECH_DB = -45
/** Samples from here on are at full scale in A-law and µ-law too (0.984 and 0.980). */
const FULL_SCALE = 0.975
/** So many of them in a row are no peak but a cut. */
const CUT_RUN = 3
/** Cuts of one second that can be heard. */
const CUTS_MIN = 5
const STRETCHES_MAX = 10_000

/** In samples from the beginning. */
export interface Stretch {
  readonly start: number
  readonly end: number
}

export interface LevelFacts {
  readonly silences: readonly Stretch[]
  readonly clipped: readonly Stretch[]
  /** Seconds louder than speech, and the mean loudness of them, dB below full scale. */
  readonly speechSeconds: number
  readonly speechDb: number
  readonly loudestDb: number
}

export class Levels {
  readonly #windows = new Windows(WINDOW, WINDOW, (window, start) => this.#look(window, start))
  readonly #silences: Stretch[] = []
  readonly #clipped: Stretch[] = []
  #silentSince: number | undefined
  #speechWindows = 0
  #speechPower = 0
  #loudest = 0
  #run = 0
  #cuts = 0
  #cutSecond = 0
  #end = 0

  push(samples: Float32Array): void {
    this.#windows.push(samples)
  }

  finish(): LevelFacts {
    this.#endSilence(this.#end)
    this.#endSecond()
    return {
      silences: this.#silences,
      clipped: this.#clipped,
      speechSeconds: (this.#speechWindows * WINDOW) / RATE_HZ,
      speechDb: decibels(this.#speechPower / Math.max(1, this.#speechWindows)),
      loudestDb: decibels(this.#loudest),
    }
  }

  #look(window: Float32Array, start: number): void {
    const power = powerOf(window)
    const db = decibels(power)
    this.#end = start + WINDOW
    this.#loudest = Math.max(this.#loudest, power)
    if (db < SILENCE_DB) this.#silentSince ??= start
    else this.#endSilence(start)
    if (db > SPEECH_DB) {
      this.#speechWindows++
      this.#speechPower += power
    }
    this.#countCuts(window, start)
  }

  #endSilence(end: number): void {
    const start = this.#silentSince
    this.#silentSince = undefined
    if (start === undefined || end - start < SILENCE_SECONDS_MIN * RATE_HZ) return
    if (this.#silences.length < STRETCHES_MAX) this.#silences.push({ start, end })
  }

  #countCuts(window: Float32Array, start: number): void {
    const second = Math.floor(start / RATE_HZ)
    if (second !== this.#cutSecond) {
      this.#endSecond()
      this.#cutSecond = second
    }
    for (const sample of window) {
      if (Math.abs(sample) < FULL_SCALE) this.#run = 0
      else if (++this.#run === CUT_RUN) this.#cuts++
    }
  }

  #endSecond(): void {
    const cuts = this.#cuts
    this.#cuts = 0
    if (cuts < CUTS_MIN) return
    const start = this.#cutSecond * RATE_HZ
    const end = start + RATE_HZ
    const last = this.#clipped.at(-1)
    // Seconds apart by one are the same shouting.
    if (last !== undefined && start - last.end <= RATE_HZ) {
      this.#clipped[this.#clipped.length - 1] = { start: last.start, end }
    } else if (this.#clipped.length < STRETCHES_MAX) this.#clipped.push({ start, end })
  }
}
