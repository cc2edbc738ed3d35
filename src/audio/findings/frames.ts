// Samples in pieces of any size in, windows of one size out, each so many samples after the last.

/** Calls back for every whole window; the array is used again for the next one. */
export class Windows {
  readonly #hop: number
  readonly #each: (window: Float32Array, start: number) => void
  readonly #window: Float32Array
  #filled = 0
  #start = 0

  constructor(size: number, hop: number, each: (window: Float32Array, start: number) => void) {
    this.#hop = hop
    this.#each = each
    this.#window = new Float32Array(size)
  }

  push(samples: Float32Array): void {
    const window = this.#window
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(samples.length - at, window.length - this.#filled)
      window.set(samples.subarray(at, at + count), this.#filled)
      this.#filled += count
      at += count
      if (this.#filled < window.length) return
      this.#each(window, this.#start)
      window.copyWithin(0, this.#hop)
      this.#filled = window.length - this.#hop
      this.#start += this.#hop
    }
  }
}

/** Mean power of samples, 0 to 1. */
export function powerOf(samples: Float32Array): number {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) ** 2
  return samples.length === 0 ? 0 : sum / samples.length
}

/** Power as dB below a full-scale square wave (dBov); -120 at the least. */
export function decibels(power: number): number {
  return power <= 1e-12 ? -120 : 10 * Math.log10(power)
}

/**
 * Share of the samples' power that one frequency has, 0 to 1, by Goertzel's recursion: 1 for a pure
 * tone that fills the window.
 */
export function toneShare(
  samples: Float32Array,
  frequencyHz: number,
  rateHz: number,
  power: number,
): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz)
  let before = 0
  let last = 0
  // An index, not an iterator: this loop is most of what looking for tones costs.
  for (let i = 0; i < samples.length; i++) {
    const next = (samples[i] as number) + coefficient * last - before
    before = last
    last = next
  }
  const magnitude = last * last + before * before - coefficient * last * before
  return power <= 0 ? 0 : (2 * magnitude) / (samples.length * samples.length * power)
}
