// Comfort noise: a level in, noise of that level out. What RFC 3389 says of the noise's colour is
// passed over: it is there so that a pause does not sound like a dead line.

const SCALE = 2 ** 31

/**
 * Noise at the level that a CN payload names: minus as many dB of full scale (RFC 3389 §3.1).
 * The same seed gives the same noise, so that a rendering is the same every time.
 */
export class ComfortNoise {
  #amplitude: number
  #state: number

  constructor(payload: Uint8Array, seed: number) {
    const level = (payload[0] ?? 127) & 127
    // Uniform noise of amplitude a has the power a²/3; full scale is a square wave of 1 (0 dBov).
    this.#amplitude = level === 127 ? 0 : Math.sqrt(3) * 10 ** (-level / 20)
    this.#state = seed | 1
  }

  samples(count: number): Float32Array {
    const noise = new Float32Array(count)
    for (let i = 0; i < count; i++) {
      // xorshift, Marsaglia 2003.
      this.#state ^= this.#state << 13
      this.#state ^= this.#state >>> 17
      this.#state ^= this.#state << 5
      noise[i] = Math.max(-1, Math.min(1, (this.#state / SCALE) * this.#amplitude))
    }
    return noise
  }
}
