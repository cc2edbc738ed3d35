// Requests in, a count within the present window out: a fixed window for each principal, in a
// bounded table. It counts and says; refusing, and how, is the API's.
import type { Clock } from '../../base/clock.ts'
import { apiLimits } from './limits.ts'

export interface RateLimit {
  /** Requests of one principal within a window; 0 for no bound. */
  readonly requestsMax: number
  readonly windowSeconds: number
}

/** Where a principal stands after a request was counted. */
export interface RateCount {
  readonly count: number
  /** The bound; 0 where there is none. */
  readonly allowed: number
  /** Whole seconds, at least 1, until the window ends and counting starts again. */
  readonly resetSeconds: number
  readonly isOver: boolean
}

interface Window {
  startUs: number
  count: number
}

export class RateLimiter {
  readonly #clock: Clock
  readonly #limit: RateLimit
  /** In the order in which the windows began. */
  readonly #windows = new Map<string, Window>()

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Counts one request of a principal; its window begins with its first request. */
  count(principal: string): RateCount {
    const nowUs = this.#clock.nowUs()
    const windowUs = this.#limit.windowSeconds * 1_000_000
    let window = this.#windows.get(principal)
    if (window === undefined || nowUs >= window.startUs + windowUs || nowUs < window.startUs) {
      this.#windows.delete(principal)
      this.#makeRoom()
      window = { startUs: nowUs, count: 0 }
      this.#windows.set(principal, window)
    }
    window.count++
    const allowed = this.#limit.requestsMax
    return {
      count: window.count,
      allowed,
      resetSeconds: Math.max(1, Math.ceil((window.startUs + windowUs - nowUs) / 1_000_000)),
      isOver: allowed > 0 && window.count > allowed,
    }
  }

  #makeRoom(): void {
    if (this.#windows.size < apiLimits.ratedPrincipalsMax) return
    const oldest = this.#windows.keys().next()
    if (!oldest.done) this.#windows.delete(oldest.value)
  }
}
