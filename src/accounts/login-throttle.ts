// Failed logins in, permission to try again out: who guesses secrets waits, longer each time. It
// counts by id and by address in a bounded table, and refuses early tries without looking at them.
// Where an account has logged in before, it is counted apart: others' guesses do not lock it out.
import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { peerOf } from '../base/peers.ts'
import { accountLimits } from './limits.ts'

interface Entry {
  failures: number
  lastUs: number
}

/** What one login is counted under. */
export interface LoginSource {
  readonly account: string
  readonly address: string
}

export class LoginThrottle {
  /** In the order of the last failure, the longest quiet first. */
  readonly #entries = new Map<string, Entry>()
  /** Accounts with the addresses they logged in from, the longest ago first. */
  readonly #familiar = new Set<string>()
  readonly #clock: Clock
  #turnedAway = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Says whether a login may be tried now.
   * @throws Failure `busy` with the wait that is left
   */
  admit(source: LoginSource): void {
    const nowUs = this.#clock.nowUs()
    const waitUs = Math.max(
      this.#waitUs(this.#accountKey(source), accountLimits.failuresFreePerId, nowUs),
      this.#waitUs(addressKey(source), accountLimits.failuresFreePerAddress, nowUs),
    )
    if (waitUs <= 0) return
    this.#turnedAway++
    throw new Failure('busy', 'too many failed logins, wait before the next one', {
      retryAfterMs: Math.ceil(waitUs / 1000),
    })
  }

  failed(source: LoginSource): void {
    this.#count(this.#accountKey(source))
    this.#count(addressKey(source))
  }

  /** A right secret clears its account; the address stays, for it may guess at others. */
  succeeded(source: LoginSource): void {
    this.#entries.delete(this.#accountKey(source))
    const key = familiarKey(source)
    this.#familiar.delete(key)
    if (this.#familiar.size >= accountLimits.throttleEntriesMax) dropFirst(this.#familiar)
    this.#familiar.add(key)
  }

  stats(): { entries: number; turnedAway: number } {
    return { entries: this.#entries.size, turnedAway: this.#turnedAway }
  }

  #accountKey(source: LoginSource): string {
    const key = familiarKey(source)
    return this.#familiar.has(key) ? key : anywhereKey(source)
  }

  #waitUs(key: string, failuresFree: number, nowUs: number): number {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.failures < failuresFree) return 0
    // A clock that was set back must not lock anybody out for as long.
    const quietUs = Math.max(0, nowUs - entry.lastUs)
    if (quietUs >= accountLimits.throttleMemoryUs) {
      this.#entries.delete(key)
      return 0
    }
    const doublings = Math.min(entry.failures - failuresFree, 30)
    const waitUs = accountLimits.throttleWaitUsMin * 2 ** doublings
    return Math.min(waitUs, accountLimits.throttleWaitUsMax) - quietUs
  }

  #count(key: string): void {
    const nowUs = this.#clock.nowUs()
    const known = this.#entries.get(key)
    const isFresh = known !== undefined && nowUs - known.lastUs < accountLimits.throttleMemoryUs
    this.#entries.delete(key)
    if (this.#entries.size >= accountLimits.throttleEntriesMax) dropFirst(this.#entries)
    this.#entries.set(key, { failures: isFresh ? known.failures + 1 : 1, lastUs: nowUs })
  }
}

// As JSON, so that no id reads as another one with an address.

function anywhereKey({ account }: LoginSource): string {
  return JSON.stringify(['account', bounded(account)])
}

function addressKey({ address }: LoginSource): string {
  return JSON.stringify(['address', bounded(peerOf(address))])
}

function familiarKey({ account, address }: LoginSource): string {
  return JSON.stringify(['familiar', bounded(account), bounded(peerOf(address))])
}

/** The table bounds its rows, this bounds their size: what is long stands as its digest. */
function bounded(text: string): string {
  if (text.length <= accountLimits.throttleKeyLengthMax) return text
  return createHash('sha256').update(text).digest('base64url')
}

function dropFirst(table: Map<string, Entry> | Set<string>): void {
  const first = table.keys().next()
  if (first.done !== true) table.delete(first.value)
}
