// Reboot jobs and their devices as rows of one SQLite file. Every change is on disk when the call
// returns: what was going to be sent is known before it is sent. It keeps and finds, no more.
import { join } from 'node:path'
import { openTables, type TablesFile } from '../../store/sqlite/tables-file.ts'
import type {
  DeviceState,
  JobState,
  RebootDevice,
  RebootJob,
  RebootTarget,
  SipIdentity,
} from './job.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS jobs (
    jobId TEXT PRIMARY KEY,
    siteId TEXT NOT NULL,
    siteName TEXT NOT NULL,
    askedBy TEXT NOT NULL,
    state TEXT NOT NULL,
    createdAtUs INTEGER NOT NULL,
    startAtUs INTEGER NOT NULL,
    endedAtUs INTEGER
  ) STRICT, WITHOUT ROWID;
  -- A second request while one is open is the same job: the database itself holds to it.
  CREATE UNIQUE INDEX IF NOT EXISTS one_open_job ON jobs (siteId) WHERE state <> 'done';
  CREATE INDEX IF NOT EXISTS jobs_by_age ON jobs (createdAtUs);
  CREATE TABLE IF NOT EXISTS devices (
    jobId TEXT NOT NULL REFERENCES jobs (jobId) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    target TEXT NOT NULL,
    identity TEXT NOT NULL,
    state TEXT NOT NULL,
    toldAtUs INTEGER,
    endedAtUs INTEGER,
    result TEXT,
    PRIMARY KEY (jobId, n)
  ) STRICT, WITHOUT ROWID;
`

export class JobFile {
  readonly #file: TablesFile

  /** Opens `<folder>/reboots.sqlite`, making it where it is missing. */
  constructor(folder: string) {
    const path = join(folder, 'reboots.sqlite')
    this.#file = openTables(path, { version: 1, schema: SCHEMA })
  }

  close(): void {
    this.#file.close()
  }

  /** Adds a job with its devices, and forgets the oldest finished ones beyond `keepMax`. */
  insert(job: RebootJob, devices: readonly RebootDevice[], keepMax: number): void {
    this.#file.atomically(() => {
      this.#file
        .prepare('INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, NULL)')
        .run(
          job.jobId,
          job.siteId,
          job.siteName,
          job.askedBy,
          job.state,
          job.createdAtUs,
          job.startAtUs,
        )
      const add = this.#file.prepare('INSERT INTO devices VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL)')
      for (const { jobId, n, target, identity, state } of devices) {
        add.run(jobId, n, JSON.stringify(target), JSON.stringify(identity), state)
      }
      this.#file
        .prepare(
          `DELETE FROM jobs WHERE jobId IN (
             SELECT jobId FROM jobs WHERE state = 'done'
             ORDER BY createdAtUs DESC, jobId LIMIT -1 OFFSET ?)`,
        )
        .run(keepMax)
    })
  }

  /** The job of a site that has not ended. */
  openJob(siteId: string): RebootJob | undefined {
    const row = this.#file
      .prepare("SELECT * FROM jobs WHERE siteId = ? AND state <> 'done'")
      .get(siteId)
    return row === undefined ? undefined : toJob(row)
  }

  /** All jobs that have not ended. */
  openJobs(): RebootJob[] {
    return this.#file.prepare("SELECT * FROM jobs WHERE state <> 'done'").all().map(toJob)
  }

  /** The newest first. */
  jobs(limit: number): RebootJob[] {
    return this.#file
      .prepare('SELECT * FROM jobs ORDER BY createdAtUs DESC, jobId LIMIT ?')
      .all(limit)
      .map(toJob)
  }

  job(jobId: string): RebootJob | undefined {
    const row = this.#file.prepare('SELECT * FROM jobs WHERE jobId = ?').get(jobId)
    return row === undefined ? undefined : toJob(row)
  }

  devices(jobId: string): RebootDevice[] {
    return this.#file
      .prepare('SELECT * FROM devices WHERE jobId = ? ORDER BY n')
      .all(jobId)
      .map(toDevice)
  }

  setJob(jobId: string, state: JobState, endedAtUs: number | null): void {
    this.#file
      .prepare('UPDATE jobs SET state = ?, endedAtUs = ? WHERE jobId = ?')
      .run(state, endedAtUs, jobId)
  }

  /** Notes that a device is being told, before anything is sent. */
  setTelling(device: RebootDevice, identity: SipIdentity, toldAtUs: number): void {
    this.#file
      .prepare(
        `UPDATE devices SET state = 'telling', identity = ?, toldAtUs = ?
         WHERE jobId = ? AND n = ?`,
      )
      .run(JSON.stringify(identity), toldAtUs, device.jobId, device.n)
  }

  /** Notes a device's end. The target is kept as given: without what is secret in it. */
  setEnded(
    device: RebootDevice,
    end: { readonly state: DeviceState; readonly endedAtUs: number; readonly result: string },
  ): void {
    this.#file
      .prepare(
        `UPDATE devices SET state = ?, endedAtUs = ?, result = ?, target = ?
         WHERE jobId = ? AND n = ?`,
      )
      .run(
        end.state,
        end.endedAtUs,
        end.result,
        JSON.stringify(device.target),
        device.jobId,
        device.n,
      )
  }
}

function toJob(row: Record<string, unknown>): RebootJob {
  return {
    jobId: String(row['jobId']),
    siteId: String(row['siteId']),
    siteName: String(row['siteName']),
    askedBy: String(row['askedBy']),
    state: row['state'] as JobState,
    createdAtUs: Number(row['createdAtUs']),
    startAtUs: Number(row['startAtUs']),
    endedAtUs: numberOrNull(row['endedAtUs']),
  }
}

function toDevice(row: Record<string, unknown>): RebootDevice {
  return {
    jobId: String(row['jobId']),
    n: Number(row['n']),
    target: JSON.parse(String(row['target'])) as RebootTarget,
    identity: JSON.parse(String(row['identity'])) as SipIdentity,
    state: row['state'] as DeviceState,
    toldAtUs: numberOrNull(row['toldAtUs']),
    endedAtUs: numberOrNull(row['endedAtUs']),
    result: typeof row['result'] === 'string' ? row['result'] : null,
  }
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
