// A recording filter and a page in, the SQL that means it out. One row more than the page holds is
// asked for, so that whoever asks knows whether there is a next page.
import type { SQLInputValue } from 'node:sqlite'
import { Failure } from '../../base/failure.ts'
import type { RecordingFilter, RecordingPage } from './contract.ts'

/** Words of one search; more would make it slow and find nothing. */
const WORDS_MAX = 32

export function recordingQuery(
  filter: RecordingFilter,
  page: RecordingPage,
): { readonly sql: string; readonly values: SQLInputValue[] } {
  const terms: string[] = []
  const values: SQLInputValue[] = []
  const hold = (term: string, ...of: SQLInputValue[]) => {
    terms.push(term)
    values.push(...of)
  }
  if (filter.startUs !== undefined) hold('start_us >= ?', filter.startUs)
  if (filter.endUs !== undefined) hold('start_us < ?', filter.endUs)
  if (filter.endedBeforeUs !== undefined) hold('end_us < ?', filter.endedBeforeUs)
  if (filter.from !== undefined) hold('from_user = ?', filter.from)
  if (filter.to !== undefined) hold('to_user = ?', filter.to)
  if (filter.state !== undefined) hold('state = ?', filter.state)
  if (filter.source !== undefined) hold('source = ?', filter.source)
  if (filter.rule !== undefined) hold('rule = ?', filter.rule)
  if (filter.isPinned !== undefined) hold('is_pinned = ?', filter.isPinned ? 1 : 0)
  if (filter.legKeys !== undefined) {
    hold(
      `number IN (SELECT number FROM recording_legs
         WHERE leg_key IN (SELECT value FROM json_each(?)))`,
      JSON.stringify(filter.legKeys),
    )
  }
  if (filter.text !== undefined) {
    hold('number IN (SELECT rowid FROM words WHERE words MATCH ?)', wordsQuery(filter.text))
  }
  const isNewest = page.order !== 'oldest'
  if (page.cursor !== undefined) {
    const { startUs, recordingId } = parseRecordingCursor(page.cursor)
    hold(`(start_us, id) ${isNewest ? '<' : '>'} (?, ?)`, startUs, recordingId)
  }
  const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`
  const direction = isNewest ? 'DESC' : 'ASC'
  const sql = `SELECT body FROM recordings ${where}
    ORDER BY start_us ${direction}, id ${direction} LIMIT ?`
  return { sql, values: [...values, page.limit + 1] }
}

/**
 * Every word as the beginning of one, all of which must be there. Quoted, so that nothing in it is
 * read as an operator of FTS5. @throws Failure `bad-input` for a text without a word
 */
function wordsQuery(text: string): string {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu)?.slice(0, WORDS_MAX) ?? []
  if (words.length === 0) throw new Failure('bad-input', 'text: expected a word')
  return words.map((word) => `"${word}"*`).join(' ')
}

interface RecordingPlace {
  readonly startUs: number
  readonly recordingId: string
}

export function formatRecordingCursor({ startUs, recordingId }: RecordingPlace): string {
  return Buffer.from(`${startUs} ${recordingId}`).toString('base64url')
}

/** @throws Failure `bad-input` for a text that no page gave out */
function parseRecordingCursor(cursor: string): RecordingPlace {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const match = /^(-?\d{1,16}) ([\w-]{1,100})$/.exec(text)
  if (match === null) {
    throw new Failure('bad-input', 'cursor: expected the `next` of an earlier page')
  }
  return { startUs: Number(match[1]), recordingId: match[2] ?? '' }
}
