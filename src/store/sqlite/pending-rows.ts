// Rows of a fresh day on their way into its table, gathered so that they go in by order of their
// ids: written as they come, each would go into another page than the one before.
import { NumberMap } from '../../base/number-map.ts'
import type { LegTable } from './schema.ts'

/** Some 3 MB. */
const ROWS_MAX = 8_192

/** A row whose call may still be named. */
export type PendingRow = Omit<LegTable, 'call_key'> & { call_key: string | null }

export class PendingRows {
  #rows: PendingRow[] = []
  readonly #byId = new NumberMap()

  get isFull(): boolean {
    return this.#rows.length >= ROWS_MAX
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0
  }

  add(row: PendingRow): void {
    this.#byId.set(row.id, this.#rows.length)
    this.#rows.push(row)
  }

  /** The row of this id while it is here. */
  get(id: number): PendingRow | undefined {
    const at = this.#byId.get(id)
    return at === undefined ? undefined : this.#rows[at]
  }

  /** Gives all rows, by their ids, and forgets them. */
  take(): PendingRow[] {
    const rows = this.#rows.sort((a, b) => a.id - b.id)
    this.#rows = []
    this.#byId.clear()
    return rows
  }
}
