// The notes of one day: texts that came with calls, kept by the hash of what ties them to one. The
// same note again adds nothing.
import type { StatementSync } from 'node:sqlite'
import { hashText53 } from '../../base/hash.ts'
import { limits } from '../../base/limits.ts'
import type { CallNote } from '../../calls/call-note.ts'
import type { DayIndex } from './day-index.ts'

export class NoteTable {
  readonly #index: DayIndex
  #insert: StatementSync | undefined

  constructor(index: DayIndex) {
    this.#index = index
  }

  put({ correlationId, tUs, protocolType, text }: CallNote): void {
    this.#index.begin()
    this.#insert ??= this.#index.database.prepare(
      'INSERT OR IGNORE INTO notes VALUES (?, ?, ?, ?, ?, ?)',
    )
    const kept = text.slice(0, limits.noteCharsMax)
    const hashes = [hashText53(correlationId), hashText53(kept)] as const
    this.#insert.run(hashes[0], tUs, hashes[1], protocolType, correlationId, kept)
  }

  /** The earliest of a correlation id, in order. */
  of(correlationId: string): CallNote[] {
    if (!this.#index.hasTable('notes')) return []
    const rows = this.#index.database
      .prepare('SELECT * FROM notes WHERE id_hash = ? AND correlation_id = ? ORDER BY t_us LIMIT ?')
      .all(hashText53(correlationId), correlationId, limits.notesPerLegMax)
    return rows.map((row) => ({
      correlationId,
      tUs: Number(row['t_us']),
      protocolType: Number(row['protocol_type']),
      text: String(row['text']),
    }))
  }
}
