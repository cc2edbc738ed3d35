// Connectivity checks of ICE in, for two ends of media who checks between them out: the ufrags of
// both, by which their descriptions are found. Keeps a pair for whom it has as long as their
// checks go on; whoever asks says whether they are anybody.
import { RecentMap } from '../base/recent-map.ts'

/** Consent to send is asked for every few seconds, and ends after this time (RFC 7675 §5.1), µs. */
const CONSENT_US = 30_000_000

/** Two ends, and what goes by each of them. */
export interface PairOf<T> {
  readonly src: T
  readonly dst: T
}

interface Checked {
  /** Keys of the ufrags at the end with the lower key and at the other one. */
  low: number
  high: number
  tUs: number
}

export class CheckedPairs {
  readonly #pairs: RecentMap<string, Checked>

  constructor(max: number) {
    this.#pairs = new RecentMap(max)
  }

  /** The ufrags at two ends; undefined where nobody checks between them. */
  between(ends: PairOf<number>): PairOf<number> | undefined {
    const pair = this.#pairs.get(keyOf(ends))
    if (pair === undefined) return undefined
    const { low, high } = pair
    return ends.src < ends.dst ? { src: low, dst: high } : { src: high, dst: low }
  }

  /** True where a pair was checked so short a time ago that it is still in use. */
  isInUse(ends: PairOf<number>, tUs: number): boolean {
    const pair = this.#pairs.get(keyOf(ends))
    return pair !== undefined && tUs - pair.tUs <= CONSENT_US
  }

  set(ends: PairOf<number>, { src, dst }: PairOf<number>, tUs: number): void {
    const [low, high] = ends.src < ends.dst ? [src, dst] : [dst, src]
    const key = keyOf(ends)
    const known = this.#pairs.get(key)
    if (known === undefined) this.#pairs.set(key, { low, high, tUs })
    else Object.assign(known, { low, high, tUs })
  }
}

/** The same both ways. */
function keyOf({ src, dst }: PairOf<number>): string {
  return src < dst ? `${src} ${dst}` : `${dst} ${src}`
}
