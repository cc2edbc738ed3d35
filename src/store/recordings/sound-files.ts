// Sound as plain files below `<data>/sound`: a key is the path below that folder. A file is moved
// into its place whole, after its bytes are on the disk, so that a crash leaves no half of one.
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { Failure } from '../../base/failure.ts'
import { isDiskFull } from '../disk-full.ts'
import type { SoundStore } from './contract.ts'

const KEY = /^[a-z0-9][a-z0-9.-]*(?:\/[a-z0-9][a-z0-9.-]*)*$/

export class SoundFiles implements SoundStore {
  readonly #folder: string

  /** `<dataFolder>/sound` is made with the first file. */
  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'sound')
  }

  async take(soundKey: string, path: string): Promise<void> {
    const place = this.#path(soundKey)
    try {
      const handle = await open(path, 'r+')
      try {
        await handle.datasync()
      } finally {
        await handle.close()
      }
      await mkdir(dirname(place), { recursive: true })
      await rename(path, place)
    } catch (error) {
      throw asFailure(error, `cannot keep ${soundKey}`)
    }
  }

  async size(soundKey: string): Promise<number> {
    const place = this.#path(soundKey)
    try {
      return (await stat(place)).size
    } catch (error) {
      throw asFailure(error, `cannot read ${soundKey}`)
    }
  }

  async read(soundKey: string, start: number, end: number): Promise<Readable> {
    if (end <= start) return Readable.from([])
    const size = await this.size(soundKey)
    if (start >= size) return Readable.from([])
    return createReadStream(this.#path(soundKey), { start, end: Math.min(end, size) - 1 })
  }

  async localPath(soundKey: string): Promise<string> {
    await this.size(soundKey)
    return this.#path(soundKey)
  }

  async remove(soundKey: string): Promise<void> {
    const place = this.#path(soundKey)
    await rm(place, { force: true }).catch((error: unknown) => {
      throw asFailure(error, `cannot remove ${soundKey}`)
    })
    // The folder of a recording goes with its last file.
    await rmdir(dirname(place)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error
    })
  }

  async workFolder(): Promise<string> {
    await mkdir(this.#workFolder, { recursive: true })
    return this.#workFolder
  }

  async clearWork(): Promise<void> {
    await rm(this.#workFolder, { recursive: true, force: true })
  }

  get #workFolder(): string {
    return join(this.#folder, '.work')
  }

  #path(soundKey: string): string {
    if (!KEY.test(soundKey)) throw new Failure('bad-input', 'a sound key of other characters')
    return join(this.#folder, soundKey)
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

function asFailure(error: unknown, what: string): Failure {
  const reason = error instanceof Error ? error.message : String(error)
  const kind = isDiskFull(error) ? 'full' : hasCode(error, 'ENOENT') ? 'not-found' : 'unavailable'
  return new Failure(kind, `${what}: ${reason}`, { cause: error })
}
