// Work in, its result out, a few pieces at a time and in the order they came: so that a flood of
// logins cannot take every thread and all memory. It refuses what would wait behind too many.
import { Failure } from './failure.ts'

export interface TurnLimits {
  readonly atOnceMax: number
  readonly waitingMax: number
}

export class Turns {
  readonly #limits: TurnLimits
  readonly #waiting: (() => void)[] = []
  #running = 0
  #turnedAway = 0

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Runs the work when its turn comes. @throws Failure `busy` where too many wait already */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#limits.atOnceMax) {
      if (this.#waiting.length >= this.#limits.waitingMax) {
        this.#turnedAway++
        throw new Failure('busy', 'too many requests of this kind at once', { retryAfterMs: 1000 })
      }
      // Whoever ends hands its place on, so the count does not change while we wait.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  stats(): { running: number; waiting: number; turnedAway: number } {
    return { running: this.#running, waiting: this.#waiting.length, turnedAway: this.#turnedAway }
  }
}
