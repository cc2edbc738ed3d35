// What one sender of HEP has sent, counted packet by packet: the numbers behind a row of the
// arrivals. Keeps a handful of numbers and the last clock offsets, whatever comes.
import type { Arrival, ArrivalTransport, AuthState } from './arrival.ts'

/** Seconds over which the rate is taken. */
const RATE_SECONDS = 10
/** Clock offsets of which the median is told: those of the last packets that had one. */
const OFFSETS_KEPT = 64
/** Packets between two offsets that are kept, so that a burst does not fill them all. */
const OFFSET_EVERY = 16
/** Distance of sequence numbers beyond which an agent has started anew rather than lost so many. */
const SEQUENCE_STEP_MAX = 100_000_000
const US_PER_SECOND = 1_000_000
/** Different things that one sender is told to carry. */
const PROTOCOLS_MAX = 32

/** Tells one sender from the others. */
export interface SenderIdentity {
  readonly source: string
  readonly transport: ArrivalTransport
  readonly address: string | null
  readonly agentId: number | null
  readonly node: string | null
}

export class SenderCounts {
  readonly identity: SenderIdentity
  readonly #firstUs: number
  lastUs: number
  packets = 0
  auth: AuthState = 'not-asked'
  packetsRefused = 0
  packetsDropped = 0
  timesReplaced = 0
  #bytes = 0
  readonly #perSecond = new Uint32Array(RATE_SECONDS + 1)
  #second = 0
  readonly #offsetsMs: number[] = []
  #offsets = 0
  readonly #protocols = new Map<string, number>()
  readonly #problems = new Map<string, number>()
  #run = ''
  #nextSequence = 0
  #missing = 0
  #droppedInRun = 0
  #droppedInEarlierRuns = 0

  constructor(identity: SenderIdentity, nowUs: number) {
    this.identity = identity
    this.#firstUs = nowUs
    this.lastUs = nowUs
    this.#second = Math.floor(nowUs / US_PER_SECOND)
  }

  packet(bytes: number, nowUs: number): void {
    this.packets++
    this.#bytes += bytes
    this.lastUs = nowUs
    const second = Math.floor(nowUs / US_PER_SECOND)
    if (second !== this.#second) this.#turnTo(second)
    const slot = second % this.#perSecond.length
    this.#perSecond[slot] = (this.#perSecond[slot] ?? 0) + 1
  }

  protocol(name: string): void {
    const count = this.#protocols.get(name)
    if (count === undefined && this.#protocols.size >= PROTOCOLS_MAX) return
    this.#protocols.set(name, (count ?? 0) + 1)
  }

  problem(code: string): void {
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1)
  }

  /** The time that a packet carries, against that of its arrival. */
  clock(packetUs: number, nowUs: number): void {
    if (this.packets % OFFSET_EVERY !== 1 && this.#offsetsMs.length >= OFFSETS_KEPT) return
    this.#offsetsMs[this.#offsets++ % OFFSETS_KEPT] = (packetUs - nowUs) / 1000
  }

  /** The count of an agent of ours: what is missing between two numbers was lost on the way. */
  sequence(run: string, sequence: number, dropped: number): void {
    if (run !== this.#run) {
      this.#droppedInEarlierRuns += this.#droppedInRun
      this.#run = run
      // A run of which we hear the beginning later than it began: what came before is not missing.
      this.#nextSequence = sequence
    }
    this.#droppedInRun = dropped
    const step = sequence - this.#nextSequence
    if (step > 0 && step < SEQUENCE_STEP_MAX) this.#missing += step
    // One that comes late was counted as missing when its successor came.
    else if (step < 0 && this.#missing > 0) this.#missing--
    if (step >= 0) this.#nextSequence = sequence + 1
  }

  arrival(nowUs: number): Arrival {
    this.#turnTo(Math.max(this.#second, Math.floor(nowUs / US_PER_SECOND)))
    const { identity, lastUs, packets, auth, packetsRefused, packetsDropped, timesReplaced } = this
    return {
      ...identity,
      firstUs: this.#firstUs,
      lastUs,
      packets,
      bytes: this.#bytes,
      packetsPerSecond: this.#rate(),
      protocols: Object.fromEntries(this.#protocols),
      auth,
      packetsRefused,
      clockOffsetMs: median(this.#offsetsMs),
      timesReplaced,
      problems: Object.fromEntries(this.#problems),
      packetsMissing: this.#run === '' ? null : this.#missing,
      packetsDroppedBySender:
        this.#run === '' ? null : this.#droppedInEarlierRuns + this.#droppedInRun,
      packetsDropped,
    }
  }

  /** Over the last whole seconds: the one that is going on has not come to its end. */
  #rate(): number {
    const current = this.#second % this.#perSecond.length
    let sum = 0
    for (const [slot, count] of this.#perSecond.entries()) if (slot !== current) sum += count
    return sum / RATE_SECONDS
  }

  #turnTo(second: number): void {
    const gone = Math.min(second - this.#second, this.#perSecond.length)
    for (let i = 1; i <= gone; i++) this.#perSecond[(this.#second + i) % this.#perSecond.length] = 0
    this.#second = second
    if (gone === this.#perSecond.length) this.#perSecond.fill(0)
  }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}
