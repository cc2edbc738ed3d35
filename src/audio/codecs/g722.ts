// G.722 at 64 kbit/s: bytes in, samples at 16 kHz out. Refuses nothing: every byte is a code, and
// one code is two samples. The RTP clock of G.722 is 8000 all the same (RFC 3551 §4.5.2).
//
// ITU-T G.722 §4 (decoder): a byte is two bits of the upper band and six of the lower one. Each
// band is an adaptive difference code with a predictor of two poles and six zeros; a filter of 24
// taps (QMF) puts the bands together. All numbers are 16-bit fixed point, as the standard's blocks
// are.
import type { SoundDecoder } from './sound-decoder.ts'

const SCALE = 32_768
const TAPS = 24

/** Inverse quantizers: QQ2 of the upper band, QQ4 and QQ6 of the lower one (table 16 and 17). */
const QQ2 = [-7408, -1616, 7408, 1616]
const QQ4 = [
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200,
  0,
]
const QQ6 = [
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
  -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400,
  -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232,
  9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688,
  1360, 1040, 728, 432, 136, -432, -136,
]
/**
 * Steps of the logarithmic scale factor: by the lower band's four bits, by the upper band's two.
 */
const LOWER_STEPS = [
  -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
]
const UPPER_STEPS = [798, -214, 798, -214]
const LOWER_LOG_MAX = 18_432
const UPPER_LOG_MAX = 22_528
/** Antilogarithm of the scale factor's fraction (table 14). */
const INVERSE_LOG = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
  2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
]
/** One half of the QMF's taps; the other half is the same backwards. */
const QMF = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11]

export function createG722Decoder(): SoundDecoder {
  const lower = new Band(32)
  const upper = new Band(8)
  const history = new Int32Array(TAPS)
  return {
    sampleRateHz: 16_000,
    samplesOf: (payload) => payload.length * 2,
    decode: (payload) => {
      const samples = new Float32Array(payload.length * 2)
      for (let i = 0; i < payload.length; i++) {
        const code = payload[i] ?? 0
        const low = decodeLower(lower, code & 0x3f)
        const high = decodeUpper(upper, code >> 6)
        history.copyWithin(0, 2)
        history[TAPS - 2] = low + high
        history[TAPS - 1] = low - high
        let even = 0
        let odd = 0
        for (let tap = 0; tap < TAPS / 2; tap++) {
          even += (history[2 * tap] ?? 0) * (QMF[tap] ?? 0)
          odd += (history[2 * tap + 1] ?? 0) * (QMF[TAPS / 2 - 1 - tap] ?? 0)
        }
        samples[2 * i] = saturate(odd >> 11) / SCALE
        samples[2 * i + 1] = saturate(even >> 11) / SCALE
      }
      return samples
    },
  }
}

function decodeLower(band: Band, code: number): number {
  const sample = limit(band.estimate + ((band.scale * (QQ6[code] ?? 0)) >> 15))
  const difference = (band.scale * (QQ4[code >> 2] ?? 0)) >> 15
  band.adaptScale(LOWER_STEPS[code >> 2] ?? 0, LOWER_LOG_MAX, 8)
  band.predict(difference)
  return sample
}

function decodeUpper(band: Band, code: number): number {
  const difference = (band.scale * (QQ2[code] ?? 0)) >> 15
  const sample = limit(band.estimate + difference)
  band.adaptScale(UPPER_STEPS[code] ?? 0, UPPER_LOG_MAX, 10)
  band.predict(difference)
  return sample
}

/** The adaptive half of a band: its scale factor and its predictor. */
class Band {
  /** What the predictor expects of the next sample. */
  estimate = 0
  scale: number
  #log = 0
  /** Quantized differences, newest first, and the six zeros that weigh them. */
  readonly #differences = new Int32Array(7)
  readonly #zeros = new Int32Array(7)
  /** The two newest reconstructed samples, and partly reconstructed ones; the two poles. */
  #r1 = 0
  #r2 = 0
  #p1 = 0
  #p2 = 0
  #a1 = 0
  #a2 = 0
  #zeroEstimate = 0

  constructor(scale: number) {
    this.scale = scale
  }

  /** Blocks LOGSCL and SCALEL (LOGSCH and SCALEH). */
  adaptScale(step: number, max: number, shift: number): void {
    this.#log = Math.min(Math.max(((this.#log * 127) >> 7) + step, 0), max)
    const fraction = INVERSE_LOG[(this.#log >> 6) & 31] ?? 0
    const exponent = shift - (this.#log >> 11)
    this.scale = (exponent < 0 ? fraction << -exponent : fraction >> exponent) << 2
  }

  /** Block 4: takes in one difference and makes the next estimate. */
  predict(difference: number): void {
    const reconstructed = saturate(this.estimate + difference)
    const partly = saturate(this.#zeroEstimate + difference)
    this.#adaptPoles(partly)
    this.#adaptZeros(difference)
    this.#r2 = this.#r1
    this.#r1 = reconstructed
    this.#p2 = this.#p1
    this.#p1 = partly
    const poleEstimate = saturate(
      ((this.#a1 * saturate(this.#r1 * 2)) >> 15) + ((this.#a2 * saturate(this.#r2 * 2)) >> 15),
    )
    let sum = 0
    for (let i = 1; i <= 6; i++) {
      sum += ((this.#zeros[i] ?? 0) * saturate((this.#differences[i] ?? 0) * 2)) >> 15
    }
    this.#zeroEstimate = saturate(sum)
    this.estimate = saturate(poleEstimate + this.#zeroEstimate)
  }

  /** Blocks UPPOL2 and UPPOL1. */
  #adaptPoles(partly: number): void {
    const sign = partly >> 15
    const isLikeLast = sign === this.#p1 >> 15
    const scaled = saturate(this.#a1 * 4)
    const push = Math.min(isLikeLast ? -scaled : scaled, 32_767)
    const second =
      (sign === this.#p2 >> 15 ? 128 : -128) + (push >> 7) + ((this.#a2 * 32_512) >> 15)
    this.#a2 = Math.min(Math.max(second, -12_288), 12_288)
    const first = saturate((isLikeLast ? 192 : -192) + ((this.#a1 * 32_640) >> 15))
    const bound = saturate(15_360 - this.#a2)
    this.#a1 = Math.min(Math.max(first, -bound), bound)
  }

  /** Block UPZERO, and the delay line of the differences. */
  #adaptZeros(difference: number): void {
    const gain = difference === 0 ? 0 : 128
    const sign = difference >> 15
    const differences = this.#differences
    differences[0] = difference
    for (let i = 6; i >= 1; i--) {
      const push = (differences[i] ?? 0) >> 15 === sign ? gain : -gain
      this.#zeros[i] = saturate(push + (((this.#zeros[i] ?? 0) * 32_640) >> 15))
    }
    differences.copyWithin(1, 0, 6)
  }
}

function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value
}

/** Bounds of a band's sample (block LIMIT). */
function limit(value: number): number {
  return value > 16_383 ? 16_383 : value < -16_384 ? -16_384 : value
}
