// Complex numbers in two arrays in, their discrete Fourier transform in the same arrays out.

/** A transform of one size, a power of two; its tables are made once. */
export class Fft {
  readonly size: number
  readonly #cos: Float64Array
  readonly #sin: Float64Array
  readonly #swap: Uint32Array

  constructor(size: number) {
    this.size = size
    const bits = Math.log2(size)
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) =>
      Math.cos((2 * Math.PI * i) / size),
    )
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) =>
      Math.sin((2 * Math.PI * i) / size),
    )
    this.#swap = Uint32Array.from({ length: size }, (_, i) => reversed(i, bits))
  }

  /**
   * Radix two, in place. The inverse is the same with both arrays exchanged, divided by the size.
   */
  forward(real: Float64Array, imaginary: Float64Array): void {
    const { size } = this
    for (let i = 0; i < size; i++) {
      const j = this.#swap[i] ?? 0
      if (j <= i) continue
      exchange(real, i, j)
      exchange(imaginary, i, j)
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half)
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const cos = this.#cos[k * stride] ?? 0
          const sin = this.#sin[k * stride] ?? 0
          const a = start + k
          const b = a + half
          const x = (real[b] ?? 0) * cos + (imaginary[b] ?? 0) * sin
          const y = (imaginary[b] ?? 0) * cos - (real[b] ?? 0) * sin
          real[b] = (real[a] ?? 0) - x
          imaginary[b] = (imaginary[a] ?? 0) - y
          real[a] = (real[a] ?? 0) + x
          imaginary[a] = (imaginary[a] ?? 0) + y
        }
      }
    }
  }
}

function reversed(value: number, bits: number): number {
  let result = 0
  for (let bit = 0; bit < bits; bit++) result |= ((value >> bit) & 1) << (bits - 1 - bit)
  return result
}

function exchange(values: Float64Array, i: number, j: number): void {
  const held = values[i] ?? 0
  values[i] = values[j] ?? 0
  values[j] = held
}
