// Blocks in plain files, one for each day: `<folder>/2026-11-21.pcapng.zst`.
import { closeSync, existsSync, fstatSync, openSync, read, writevSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Day, isDay } from '../../base/day.ts'
import { Failure } from '../../base/failure.ts'
import type { BlockStore } from '../contract.ts'
import { isDiskFull } from '../disk-full.ts'

const ENDING = '.pcapng.zst'
/** Of a day that is being dropped. */
const HIDDEN_ENDING = `${ENDING}.dropped`
/** Files held open at once to be added to. */
const OPEN_FILES_MAX = 64

/** Bytes after which the system is asked to begin writing them, so that a commit waits for few. */
const FLUSH_BYTES = 8 * 1024 * 1024

const readAt = promisify(read)

interface AppendFile {
  readonly handle: FileHandle
  length: number
  /** Bytes that we left on disk: more than `length` after a write that failed half way. */
  size: number
  isDirty: boolean
  /** Appended since a flush was begun. */
  unflushedBytes: number
  /** The flush that is under way. Fails where the disk does, and then no commit may follow. */
  flushing: Promise<void> | undefined
}

export class BlockFiles implements BlockStore {
  readonly #folder: string
  readonly #appending = new Map<Day, AppendFile>()

  constructor(folder: string) {
    this.#folder = folder
  }

  days(): Promise<readonly Day[]> {
    return this.#daysOf(ENDING)
  }

  async append(day: Day, ...pieces: readonly Buffer[]): Promise<number> {
    const file = await this.#appendFile(day)
    const offset = file.length
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const { fd } = file.handle
    // The lock of the folder keeps others out, but not on every file system.
    if (fstatSync(fd).size !== file.size) {
      throw new Failure('conflict', `somebody else is writing the blocks of ${day}`)
    }
    try {
      writeAll(fd, pieces, offset)
    } catch (error) {
      // What was written of it stays beyond the known length, and is overwritten or cut off later.
      file.size = fstatSync(fd).size
      throw asFailure(error, `cannot write block of ${day}`)
    }
    file.length += length
    file.size = Math.max(file.size, file.length)
    file.isDirty = true
    file.unflushedBytes += length
    if (file.unflushedBytes >= FLUSH_BYTES && file.flushing === undefined) beginFlush(file)
    return offset
  }

  /**
   * Opens the file for itself. One that is held takes room after its day was dropped, and where the
   * day was made anew it would be read for the new one.
   */
  async read(day: Day, offset: number, length: number): Promise<Buffer> {
    const file = this.#openToRead(day)
    try {
      const bytes = Buffer.allocUnsafe(length)
      let got = 0
      while (got < length) {
        const { bytesRead } = await readAt(file, bytes, got, length - got, offset + got)
        if (bytesRead === 0) break
        got += bytesRead
      }
      return bytes.subarray(0, got)
    } finally {
      closeSync(file)
    }
  }

  async length(day: Day): Promise<number> {
    const path = this.#path(day)
    return existsSync(path) ? (await stat(path)).size : 0
  }

  async writtenUs(day: Day): Promise<number> {
    const path = this.#path(day)
    return existsSync(path) ? (await stat(path)).mtimeMs * 1000 : 0
  }

  async truncate(day: Day, length: number): Promise<void> {
    const file = await this.#appendFile(day)
    await file.handle.truncate(length)
    file.length = file.size = length
    file.isDirty = true
  }

  async sync(): Promise<void> {
    for (const file of this.#appending.values()) {
      if (!file.isDirty) continue
      await file.flushing
      await file.handle.datasync()
      file.isDirty = false
      file.unflushedBytes = 0
    }
  }

  async hide(day: Day): Promise<void> {
    await this.#letGo(day)
    const path = this.#path(day)
    if (existsSync(path)) await rename(path, this.#path(day, HIDDEN_ENDING))
  }

  hidden(): Promise<readonly Day[]> {
    return this.#daysOf(HIDDEN_ENDING)
  }

  async drop(day: Day): Promise<void> {
    await this.#letGo(day)
    for (const ending of [ENDING, HIDDEN_ENDING]) await rm(this.#path(day, ending), { force: true })
  }

  async #letGo(day: Day): Promise<void> {
    const appending = this.#appending.get(day)
    this.#appending.delete(day)
    await appending?.flushing?.catch(() => {})
    await appending?.handle.close()
  }

  /** Flushes nothing: what no commit flushed is read again, and a disk that failed is let go. */
  async close(): Promise<void> {
    for (const day of this.#appending.keys()) await this.#letGo(day)
  }

  async #daysOf(ending: string): Promise<readonly Day[]> {
    if (!existsSync(this.#folder)) return []
    const names = await readdir(this.#folder)
    return names
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .filter(isDay)
      .sort()
  }

  #path(day: Day, ending = ENDING): string {
    return join(this.#folder, day + ending)
  }

  async #appendFile(day: Day): Promise<AppendFile> {
    const known = this.#appending.get(day)
    if (known !== undefined) return known
    await mkdir(this.#folder, { recursive: true })
    // Not in append mode: a torn end is overwritten from the last whole block on.
    const handle = await open(this.#path(day), existsSync(this.#path(day)) ? 'r+' : 'w+')
    const { size } = await handle.stat()
    const file: AppendFile = {
      handle,
      length: size,
      size,
      isDirty: false,
      unflushedBytes: 0,
      flushing: undefined,
    }
    await this.#makeRoom()
    this.#appending.set(day, file)
    return file
  }

  async #makeRoom(): Promise<void> {
    if (this.#appending.size < OPEN_FILES_MAX) return
    await this.sync()
    await this.close()
  }

  /** In this thread, as what is appended is written. */
  #openToRead(day: Day): number {
    try {
      return openSync(this.#path(day), 'r')
    } catch (error) {
      if (!isNotThere(error)) throw error
      throw new Failure('not-found', `no blocks of ${day}`)
    }
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Has the system write what was appended so far, while more is being appended. */
function beginFlush(file: AppendFile): void {
  file.unflushedBytes = 0
  const flushing = file.handle.datasync().then(() => {
    file.flushing = undefined
  })
  // The system tells a failed write once only: whoever syncs next is told by this promise.
  flushing.catch(() => {})
  file.flushing = flushing
}

/**
 * Writes in this thread: it is a copy into the system's memory, and on the thread pool it would
 * wait behind the blocks that are being compressed there.
 */
function writeAll(file: number, pieces: readonly Buffer[], offset: number): void {
  let left = pieces.filter(({ length }) => length > 0)
  let at = offset
  while (left.length > 0) {
    const written = writevSync(file, left, at)
    at += written
    left = behind(left, written)
  }
}

/** What is left of pieces when so many bytes of them are done. */
function behind(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let done = bytes
  return pieces.flatMap((piece) => {
    const skipped = Math.min(done, piece.length)
    done -= skipped
    return skipped < piece.length ? [piece.subarray(skipped)] : []
  })
}

function asFailure(error: unknown, what: string): Failure {
  const reason = error instanceof Error ? error.message : String(error)
  const kind = isDiskFull(error) ? 'full' : 'unavailable'
  return new Failure(kind, `${what}: ${reason}`, { cause: error })
}
