// A folder of files that can all be made again: names in, paths out, with a bound on their bytes.
// What was asked for longest ago goes first.
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'

export class KeptFiles {
  readonly #folder: string
  readonly #bytesMax: number
  readonly #clock: Clock
  /** Files that went because of the bound. */
  dropped = 0

  constructor(folder: string, bytesMax: number, clock: Clock) {
    this.#folder = folder
    this.#bytesMax = bytesMax
    this.#clock = clock
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Makes the folder, and removes what a crash left half done. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await readdir(this.#folder)) {
      if (name.endsWith('.part')) await rm(this.path(name), { force: true })
    }
  }

  /** Whether the file is there; notes that it was asked for. */
  async has(name: string): Promise<boolean> {
    const now = this.#clock.nowUs() / 1e6
    try {
      await utimes(this.path(name), now, now)
      return true
    } catch {
      return false
    }
  }

  /** Removes the files whose name says so. */
  async remove(isUnwanted: (name: string) => boolean): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (isUnwanted(name)) await rm(this.path(name), { force: true })
    }
  }

  /** Removes what exceeds the bound, but never `newest`. */
  async trim(newest: string): Promise<void> {
    const files: { name: string; bytes: number; usedMs: number }[] = []
    for (const name of await readdir(this.#folder)) {
      const facts = await stat(this.path(name)).catch(() => undefined)
      if (facts !== undefined) files.push({ name, bytes: facts.size, usedMs: facts.mtimeMs })
    }
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    files.sort((a, b) => a.usedMs - b.usedMs)
    for (const file of files) {
      if (bytes <= this.#bytesMax) return
      if (file.name === newest || file.name.endsWith('.part')) continue
      await rm(this.path(file.name), { force: true })
      bytes -= file.bytes
      this.dropped++
    }
  }
}
