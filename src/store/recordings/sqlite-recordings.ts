// Recordings in one SQLite file beside the index, which it outlives: recordings of other machines'
// sound cannot be made again from blocks. One process writes; any number may read.
import { join } from 'node:path'
import type { SQLInputValue } from 'node:sqlite'
import { Failure } from '../../base/failure.ts'
import { TablesFile } from '../sqlite/tables-file.ts'
import type {
  JobKind,
  RecordingCounters,
  RecordingFilter,
  RecordingJob,
  RecordingPage,
  RecordingStore,
} from './contract.ts'
import { type Recording, refusePinned } from './recording.ts'
import { openRecordingTables } from './recording-tables.ts'
import { formatRecordingCursor, recordingQuery } from './recording-query.ts'

export class SqliteRecordings implements RecordingStore {
  readonly #file: TablesFile

  /** @throws Failure `not-found` for a reader of a folder without recordings */
  constructor(dataFolder: string, mode: 'read' | 'write') {
    const path = join(dataFolder, 'recordings.sqlite')
    this.#file = new TablesFile(openRecordingTables(path, mode))
  }

  async put(recording: Recording): Promise<void> {
    this.#file.atomically(() => this.#put(recording))
  }

  async byId(recordingId: string): Promise<Recording | undefined> {
    return this.#byId(recordingId)
  }

  async ofLegs(legKeys: readonly string[]): Promise<readonly Recording[]> {
    const rows = this.#file
      .prepare(
        `SELECT body FROM recordings WHERE number IN
         (SELECT number FROM recording_legs WHERE leg_key IN (SELECT value FROM json_each(?)))
       ORDER BY start_us, id`,
      )
      .all(JSON.stringify(legKeys))
    return rows.map(recordingOf)
  }

  async countOfLegs(legKeys: readonly string[]): Promise<number> {
    const row = this.#file
      .prepare(
        `SELECT count(DISTINCT number) AS count FROM recording_legs
       WHERE leg_key IN (SELECT value FROM json_each(?))`,
      )
      .get(JSON.stringify(legKeys))
    return Number(row?.['count'] ?? 0)
  }

  async find(filter: RecordingFilter, page: RecordingPage) {
    const { sql, values } = recordingQuery(filter, page)
    const found = this.#file.prepare(sql).all(...values)
    const rows = found.slice(0, page.limit).map(recordingOf)
    const last = rows.at(-1)
    const hasMore = found.length > page.limit && last !== undefined
    return { rows, next: hasMore ? formatRecordingCursor(last) : null }
  }

  async change(
    recordingId: string,
    change: (recording: Recording) => Recording,
  ): Promise<Recording> {
    return this.#file.atomically(() => {
      const changed = change(this.#require(recordingId))
      this.#put({ ...changed, recordingId })
      return changed
    })
  }

  async remove(recordingId: string): Promise<void> {
    this.#file.atomically(() => {
      const recording = this.#require(recordingId)
      refusePinned(recording)
      const { originName } = recording
      const number = this.#numberOf(recordingId)
      if (originName !== null) {
        this.#file.prepare('INSERT OR IGNORE INTO removed_origins VALUES (?)').run(originName)
      }
      this.#file.prepare('DELETE FROM words WHERE rowid = ?').run(number)
      this.#file.prepare('DELETE FROM recordings WHERE number = ?').run(number)
    })
  }

  async dueForDeletion(nowUs: number, limit: number): Promise<readonly Recording[]> {
    return this.#file
      .prepare(
        `SELECT body FROM recordings WHERE delete_after_us <= ? AND is_pinned = 0
       ORDER BY delete_after_us LIMIT ?`,
      )
      .all(nowUs, limit)
      .map(recordingOf)
  }

  async ofOrigin(originName: string): Promise<Recording | undefined> {
    const row = this.#file.prepare('SELECT body FROM recordings WHERE origin = ?').get(originName)
    return row === undefined ? undefined : recordingOf(row)
  }

  async isRemovedOrigin(originName: string): Promise<boolean> {
    const row = this.#file.prepare('SELECT 1 FROM removed_origins WHERE origin = ?').get(originName)
    return row !== undefined
  }

  async addJob(job: {
    readonly kind: JobKind
    readonly recordingId: string
    readonly subject?: string
    readonly dueUs: number
  }): Promise<void> {
    this.#require(job.recordingId)
    this.#file
      .prepare(
        `INSERT INTO jobs (kind, number, subject, state, due_us, attempts)
       VALUES (?, ?, ?, 'waiting', ?, 0)
       ON CONFLICT (kind, number, subject)
       DO UPDATE SET state = 'waiting', due_us = excluded.due_us, attempts = 0, error = NULL`,
      )
      .run(job.kind, this.#numberOf(job.recordingId), job.subject ?? '', job.dueUs)
  }

  async takeJob(kind: JobKind, nowUs: number): Promise<RecordingJob | undefined> {
    const row = this.#file
      .prepare(
        `UPDATE jobs SET state = 'taken', attempts = attempts + 1 WHERE job_id =
         (SELECT job_id FROM jobs WHERE kind = ? AND state = 'waiting' AND due_us <= ?
          ORDER BY due_us, job_id LIMIT 1)
       RETURNING job_id, subject, attempts,
         (SELECT id FROM recordings WHERE recordings.number = jobs.number) AS id`,
      )
      .get(kind, nowUs)
    if (row === undefined) return undefined
    return {
      jobId: Number(row['job_id']),
      kind,
      recordingId: String(row['id']),
      subject: String(row['subject']),
      attempts: Number(row['attempts']),
    }
  }

  async nextJobUs(kind: JobKind): Promise<number | undefined> {
    const row = this.#file
      .prepare(`SELECT min(due_us) AS due FROM jobs WHERE kind = ? AND state = 'waiting'`)
      .get(kind)
    return row?.['due'] === null || row === undefined ? undefined : Number(row['due'])
  }

  async endJob(jobId: number, outcome: 'done' | 'given-up'): Promise<void> {
    // A job that was asked for again while it ran waits for its next turn.
    if (outcome === 'done') {
      this.#file.prepare(`DELETE FROM jobs WHERE job_id = ? AND state = 'taken'`).run(jobId)
    } else {
      this.#file
        .prepare(`UPDATE jobs SET state = 'given-up' WHERE job_id = ? AND state = 'taken'`)
        .run(jobId)
    }
  }

  async retryJob(jobId: number, dueUs: number, error: string): Promise<void> {
    this.#file
      .prepare(
        `UPDATE jobs SET state = 'waiting', due_us = ?, error = ?
       WHERE job_id = ? AND state = 'taken'`,
      )
      .run(dueUs, error, jobId)
  }

  async releaseJobs(): Promise<void> {
    this.#file.prepare(`UPDATE jobs SET state = 'waiting' WHERE state = 'taken'`).run()
  }

  async counters(): Promise<RecordingCounters> {
    const sums = this.#file
      .prepare(
        `SELECT count(*) AS recordings, coalesce(sum(media_files), 0) AS files,
         coalesce(sum(media_bytes), 0) AS bytes FROM recordings`,
      )
      .get()
    const jobs = this.#file
      .prepare('SELECT state, count(*) AS count FROM jobs GROUP BY state')
      .all()
    const jobsIn = (...states: string[]) =>
      jobs
        .filter((row) => states.includes(String(row['state'])))
        .reduce((sum, row) => sum + Number(row['count']), 0)
    return {
      recordings: Number(sums?.['recordings'] ?? 0),
      mediaFiles: Number(sums?.['files'] ?? 0),
      mediaBytes: Number(sums?.['bytes'] ?? 0),
      jobsWaiting: jobsIn('waiting', 'taken'),
      jobsFailed: jobsIn('given-up'),
    }
  }

  async close(): Promise<void> {
    this.#file.close()
  }

  #put(recording: Recording): void {
    const row = this.#file
      .prepare(
        `INSERT INTO recordings (id, start_us, end_us, state, source, from_user, to_user, rule,
         is_pinned, delete_after_us, origin, media_files, media_bytes, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET start_us = excluded.start_us, end_us = excluded.end_us,
         state = excluded.state, source = excluded.source, from_user = excluded.from_user,
         to_user = excluded.to_user, rule = excluded.rule, is_pinned = excluded.is_pinned,
         delete_after_us = excluded.delete_after_us, origin = excluded.origin,
         media_files = excluded.media_files, media_bytes = excluded.media_bytes,
         body = excluded.body
       RETURNING number`,
      )
      .get(...columnsOf(recording))
    const number = Number(row?.['number'])
    this.#file.prepare('DELETE FROM recording_legs WHERE number = ?').run(number)
    const addLeg = this.#file.prepare('INSERT OR IGNORE INTO recording_legs VALUES (?, ?)')
    for (const legKey of recording.legKeys) addLeg.run(legKey, number)
    this.#file.prepare('DELETE FROM words WHERE rowid = ?').run(number)
    const words = recording.transcriptions.map(({ text }) => text).join('\n')
    if (words.trim() !== '') {
      this.#file.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)').run(number, words)
    }
  }

  #byId(recordingId: string): Recording | undefined {
    const row = this.#file.prepare('SELECT body FROM recordings WHERE id = ?').get(recordingId)
    return row === undefined ? undefined : recordingOf(row)
  }

  #require(recordingId: string): Recording {
    const recording = this.#byId(recordingId)
    if (recording === undefined) throw new Failure('not-found', 'there is no such recording')
    return recording
  }

  #numberOf(recordingId: string): number {
    const row = this.#file.prepare('SELECT number FROM recordings WHERE id = ?').get(recordingId)
    return Number(row?.['number'])
  }
}

function columnsOf(recording: Recording): SQLInputValue[] {
  const { recordingId, startUs, endUs, state, source, from, to, rule, pin, media } = recording
  return [
    recordingId,
    startUs,
    endUs,
    state,
    source,
    from,
    to,
    rule,
    pin === null ? 0 : 1,
    recording.deleteAfterUs,
    recording.originName,
    media.length,
    media.reduce((sum, { bytes }) => sum + bytes, 0),
    JSON.stringify(recording),
  ]
}

/** The body is what `put` wrote; the shape grows only by what has a value for older rows. */
function recordingOf(row: Record<string, unknown>): Recording {
  return JSON.parse(String(row['body'])) as Recording
}
