// Rows of a fresh day on their way into its table, gathered so that they go in by order of their
// ids: written as they come, each would go into another page than the one before. They lie in
// columns: objects by the thousand that live for a second are what a collector is slowest at.
import { ByteWriter } from '../../base/byte-writer.ts'
import { NumberMap } from '../../base/number-map.ts'
import type { LegColumns, LegTable } from './schema.ts'

/** Some 3 MB. */
const ROWS_MAX = 8_192
/** Many days may be open that get a row or two. */
const ROWS_AT_FIRST = 64

/** Numbers of a row, side by side; NaN for null. */
const ID = 0
const CALL_HASH = 1
const KIND = 2
const STATE = 3
const FROM_ID = 4
const TO_ID = 5
const SRC_ID = 6
const DST_ID = 7
const STATUS = 8
/** Where its body ends among the bodies; it begins where the one before ends. */
const BODY_END = 9
const NUMBERS = 10

export class PendingRows {
  #numbers = new Float64Array(ROWS_AT_FIRST * NUMBERS)
  #bodies = new ByteWriter()
  #callKeys: (string | null)[] = []
  #conversations: (string | null)[] = []
  #count = 0
  /** By id. */
  readonly #places = new NumberMap()

  get isFull(): boolean {
    return this.#count >= ROWS_MAX
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** Takes the body of the row that is added next. */
  get body(): ByteWriter {
    return this.#bodies
  }

  /** Takes a row, whose body was written. */
  add(row: LegColumns): void {
    const at = this.#count * NUMBERS
    if (at === this.#numbers.length) this.#grow()
    const numbers = this.#numbers
    numbers[at + ID] = row.id
    numbers[at + CALL_HASH] = row.call_hash
    numbers[at + KIND] = row.kind
    numbers[at + STATE] = row.state
    numbers[at + FROM_ID] = row.from_id ?? Number.NaN
    numbers[at + TO_ID] = row.to_id ?? Number.NaN
    numbers[at + SRC_ID] = row.src_id ?? Number.NaN
    numbers[at + DST_ID] = row.dst_id ?? Number.NaN
    numbers[at + STATUS] = row.status ?? Number.NaN
    numbers[at + BODY_END] = this.#bodies.length
    this.#callKeys.push(row.call_key)
    this.#conversations.push(row.conversation)
    this.#places.set(row.id, this.#count++)
  }

  /** Names the call of the row with this id; false where it is not here. */
  setCallKey(id: number, callKey: string | null): boolean {
    const place = this.#places.get(id)
    if (place === undefined) return false
    this.#callKeys[place] = callKey
    return true
  }

  /** Hands on all rows by their ids, and forgets them. A body is good until `take` returns. */
  drain(take: (row: LegTable) => void): void {
    const ids = Float64Array.from({ length: this.#count }, (_, place) => this.#idAt(place))
    const bodies = this.#bodies.written()
    try {
      for (const id of ids.sort()) take(this.#rowAt(this.#places.get(id) ?? 0, bodies))
    } finally {
      this.#count = 0
      this.#bodies.clear()
      this.#callKeys = []
      this.#conversations = []
      this.#places.empty()
    }
  }

  /** Gives back the memory of many rows: no more are coming. */
  shrink(): void {
    this.#numbers = new Float64Array(ROWS_AT_FIRST * NUMBERS)
    this.#bodies = new ByteWriter()
    this.#places.clear()
  }

  #idAt(place: number): number {
    return this.#numbers[place * NUMBERS + ID] ?? 0
  }

  #rowAt(place: number, bodies: Buffer): LegTable {
    const at = place * NUMBERS
    const numbers = this.#numbers
    const bodyStart = place === 0 ? 0 : numbers[at - NUMBERS + BODY_END]
    return {
      id: numbers[at + ID] ?? 0,
      call_hash: numbers[at + CALL_HASH] ?? 0,
      call_key: this.#callKeys[place] ?? null,
      kind: numbers[at + KIND] ?? 0,
      state: numbers[at + STATE] ?? 0,
      from_id: orNull(numbers[at + FROM_ID]),
      to_id: orNull(numbers[at + TO_ID]),
      src_id: orNull(numbers[at + SRC_ID]),
      dst_id: orNull(numbers[at + DST_ID]),
      status: orNull(numbers[at + STATUS]),
      conversation: this.#conversations[place] ?? null,
      body: bodies.subarray(bodyStart, numbers[at + BODY_END]),
    }
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2)
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value
}
