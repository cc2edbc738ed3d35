// A path in, the same path with an expiry and a signature out, and the check of what comes back:
// whoever holds the URL may fetch that one path until then, with no account. HMAC-SHA256
// (RFC 2104) over both; nothing is stored.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'

export class UrlSigner {
  readonly #key: Buffer
  readonly #clock: Clock

  constructor(key: Buffer, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  /** Signs a path for some seconds. The path has no query of its own. */
  sign(path: string, lifetimeSeconds: number): string {
    const expires = Math.floor(this.#clock.nowUs() / 1_000_000) + lifetimeSeconds
    return `${path}?expires=${expires}&signature=${this.#signature(path, String(expires))}`
  }

  /**
   * Checks a path with the `expires` and `signature` that came with it.
   * @throws Failure `forbidden` where anything was altered or the time has passed
   */
  check(path: string, expires: unknown, signature: unknown): void {
    if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d+$/.test(expires)) {
      throw new Failure('forbidden', 'the address is not signed')
    }
    const found = Buffer.from(signature)
    const expected = Buffer.from(this.#signature(path, expires))
    if (found.length !== expected.length || !timingSafeEqual(found, expected)) {
      throw new Failure('forbidden', 'the signature does not fit the address')
    }
    if (this.#clock.nowUs() >= Number(expires) * 1_000_000) {
      throw new Failure('forbidden', 'the address has expired')
    }
  }

  #signature(path: string, expires: string): string {
    return createHmac('sha256', this.#key).update(`${path}\n${expires}`).digest('base64url')
  }
}
