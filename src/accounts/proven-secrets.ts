// Secrets that were right a short while ago, as keyed digests in memory: an API that takes the
// secret with each request would otherwise hash for a tenth of a second each time. Only right ones
// are remembered, so guessing costs what it did. Nothing here can be turned back into a secret.
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { accountLimits } from './limits.ts'

export class ProvenSecrets {
  /** Made for this process and never written down. */
  readonly #key = randomBytes(32)
  readonly #clock: Clock
  /** When each was proven, the longest ago first. */
  readonly #provenAtUs = new Map<string, number>()
  #dropped = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Whether this secret was proven against this very hash. Another secret, or the same one after
   * the account's was changed by whatever process, has another digest and is not found.
   */
  has(secret: string, secretHash: string): boolean {
    const digest = this.#digestOf(secret, secretHash)
    const provenAtUs = this.#provenAtUs.get(digest)
    if (provenAtUs === undefined) return false
    const ageUs = this.#clock.nowUs() - provenAtUs
    if (ageUs >= 0 && ageUs < accountLimits.provenSecretUs) return true
    this.#provenAtUs.delete(digest)
    return false
  }

  add(secret: string, secretHash: string): void {
    const digest = this.#digestOf(secret, secretHash)
    this.#provenAtUs.delete(digest)
    const [oldest] = this.#provenAtUs.keys()
    if (this.#provenAtUs.size >= accountLimits.provenSecretsMax && oldest !== undefined) {
      this.#provenAtUs.delete(oldest)
      this.#dropped++
    }
    this.#provenAtUs.set(digest, this.#clock.nowUs())
  }

  stats(): { remembered: number; dropped: number } {
    return { remembered: this.#provenAtUs.size, dropped: this.#dropped }
  }

  // A hash has its own salt, so two accounts with one secret have two digests.
  #digestOf(secret: string, secretHash: string): string {
    const hmac = createHmac('sha256', this.#key)
    return hmac.update(`${secretHash}\n`).update(secret.normalize('NFC')).digest('base64')
  }
}
