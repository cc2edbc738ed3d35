// Times of frames in, in any order and as absurd as they come; elapsed packet time out, which only
// grows. Ages are measured by it, so that one frame from the year 2100 does not end everything
// that waits, and a capture that goes back in time does not keep it for ever.

/** A step further than this must be confirmed by the frames that follow. */
const STEP_US_MAX = 60_000_000
/** So many frames in a row, near each other, confirm a step. */
const CONFIRMATIONS = 8

export class PacketClock {
  /** µs that passed, as far as the frames can be believed. */
  elapsedUs = 0
  #nowUs = Number.NaN
  #claimedUs = 0
  #confirmations = 0

  /**
   * The time that the frames have come to, as far as they can be believed; NaN before the first.
   */
  get nowUs(): number {
    return this.#nowUs
  }

  /** Takes the time of a frame. */
  observe(tUs: number): void {
    const stepUs = tUs - this.#nowUs
    if (stepUs >= 0 && stepUs <= STEP_US_MAX) {
      this.#nowUs = tUs
      this.elapsedUs += stepUs
      this.#confirmations = 0
    } else if (stepUs < 0 && stepUs >= -STEP_US_MAX) {
      this.#confirmations = 0
    } else {
      this.#claim(tUs)
    }
  }

  /** Takes a time that needs no confirmation: that of a live source's own clock. */
  advance(tUs: number): void {
    if (tUs > this.#nowUs) this.elapsedUs += tUs - this.#nowUs
    this.#nowUs = tUs
    this.#confirmations = 0
  }

  #claim(tUs: number): void {
    if (Number.isNaN(this.#nowUs)) {
      this.#nowUs = tUs
      return
    }
    const isNear = Math.abs(tUs - this.#claimedUs) <= STEP_US_MAX
    this.#confirmations = isNear ? this.#confirmations + 1 : 1
    this.#claimedUs = tUs
    if (this.#confirmations >= CONFIRMATIONS) this.advance(tUs)
  }
}
