// What is played in place of a lost packet: the sound before it in, a guess of how it went on out.
// The last pitch period is repeated and fades, as ITU-T G.711 Appendix I does it; after 60 ms
// nothing is left, for a guess that long would be an invention.

/** Pitch periods that are looked for: 66 to 200 Hz and their multiples. */
const PITCH_SECONDS_MIN = 0.005
const PITCH_SECONDS_MAX = 0.015
/** Stretch that is compared to find the period. */
const COMPARED_SECONDS = 0.02
const FULL_SECONDS = 0.01
const FADED_SECONDS = 0.06
/** Overlap with the first sound after the hole. */
const OVERLAP_SECONDS = 0.004
/** Samples that must be remembered of what was played. */
const MEMORY_SECONDS = COMPARED_SECONDS + PITCH_SECONDS_MAX

export class Concealment {
  readonly #rate: number
  readonly #memory: Float32Array
  /** How the guess would have gone on after the hole, for the overlap. */
  #tail = new Float32Array(0)

  constructor(sampleRateHz: number) {
    this.#rate = sampleRateHz
    this.#memory = new Float32Array(Math.round(sampleRateHz * MEMORY_SECONDS))
  }

  /** Sound that was played; blended at its beginning where it follows a hole. Changes `samples`. */
  hear(samples: Float32Array): void {
    const overlap = Math.min(this.#tail.length, samples.length)
    for (let i = 0; i < overlap; i++) {
      const share = (i + 1) / (overlap + 1)
      samples[i] = (samples[i] ?? 0) * share + (this.#tail[i] ?? 0) * (1 - share)
    }
    this.#tail = new Float32Array(0)
    const memory = this.#memory
    const kept = samples.subarray(Math.max(0, samples.length - memory.length))
    memory.copyWithin(0, kept.length)
    memory.set(kept, memory.length - kept.length)
  }

  /** Fills a hole of so many samples. */
  fill(count: number): Float32Array {
    const overlap = Math.round(this.#rate * OVERLAP_SECONDS)
    const period = this.#period()
    const memory = this.#memory
    const guess = new Float32Array(count + overlap)
    const full = this.#rate * FULL_SECONDS
    const faded = this.#rate * FADED_SECONDS
    for (let i = 0; i < guess.length && i < faded; i++) {
      const share = i < full ? 1 : (faded - i) / (faded - full)
      guess[i] = (memory[memory.length - period + (i % period)] ?? 0) * share
    }
    this.hear(guess.slice(0, count))
    this.#tail = guess.slice(count)
    return guess.subarray(0, count)
  }

  /** The lag at which the last sound is most like itself. */
  #period(): number {
    const memory = this.#memory
    const min = Math.round(this.#rate * PITCH_SECONDS_MIN)
    const max = Math.round(this.#rate * PITCH_SECONDS_MAX)
    // At high rates every other lag is enough: the ear does not hear the difference.
    const step = Math.max(1, Math.floor(this.#rate / 16_000))
    const start = max
    let best = max
    let bestLikeness = 0
    for (let lag = min; lag <= max; lag += step) {
      let product = 0
      let energy = 1e-9
      for (let i = start; i < memory.length; i += step) {
        const before = memory[i - lag] ?? 0
        product += (memory[i] ?? 0) * before
        energy += before * before
      }
      const likeness = product <= 0 ? 0 : (product * product) / energy
      if (likeness <= bestLikeness) continue
      bestLikeness = likeness
      best = lag
    }
    return best
  }
}
