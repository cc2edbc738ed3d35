// The legs in memory: what every message of a leg needs lies in 128 bytes of one large array,
// found by a 53-bit hash of the Call-ID; texts lie apart and are touched when a leg begins and
// when it is stored. A message of one leg among 100,000 costs as little as memory allows.
import type { Identity } from './leg.ts'
import type { GivenReason, JoinKey, LegHead } from './leg-record.ts'

/** Fields of a record that are float64, by their place in it. */
export const LEG_HASH = 0
export const LEG_SRC = 1
export const LEG_DST = 2
export const LEG_LAST_US = 3
/** Ref of the earliest message that no stored record covers. */
export const LEG_DIRTY_REF = 4
/** Of the message that the head was read from. */
export const LEG_HEAD_T_US = 5
/** Fields that are uint32. */
const LEG_NEXT = 12
export const LEG_FLAGS = 13
export const LEG_COUNT = 14
export const LEG_FIRST_CHUNK = 15
export const LEG_LAST_CHUNK = 16
/** Ports of the first message, source in the upper half. */
export const LEG_PORTS = 17
export const LEG_TRANSPORT = 18
export const LEG_HEAD_HASH = 19
export const LEG_TAG_COUNT = 20
export const LEG_TAGS = 21
/** Tags that a record holds; dialogs have two, forks a few more. */
export const LEG_TAGS_MAX = 8
/** What the message of the head is a witness of (witness.ts). */
export const LEG_HEAD_WITNESS = LEG_TAGS + LEG_TAGS_MAX

const RECORD_DOUBLES = 16
const RECORD_WORDS = 32
const FIRST_RECORDS = 4_096
const NONE = 0xffffffff

export const FLAG_IS_CALL = 1
export const FLAG_IS_ENDED = 2
/** It stands in the queue of ended legs. */
export const FLAG_IS_QUEUED = 4
export const FLAG_IS_DIRTY = 8
/** Another leg is how it went on: see onward-legs.ts. */
export const FLAG_IS_CARRIED_ON = 16
/** Messages went the other way between the ends of the first, too: path 1. */
export const FLAG_HAS_REVERSE = 32
/** A message came that is older than the one before. */
export const FLAG_OUT_OF_ORDER = 128
/** It has a `LegMore`. */
export const FLAG_HAS_MORE = 64

/** Texts of a leg. */
export interface LegTexts {
  readonly callId: string | null
  head: LegHead
  joinKeys: readonly JoinKey[]
  conversation: string | null
  problems: readonly string[]
  /** See LegTrail. */
  reasons: readonly GivenReason[]
  identities: readonly Identity[]
}

/** What few legs have. */
export interface LegMore {
  /** Paths from number 2 on, flat: src, srcPort, dst, dstPort, transport, src, … */
  readonly paths: number[]
  /** Tags beyond those of the record. */
  readonly tags: number[]
  readonly methods: string[]
  /** See LegTrail. */
  readonly extras: number[][]
}

/** Records of legs by number. A number is used again after `remove`. */
export class OpenLegs {
  doubles = new Float64Array(FIRST_RECORDS * RECORD_DOUBLES)
  words = new Uint32Array(this.doubles.buffer)
  readonly #texts: (LegTexts | undefined)[] = []
  readonly #more = new Map<number, LegMore>()
  /** How often each number was used: tells an old entry of a queue from the leg there now. */
  #births = new Uint32Array(FIRST_RECORDS)
  readonly #free: number[] = []
  readonly #buckets: Uint32Array
  readonly #bucketMask: number
  #used = 0
  #size = 0
  #callIdChars = 0

  /** `legsMax` sets how many buckets there are, not how many legs may be. */
  constructor(legsMax: number) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(1024, legsMax)))
    this.#buckets = new Uint32Array(buckets).fill(NONE)
    this.#bucketMask = buckets - 1
  }

  get size(): number {
    return this.#size
  }

  /** Characters of all Call-IDs. */
  get callIdChars(): number {
    return this.#callIdChars
  }

  /** The leg of this Call-ID hash, -1 for none. */
  find(hash: number): number {
    let leg = this.#buckets[this.#bucketOf(hash)] ?? NONE
    while (leg !== NONE) {
      if (this.doubles[leg * RECORD_DOUBLES + LEG_HASH] === hash) return leg
      leg = this.words[leg * RECORD_WORDS + LEG_NEXT] ?? NONE
    }
    return -1
  }

  /** Adds a leg with an empty record. */
  add(hash: number, texts: LegTexts): number {
    const leg = this.#free.pop() ?? this.#fresh()
    const word = leg * RECORD_WORDS
    // One by one: for so few a call into the engine costs more.
    for (let at = word; at < word + RECORD_WORDS; at++) this.words[at] = 0
    this.doubles[leg * RECORD_DOUBLES + LEG_HASH] = hash
    const bucket = this.#bucketOf(hash)
    this.words[word + LEG_NEXT] = this.#buckets[bucket] ?? NONE
    this.#buckets[bucket] = leg
    this.#texts[leg] = texts
    this.#callIdChars += texts.callId?.length ?? 0
    this.#births[leg] = (this.#births[leg] ?? 0) + 1
    this.#size++
    return leg
  }

  remove(leg: number): void {
    const word = leg * RECORD_WORDS
    const bucket = this.#bucketOf(this.doubles[leg * RECORD_DOUBLES + LEG_HASH] ?? 0)
    const after = this.words[word + LEG_NEXT] ?? NONE
    let before = this.#buckets[bucket] ?? NONE
    if (before === leg) this.#buckets[bucket] = after
    else {
      while (this.words[before * RECORD_WORDS + LEG_NEXT] !== leg) {
        before = this.words[before * RECORD_WORDS + LEG_NEXT] ?? NONE
      }
      this.words[before * RECORD_WORDS + LEG_NEXT] = after
    }
    this.#callIdChars -= this.#texts[leg]?.callId?.length ?? 0
    this.#texts[leg] = undefined
    this.#more.delete(leg)
    this.#births[leg] = (this.#births[leg] ?? 0) + 1
    this.#free.push(leg)
    this.#size--
  }

  /** Place of a leg's float64 fields in `doubles`, and of its uint32 fields in `words`. */
  doublesOf(leg: number): number {
    return leg * RECORD_DOUBLES
  }

  wordsOf(leg: number): number {
    return leg * RECORD_WORDS
  }

  texts(leg: number): LegTexts {
    const texts = this.#texts[leg]
    if (texts === undefined) throw new Error(`leg ${leg} is not open`)
    return texts
  }

  /** What few legs have; made when a leg comes to need it. */
  more(leg: number): LegMore {
    let more = this.#more.get(leg)
    if (more === undefined) {
      more = { paths: [], tags: [], methods: [], extras: [] }
      this.#more.set(leg, more)
      this.setFlag(leg, FLAG_HAS_MORE)
    }
    return more
  }

  moreIfAny(leg: number): LegMore | undefined {
    return this.hasFlag(leg, FLAG_HAS_MORE) ? this.#more.get(leg) : undefined
  }

  hasFlag(leg: number, flag: number): boolean {
    return ((this.words[leg * RECORD_WORDS + LEG_FLAGS] ?? 0) & flag) !== 0
  }

  setFlag(leg: number, flag: number): void {
    const at = leg * RECORD_WORDS + LEG_FLAGS
    this.words[at] = (this.words[at] ?? 0) | flag
  }

  clearFlag(leg: number, flag: number): void {
    const at = leg * RECORD_WORDS + LEG_FLAGS
    this.words[at] = (this.words[at] ?? 0) & ~flag
  }

  /** Changes whenever a leg's number passes to another leg. */
  birth(leg: number): number {
    return this.#births[leg] ?? 0
  }

  /** Every open leg's number. Legs may be removed on the way. */
  *[Symbol.iterator](): Generator<number> {
    for (let leg = 0; leg < this.#used; leg++) if (this.#texts[leg] !== undefined) yield leg
  }

  #bucketOf(hash: number): number {
    return hash & this.#bucketMask
  }

  #fresh(): number {
    if (this.#used * RECORD_DOUBLES === this.doubles.length) {
      const doubles = new Float64Array(this.doubles.length * 2)
      doubles.set(this.doubles)
      const births = new Uint32Array(this.#births.length * 2)
      births.set(this.#births)
      this.doubles = doubles
      this.words = new Uint32Array(doubles.buffer)
      this.#births = births
    }
    return this.#used++
  }
}
