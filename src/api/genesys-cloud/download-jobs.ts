// Searches in, pcap files out, made in the background one after the other. A job and its file
// outlive a restart, and both go after a set time. It signs nothing and answers nobody.
import { randomUUID } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '../../accounts/account.ts'
import { Turns } from '../../base/turns.ts'
import { exportFrames } from '../../query/export.ts'
import { finderFor } from '../http/finder-of.ts'
import { inTurns } from '../http/in-turns.ts'
import type { ApiParts } from '../http/parts.ts'
import { DownloadFile, type DownloadJob } from './download-file.ts'
import { vendorLimits } from './limits.ts'
import { findTraces, type TraceSearch } from './search.ts'

export class DownloadJobs {
  readonly #parts: ApiParts
  readonly #folder: string
  readonly #file: DownloadFile
  readonly #turns = new Turns({
    atOnceMax: vendorLimits.downloadsAtOnceMax,
    waitingMax: vendorLimits.downloadsWaitingMax,
  })
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  readonly #sweeper: NodeJS.Timeout

  /** Goes on with what was asked for before the last stop. */
  constructor(parts: ApiParts) {
    this.#parts = parts
    this.#folder = join(parts.settings.dataFolder, 'downloads')
    mkdirSync(this.#folder, { recursive: true })
    this.#file = new DownloadFile(join(this.#folder, 'downloads.sqlite'))
    for (const job of this.#file.pending()) this.#start(job)
    this.#sweeper = setInterval(() => void this.#sweep(), vendorLimits.downloadSweepMs)
    this.#sweeper.unref()
  }

  /** Ends work under way; the next start goes on with it. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    this.#closing.abort()
    await Promise.allSettled(this.#underWay.values())
    this.#file.close()
  }

  /** Takes a search on; the file is made when its turn comes, of what the account sees now. */
  async create(
    account: Account,
    search: TraceSearch,
  ): Promise<{ downloadId: string; documentId: string }> {
    await this.#sweep()
    const job: DownloadJob = {
      downloadId: randomUUID(),
      documentId: randomUUID(),
      accountId: account.id,
      scope: account.scope,
      search,
      state: 'pending',
      createdAtUs: this.#parts.clock.nowUs(),
    }
    this.#file.insert(job)
    this.#start(job)
    return { downloadId: job.downloadId, documentId: job.documentId }
  }

  /** A job, once it is made or after a while of waiting for that; undefined when it is unknown. */
  async settled(downloadId: string): Promise<DownloadJob | undefined> {
    const work = this.#underWay.get(downloadId)
    if (work !== undefined) {
      const waiting = new AbortController()
      const patience = sleep(vendorLimits.downloadWaitMs, undefined, { signal: waiting.signal })
      await Promise.race([work, patience.catch(() => undefined)])
      waiting.abort()
    }
    return this.find(downloadId)
  }

  /** A job, in whatever state; undefined when it is unknown or expired. */
  find(downloadId: string): DownloadJob | undefined {
    const job = this.#file.find(downloadId)
    return job === undefined || this.#isExpired(job) ? undefined : job
  }

  /** Where the file of a download lies; the id is one that `settled` knew. */
  pathOf(downloadId: string): string {
    return join(this.#folder, `${downloadId}.pcap`)
  }

  #start(job: DownloadJob): void {
    const work = this.#turns
      .run(() => this.#make(job))
      .catch((error: unknown) => this.#fail(job, error))
    this.#underWay.set(job.downloadId, work)
    void work.then(() => this.#underWay.delete(job.downloadId))
  }

  /** Writes aside, and puts into place what is whole and on disk. */
  async #make(job: DownloadJob): Promise<void> {
    this.#closing.signal.throwIfAborted()
    const finder = finderFor(job, this.#parts)
    const { legs } = await findTraces(finder, job.search)
    const path = this.pathOf(job.downloadId)
    const draft = `${path}.part`
    const unread = new Set<string>()
    const frames = exportFrames(finder, legs, 'pcap', { onUnread: (reason) => unread.add(reason) })
    try {
      await pipeline(
        inTurns(frames, (piece) => piece.length),
        createWriteStream(draft, { mode: 0o600 }),
        { signal: this.#closing.signal },
      )
      await syncFile(draft)
      await rename(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
    if (unread.size > 0) {
      const { downloadId } = job
      this.#parts.log.warn({ downloadId, unread: [...unread] }, 'left out of a download')
    }
    this.#file.setState(job.downloadId, 'ready')
  }

  #fail(job: DownloadJob, error: unknown): void {
    // Stopped, not failed: it stays pending for the next start.
    if (this.#closing.signal.aborted) return
    this.#parts.log.error({ err: error, downloadId: job.downloadId }, 'download not made')
    this.#file.setState(job.downloadId, 'failed')
  }

  #isExpired(job: DownloadJob): boolean {
    return job.createdAtUs < this.#keptSinceUs()
  }

  #keptSinceUs(): number {
    return this.#parts.clock.nowUs() - this.#parts.settings.downloadKeepSeconds * 1_000_000
  }

  async #sweep(): Promise<void> {
    const gone = this.#file.deleteOld(this.#keptSinceUs(), vendorLimits.downloadsKeptMax - 1)
    for (const downloadId of gone) await rm(this.pathOf(downloadId), { force: true })
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
