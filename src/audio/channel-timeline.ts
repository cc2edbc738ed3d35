// One side of a call as a line of samples: stretches come with their place, in any order within the
// last seconds, and whole pieces go out in order. What comes after its piece went out is dropped
// and counted; stretches that overlap are added, as two talkers are.

/** Samples ahead of what went out that are held at the most; nothing real comes so early. */
const AHEAD_MAX = 48_000 * 60

export class ChannelTimeline {
  /** Number of the sample that goes out next. */
  #base: number
  #samples = new Float32Array(48_000)
  #filled = 0
  #dropped = 0

  /** `base` is the number of the first sample; those before it are dropped. */
  constructor(base: number) {
    this.#base = base
  }

  /** Samples that came too late, or too early to be held. */
  get dropped(): number {
    return this.#dropped
  }

  add(place: number, samples: Float32Array): void {
    const skip = Math.min(samples.length, Math.max(0, this.#base - place))
    const start = place + skip - this.#base
    const room = Math.max(0, AHEAD_MAX - start)
    const count = Math.min(samples.length - skip, room)
    this.#dropped += samples.length - Math.max(0, count)
    if (count <= 0) return
    this.#reserve(start + count)
    for (let i = 0; i < count; i++) {
      const at = start + i
      this.#samples[at] = (this.#samples[at] ?? 0) + (samples[skip + i] ?? 0)
    }
    this.#filled = Math.max(this.#filled, start + count)
  }

  /** The samples before `until`, once; silence where nothing was added. */
  take(until: number): Float32Array {
    const count = Math.max(0, until - this.#base)
    const piece = new Float32Array(count)
    const held = Math.min(count, this.#filled)
    piece.set(this.#samples.subarray(0, held))
    this.#samples.copyWithin(0, held, this.#filled)
    this.#samples.fill(0, this.#filled - held, this.#filled)
    this.#filled -= held
    this.#base += count
    return piece
  }

  /** Number of the sample after the last one that was added. */
  get end(): number {
    return this.#base + this.#filled
  }

  #reserve(length: number): void {
    if (length <= this.#samples.length) return
    const larger = new Float32Array(Math.max(length, this.#samples.length * 2))
    larger.set(this.#samples.subarray(0, this.#filled))
    this.#samples = larger
  }
}
