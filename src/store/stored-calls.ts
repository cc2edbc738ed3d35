// Legs of calls that a commit made visible, as they pass from who stores to who acts on calls:
// numbers by day, made into names only where somebody asks. Most servers act on no call, and a
// burst stores tens of thousands.
import type { Day } from '../base/day.ts'
import { formatKey } from '../calls/keys.ts'

/** What crosses between threads: Call-ID hashes by day, a leg twice where it was put twice. */
export type StoredHashes = ReadonlyMap<Day, readonly number[]>

/** Goes through the legs' keys, each once, day by day in the order in which they were put. */
export class StoredCalls implements Iterable<string> {
  readonly #hashes: StoredHashes

  constructor(hashes: StoredHashes) {
    this.#hashes = hashes
  }

  get hashes(): StoredHashes {
    return this.#hashes
  }

  *[Symbol.iterator](): Generator<string> {
    for (const [day, hashes] of this.#hashes) {
      for (const hash of new Set(hashes)) yield formatKey({ day, hash })
    }
  }
}

/** Notes one leg of kind call among those of its day. */
export function addCall(calls: Map<Day, number[]>, day: Day, hash: number): void {
  const hashes = calls.get(day)
  if (hashes === undefined) calls.set(day, [hash])
  else hashes.push(hash)
}
