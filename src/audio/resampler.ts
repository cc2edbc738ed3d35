// Samples at one rate in, at another out, in pieces of any size. A low-pass filter of windowed sinc
// functions, one for each phase between two samples; it adds no delay, and equal rates pass as they
// are, bit for bit.

/** Zero crossings of the sinc on either side, at the lower of both rates. */
const CROSSINGS = 24
/** Where the filter begins to fall, as a share of half the lower rate. */
const CUTOFF = 0.94
/** Shape of the Kaiser window: 80 dB of what lies beyond half the rate is gone. */
const KAISER_BETA = 8

export class Resampler {
  readonly #up: number
  readonly #down: number
  readonly #phases: readonly Float32Array[]
  readonly #reach: number
  /** Samples that are still needed; `#first` is the number of the first of them. */
  #input = new Float32Array(0)
  #first: number
  #received = 0
  #next = 0

  constructor(fromHz: number, toHz: number) {
    const divisor = greatestCommonDivisor(fromHz, toHz)
    this.#up = toHz / divisor
    this.#down = fromHz / divisor
    const width = Math.min(1, this.#up / this.#down) * CUTOFF
    this.#reach = fromHz === toHz ? 0 : Math.ceil(CROSSINGS / width)
    this.#phases = this.#reach === 0 ? [] : phasesOf(this.#up, this.#reach, width)
    this.#first = -this.#reach
    this.#input = new Float32Array(this.#reach)
  }

  /** Takes samples and gives those that can be said by now. */
  push(samples: Float32Array): Float32Array {
    if (this.#reach === 0) return samples
    this.#received += samples.length
    return this.#run(samples, this.#received - this.#reach)
  }

  /** Ends the input: gives the rest, so that n samples in become n · to / from out. */
  finish(): Float32Array {
    if (this.#reach === 0) return new Float32Array(0)
    return this.#run(new Float32Array(this.#reach), this.#received)
  }

  /** Output whose place in the input lies before `before`. */
  #run(samples: Float32Array, before: number): Float32Array {
    const input = new Float32Array(this.#input.length + samples.length)
    input.set(this.#input)
    input.set(samples, this.#input.length)
    const until = Math.ceil((before * this.#up) / this.#down)
    const output = new Float32Array(Math.max(0, until - this.#next))
    for (let i = 0; i < output.length; i++) {
      const place = (this.#next + i) * this.#down
      const whole = Math.floor(place / this.#up)
      const taps = this.#phases[place - whole * this.#up]
      if (taps === undefined) continue
      const at = whole - this.#reach + 1 - this.#first
      let sum = 0
      for (let tap = 0; tap < taps.length; tap++) sum += (taps[tap] ?? 0) * (input[at + tap] ?? 0)
      output[i] = sum
    }
    this.#next += output.length
    const needed = Math.floor((this.#next * this.#down) / this.#up) - this.#reach + 1
    const drop = Math.min(Math.max(0, needed - this.#first), input.length)
    this.#input = input.slice(drop)
    this.#first += drop
    return output
  }
}

/** The taps of each phase: weights of the samples from `reach - 1` before to `reach` after. */
function phasesOf(phases: number, reach: number, width: number): Float32Array[] {
  return Array.from({ length: phases }, (_, phase) => {
    const taps = Float32Array.from({ length: 2 * reach }, (_, tap) => {
      const distance = tap - reach + 1 - phase / phases
      return width * sinc(distance * width) * kaiser(distance / reach)
    })
    // Each phase lets a constant pass unchanged.
    const sum = taps.reduce((total, tap) => total + tap, 0)
    return taps.map((tap) => tap / sum)
  })
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA)
}

/** Modified Bessel function of order zero. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
