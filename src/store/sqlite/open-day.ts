// A day's database in, what writes and asks it out, each made when it is first needed. An import
// asks nothing: what builds queries is not even loaded for it.
import type { DayIndex } from './day-index.ts'
import type { LegSearch } from './leg-search.ts'
import { LegWriter } from './leg-writer.ts'
import { NoteTable } from './note-table.ts'
import { StreamTable } from './stream-table.ts'

export interface OpenDay {
  readonly index: DayIndex
  readonly streams: StreamTable
  readonly notes: NoteTable
  readonly search: LegSearch
  readonly writer: LegWriter
  /** Puts into the tables what is still on its way there: before a commit, before a question. */
  settle(): void
  /** See DayIndex. */
  commit(isLast: boolean): void
}

let Search: typeof LegSearch | undefined

/** Loads what asks, with the library that builds its queries: an import does not wait for it. */
export async function loadSearch(): Promise<void> {
  Search ??= (await import('./leg-search.ts')).LegSearch
}

/** A day whose statements are prepared when they are first needed. */
export class LazyDay implements OpenDay {
  readonly index: DayIndex
  #search: LegSearch | undefined
  #streams: StreamTable | undefined
  #notes: NoteTable | undefined
  #writer: LegWriter | undefined

  constructor(index: DayIndex) {
    this.index = index
  }

  /** Only after `loadSearch`. */
  get search(): LegSearch {
    if (Search === undefined) throw new Error('the search is not loaded')
    this.settle()
    this.#search ??= new Search(this.index)
    return this.#search
  }

  get streams(): StreamTable {
    this.#streams ??= new StreamTable(this.index)
    return this.#streams
  }

  get notes(): NoteTable {
    this.#notes ??= new NoteTable(this.index)
    return this.#notes
  }

  settle(): void {
    this.#writer?.settle()
  }

  commit(isLast: boolean): void {
    this.settle()
    if (this.index.commit(isLast)) this.#writer?.rest()
  }

  get writer(): LegWriter {
    this.#writer ??= new LegWriter(this.index)
    return this.#writer
  }
}
