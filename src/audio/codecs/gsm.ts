// GSM full rate: frames of 33 bytes in, 160 samples each out. A payload may hold several frames;
// what is left over at its end is not decoded.
//
// ETSI EN 300 961 (GSM 06.10) §5.3, the decoder; RFC 3551 §4.5.8 packs a frame as a four-bit mark
// 0xD and the parameters, most significant bit first. Numbers are 16-bit fixed point.
import type { SoundDecoder } from './sound-decoder.ts'

const FRAME_BYTES = 33
const FRAME_SAMPLES = 160
const SUBFRAME_SAMPLES = 40
const LAG_MAX = 120
const SCALE = 32_768

/** Bits of the eight log area ratios, and how each is unpacked: B, MIC and 1/A (table 4.1). */
const LAR_BITS = [6, 6, 5, 5, 4, 4, 3, 3]
const LAR_B = [0, 0, 2048, -2560, 94, -1792, -341, -1144]
const LAR_MIC = [-32, -32, -16, -16, -8, -8, -4, -4]
const LAR_INVERSE_A = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708]
/** Gains of the long-term predictor (table 4.3b) and mantissas of the pulses (table 4.6). */
const LONG_TERM_GAINS = [3_277, 11_469, 21_299, 32_767]
const MANTISSAS = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767]
const DE_EMPHASIS = 28_180
/** Where in a frame the ratios are blended with those of the frame before (table 5.3). */
const BLENDS = [
  { from: 0, to: 13, blend: (a: number, b: number) => (a >> 2) + (b >> 2) + (a >> 1) },
  { from: 13, to: 27, blend: (a: number, b: number) => (a >> 1) + (b >> 1) },
  { from: 27, to: 40, blend: (a: number, b: number) => (a >> 2) + (b >> 2) + (b >> 1) },
  { from: 40, to: 160, blend: (_: number, b: number) => b },
]

export function createGsmDecoder(): SoundDecoder {
  const frames = new GsmFrames()
  const samplesOf = (payload: Uint8Array) =>
    Math.floor(payload.length / FRAME_BYTES) * FRAME_SAMPLES
  return {
    sampleRateHz: 8_000,
    samplesOf,
    decode: (payload) => {
      const samples = new Float32Array(samplesOf(payload))
      for (let at = 0, out = 0; out < samples.length; at += FRAME_BYTES, out += FRAME_SAMPLES) {
        frames.decode(new Bits(payload, at), samples.subarray(out, out + FRAME_SAMPLES))
      }
      return samples
    },
  }
}

class GsmFrames {
  /** Reconstructed short-term residual: 120 samples of the past, 40 of the present. */
  readonly #residual = new Int32Array(LAG_MAX + SUBFRAME_SAMPLES)
  readonly #pulses = new Int32Array(SUBFRAME_SAMPLES)
  readonly #filter = new Int32Array(9)
  #ratios: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0]
  #lag = SUBFRAME_SAMPLES
  #deEmphasis = 0

  decode(bits: Bits, out: Float32Array): void {
    bits.take(4)
    const codes = LAR_BITS.map((width) => bits.take(width))
    const excitation = new Int32Array(FRAME_SAMPLES)
    for (let at = 0; at < FRAME_SAMPLES; at += SUBFRAME_SAMPLES) {
      this.#subframe(bits)
      excitation.set(this.#residual.subarray(LAG_MAX), at)
      this.#residual.copyWithin(0, SUBFRAME_SAMPLES)
    }
    const ratios = codes.map(unpackRatio)
    for (const { from, to, blend } of BLENDS) {
      const reflections = ratios.map((ratio, i) => reflectionOf(blend(this.#ratios[i] ?? 0, ratio)))
      for (let i = from; i < to; i++) {
        const sample = this.#synthesize(reflections, excitation[i] ?? 0)
        this.#deEmphasis = saturate(sample + multiplyRound(this.#deEmphasis, DE_EMPHASIS))
        out[i] = (saturate(this.#deEmphasis * 2) & ~7) / SCALE
      }
    }
    this.#ratios = ratios
  }

  /** §5.3.1 and §5.3.2: the pulses of 5 ms, and what the long-term predictor adds to them. */
  #subframe(bits: Bits): void {
    const lag = bits.take(7)
    const gain = LONG_TERM_GAINS[bits.take(2)] ?? 0
    const grid = bits.take(2)
    readPulses(bits, grid, this.#pulses)
    // A lag that no encoder sends is damage: the last one is used again (§5.3.2).
    if (lag >= SUBFRAME_SAMPLES && lag <= LAG_MAX) this.#lag = lag
    const residual = this.#residual
    for (let i = LAG_MAX; i < LAG_MAX + SUBFRAME_SAMPLES; i++) {
      const predicted = multiplyRound(gain, residual[i - this.#lag] ?? 0)
      residual[i] = saturate((this.#pulses[i - LAG_MAX] ?? 0) + predicted)
    }
  }

  /** §5.3.4: one sample through the lattice filter. */
  #synthesize(reflections: readonly number[], excitation: number): number {
    const v = this.#filter
    let sample = excitation
    for (let i = 7; i >= 0; i--) {
      const reflection = reflections[i] ?? 0
      sample = saturate(sample - multiplyRound(reflection, v[i] ?? 0))
      v[i + 1] = saturate((v[i] ?? 0) + multiplyRound(reflection, sample))
    }
    v[0] = sample
    return sample
  }
}

/** §5.2.16 and §5.2.17: block maximum and thirteen pulses of three bits, placed on their grid. */
function readPulses(bits: Bits, grid: number, pulses: Int32Array): void {
  const code = bits.take(6)
  let exponent = code > 15 ? (code >> 3) - 1 : 0
  let mantissa = code - (exponent << 3)
  if (mantissa === 0) {
    exponent = -4
    mantissa = 7
  } else {
    while (mantissa <= 7) {
      mantissa = (mantissa << 1) | 1
      exponent--
    }
    mantissa -= 8
  }
  const shift = 6 - exponent
  const rounding = shift === 0 ? 0 : 1 << (shift - 1)
  pulses.fill(0)
  for (let i = 0; i < 13; i++) {
    const pulse = multiplyRound(MANTISSAS[mantissa] ?? 0, (2 * bits.take(3) - 7) << 12)
    pulses[grid + 3 * i] = saturate(pulse + rounding) >> shift
  }
}

/** §5.2.8: a coded log area ratio, unpacked. */
function unpackRatio(code: number, i: number): number {
  const shifted = saturate(((code + (LAR_MIC[i] ?? 0)) << 10) - (LAR_B[i] ?? 0) * 2)
  return saturate(multiplyRound(LAR_INVERSE_A[i] ?? 0, shifted) * 2)
}

/** §5.2.9.2: a log area ratio as a reflection coefficient. */
function reflectionOf(ratio: number): number {
  const size = Math.min(Math.abs(ratio), 32_767)
  const reflection =
    size < 11_059 ? size << 1 : size < 20_070 ? size + 11_059 : saturate((size >> 2) + 26_112)
  return ratio < 0 ? -reflection : reflection
}

/** Reads a frame's parameters, most significant bit first. */
class Bits {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes
    this.#at = offset * 8
  }

  take(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) {
      value = (value << 1) | (((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1)
    }
    return value
  }
}

function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value
}

function multiplyRound(a: number, b: number): number {
  return (a * b + 16_384) >> 15
}
