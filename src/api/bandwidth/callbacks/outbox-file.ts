// Applications and the events that wait to be told, as rows of one SQLite file: what was taken once
// is sent sooner or later, whatever happens to the process. It keeps and finds; sending is
// callback-sender.ts's.
import { openTables, type TablesFile } from '../../../store/sqlite/tables-file.ts'
import type { Application } from './application.ts'
import type { CallbackBody } from './callback-event.ts'

export type DeliveryState = 'waiting' | 'delivered' | 'given-up'

export interface Delivery {
  readonly deliveryId: number
  readonly applicationId: string
  readonly legKey: string
  readonly eventType: string
  /** When it happened, and when it was taken, µs since 1970. */
  readonly tUs: number
  readonly createdUs: number
  readonly body: CallbackBody
  readonly state: DeliveryState
  readonly attempts: number
  /** When it is tried next; null while an earlier one of its call waits, and once it is settled. */
  readonly dueUs: number | null
  readonly settledUs: number | null
  /** Where it was sent last, without credentials; null before the first attempt. */
  readonly sentTo: string | null
  /** Why the last attempt failed. */
  readonly error: string | null
}

export interface NewDelivery {
  readonly applicationId: string
  readonly legKey: string
  /** Names the event among those of its leg: what has this name was taken already. */
  readonly eventKey: string
  readonly eventType: string
  readonly tUs: number
  readonly createdUs: number
  readonly body: CallbackBody
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS applications (
    id TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS deliveries (
    deliveryId INTEGER PRIMARY KEY AUTOINCREMENT,
    applicationId TEXT NOT NULL,
    legKey TEXT NOT NULL,
    eventKey TEXT NOT NULL,
    eventType TEXT NOT NULL,
    tUs INTEGER NOT NULL,
    createdUs INTEGER NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    dueUs INTEGER,
    settledUs INTEGER,
    sentTo TEXT,
    error TEXT,
    UNIQUE (applicationId, legKey, eventKey)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS deliveries_waiting
    ON deliveries (applicationId, legKey, tUs, deliveryId)
    WHERE state = 'waiting';
  CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (dueUs) WHERE dueUs IS NOT NULL;
  CREATE INDEX IF NOT EXISTS deliveries_due_of ON deliveries (applicationId, dueUs)
    WHERE dueUs IS NOT NULL;
  CREATE INDEX IF NOT EXISTS deliveries_settled ON deliveries (settledUs)
    WHERE settledUs IS NOT NULL;
`

/** One step of the index for each application, however many events of one are due. */
const DUE = `
  WITH RECURSIVE application(id) AS (
    SELECT min(applicationId) FROM deliveries WHERE dueUs IS NOT NULL
    UNION ALL
    SELECT (SELECT min(applicationId) FROM deliveries
            WHERE dueUs IS NOT NULL AND applicationId > application.id)
    FROM application WHERE application.id IS NOT NULL
  )
  SELECT deliveries.* FROM application JOIN deliveries ON deliveryId IN (
    SELECT deliveryId FROM deliveries
    WHERE applicationId = application.id AND dueUs <= ? ORDER BY dueUs LIMIT ?)
  ORDER BY dueUs`

export class OutboxFile {
  readonly #file: TablesFile

  constructor(path: string) {
    this.#file = openTables(path, { version: 1, schema: SCHEMA })
  }

  close(): void {
    this.#file.close()
  }

  applications(): { readonly application: Application; readonly origin: string }[] {
    return this.#file
      .prepare('SELECT origin, body FROM applications ORDER BY id')
      .all()
      .map((row) => ({
        application: JSON.parse(String(row['body'])) as Application,
        origin: String(row['origin']),
      }))
  }

  /** Adds an application, or takes the place of the one with its id. */
  putApplication(application: Application, origin: 'file' | 'api'): void {
    this.#file
      .prepare('INSERT OR REPLACE INTO applications VALUES (?, ?, ?)')
      .run(application.id, origin, JSON.stringify(application))
  }

  /** Forgets an application and what waits for it. False where there is none. */
  deleteApplication(id: string): boolean {
    this.#file
      .prepare("DELETE FROM deliveries WHERE applicationId = ? AND state = 'waiting'")
      .run(id)
    return this.#file.prepare('DELETE FROM applications WHERE id = ?').run(id).changes === 1
  }

  /** Takes events, each once for ever; answers how many were new. All of them or none. */
  insert(deliveries: readonly NewDelivery[]): number {
    const statement = this.#file.prepare(
      `INSERT INTO deliveries (applicationId, legKey, eventKey, eventType, tUs, createdUs, body)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    return this.#file.atomically(() => {
      let added = 0
      for (const one of deliveries) {
        const { applicationId, legKey, eventKey, eventType, tUs, createdUs } = one
        const keys = [applicationId, legKey, eventKey, eventType]
        const row = [...keys, tUs, createdUs, JSON.stringify(one.body)]
        added += Number(statement.run(...row).changes)
      }
      for (const one of deliveries) this.#promote(one, one.createdUs)
      return added
    })
  }

  /** Events that are due, the longest due first: of each application so many of different calls. */
  due(nowUs: number, limitOfEach: number): Delivery[] {
    return this.#file.prepare(DUE).all(nowUs, limitOfEach).map(toDelivery)
  }

  /** When the next event becomes due that is not due yet; undefined where none will. */
  nextDueUs(nowUs: number): number | undefined {
    const sql = 'SELECT min(dueUs) AS dueUs FROM deliveries WHERE dueUs > ?'
    const dueUs = this.#file.prepare(sql).get(nowUs)?.['dueUs']
    return typeof dueUs === 'number' ? dueUs : undefined
  }

  /** Ends an event; the next one of its call is due. */
  settle(delivery: Delivery, outcome: Outcome & { readonly state: DeliveryState }): void {
    this.#file.atomically(() => {
      this.#file
        .prepare(
          `UPDATE deliveries SET state = ?, attempts = attempts + 1, dueUs = NULL, settledUs = ?,
           sentTo = ?, error = ? WHERE deliveryId = ?`,
        )
        .run(outcome.state, outcome.tUs, outcome.sentTo, outcome.error, delivery.deliveryId)
      this.#promote(delivery, outcome.tUs)
    })
  }

  retry(delivery: Delivery, outcome: Outcome): void {
    this.#file
      .prepare(
        `UPDATE deliveries SET attempts = attempts + 1, dueUs = ?, sentTo = ?, error = ?
       WHERE deliveryId = ?`,
      )
      .run(outcome.tUs, outcome.sentTo, outcome.error, delivery.deliveryId)
  }

  /** Newest first, from before an id on. */
  list(wanted: ListedDeliveries): Delivery[] {
    return this.#file
      .prepare(
        `SELECT * FROM deliveries WHERE deliveryId < ? AND (? IS NULL OR state = ?)
         AND (? IS NULL OR applicationId = ?) ORDER BY deliveryId DESC LIMIT ?`,
      )
      .all(
        wanted.before ?? Number.MAX_SAFE_INTEGER,
        wanted.state ?? null,
        wanted.state ?? null,
        wanted.applicationId ?? null,
        wanted.applicationId ?? null,
        wanted.limit,
      )
      .map(toDelivery)
  }

  waiting(): number {
    const sql = "SELECT count(*) AS n FROM deliveries WHERE state = 'waiting'"
    return Number(this.#file.prepare(sql).get()?.['n'] ?? 0)
  }

  counts(): Readonly<Record<DeliveryState, number>> {
    const rows = this.#file
      .prepare('SELECT state, count(*) AS n FROM deliveries GROUP BY state')
      .all()
    const counts = new Map(rows.map((row) => [String(row['state']), Number(row['n'])]))
    return {
      waiting: counts.get('waiting') ?? 0,
      delivered: counts.get('delivered') ?? 0,
      'given-up': counts.get('given-up') ?? 0,
    }
  }

  /** Forgets settled events from before a time, but for the newest `keepMax` of all. */
  deleteSettled(beforeUs: number, keepMax: number): void {
    this.#file
      .prepare(
        `DELETE FROM deliveries WHERE settledUs < ? AND deliveryId IN (
         SELECT deliveryId FROM deliveries WHERE settledUs IS NOT NULL
         ORDER BY settledUs DESC LIMIT -1 OFFSET ?)`,
      )
      .run(beforeUs, keepMax)
  }

  /** Makes the earliest waiting event of a call due, unless one of that call is. */
  #promote(lane: Pick<NewDelivery, 'applicationId' | 'legKey'>, dueUs: number): void {
    const { applicationId, legKey } = lane
    const first = this.#file
      .prepare(
        `SELECT deliveryId, max(dueUs) OVER () AS dueUs FROM deliveries
       WHERE state = 'waiting' AND applicationId = ? AND legKey = ?
       ORDER BY tUs, deliveryId LIMIT 1`,
      )
      .get(applicationId, legKey)
    if (first === undefined || first['dueUs'] !== null) return
    this.#file
      .prepare('UPDATE deliveries SET dueUs = ? WHERE deliveryId = ?')
      .run(dueUs, Number(first['deliveryId']))
  }
}

interface ListedDeliveries {
  readonly state?: DeliveryState
  readonly applicationId?: string
  readonly before?: number
  readonly limit: number
}

interface Outcome {
  /** When it was settled, or is tried again. */
  readonly tUs: number
  readonly sentTo: string | null
  readonly error: string | null
}

function toDelivery(row: Record<string, unknown>): Delivery {
  const number = (value: unknown) => (value === null ? null : Number(value))
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    deliveryId: Number(row['deliveryId']),
    applicationId: String(row['applicationId']),
    legKey: String(row['legKey']),
    eventType: String(row['eventType']),
    tUs: Number(row['tUs']),
    createdUs: Number(row['createdUs']),
    body: JSON.parse(String(row['body'])) as Record<string, string>,
    state: row['state'] as DeliveryState,
    attempts: Number(row['attempts']),
    dueUs: number(row['dueUs']),
    settledUs: number(row['settledUs']),
    sentTo: text(row['sentTo']),
    error: text(row['error']),
  }
}
