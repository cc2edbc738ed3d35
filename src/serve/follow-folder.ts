// A folder into which captures are rotated in; each of them imported once, oldest first, when it
// has stopped growing. One that grows again is imported again, which adds what is new. What is no
// capture is named and skipped. Refuses to touch the files: whoever writes them clears them away.
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isFailure } from '../base/failure.ts'
import type { FileFacts, FollowedFiles } from './followed-files.ts'

/** Names that programs give to what they have not finished. */
const UNFINISHED = /^\.|\.(?:tmp|part|partial|filepart|crdownload|swp)$|~$/i
/** Bytes at either end of a file that go into its digest, with its length. */
const DIGEST_BYTES = 64 * 1024

export interface FollowFolderParts {
  readonly folder: string
  readonly files: FollowedFiles
  /** @throws Failure `bad-input` for a file that is no capture */
  readonly importFile: (path: string, name: string) => Promise<{ readonly messages: number }>
  readonly onTaken: (name: string, messages: number) => void
  readonly onFault: (name: string, fault: string) => void
}

export class FollowFolder {
  readonly #parts: FollowFolderParts
  /** Files of the look before, as they were then. */
  #before = new Map<string, FileFacts>()
  #folderFault = ''
  readonly counters = { filesFollowed: 0, filesFollowedBad: 0 }
  #isStopping = false

  constructor(parts: FollowFolderParts) {
    this.#parts = parts
  }

  /** Looks once, and imports what has not changed since the look before. */
  async look(): Promise<void> {
    const found = this.#list()
    if (found === undefined) return
    const { files } = this.#parts
    const settled = found.filter((file) => {
      const before = this.#before.get(file.name)
      return before?.size === file.size && before.changedMs === file.changedMs
    })
    this.#before = new Map(found.map((file) => [file.name, file]))
    for (const file of settled.sort((a, b) => a.changedMs - b.changedMs)) {
      if (this.#isStopping) return
      if (!files.isKnown(file)) await this.#take(file)
    }
    files.keepOnly(new Set(found.map(({ name }) => name)))
  }

  /** No further file is begun. */
  stop(): void {
    this.#isStopping = true
  }

  #list(): FileFacts[] | undefined {
    const { folder } = this.#parts
    try {
      const found = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name))
        .flatMap(({ name }) => factsOf(folder, name) ?? [])
      this.#folderFault = ''
      return found
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      // Said once, not at every look: a folder on a network comes back.
      if (fault !== this.#folderFault) this.#parts.onFault(folder, fault)
      this.#folderFault = fault
      return undefined
    }
  }

  async #take(file: FileFacts): Promise<void> {
    const { folder, files, importFile, onTaken, onFault } = this.#parts
    const path = join(folder, file.name)
    const digest = digestOf(path)
    if (digest === undefined) return
    if (files.isKnownDigest(digest)) {
      files.put(file, digest, '')
      return
    }
    try {
      const { messages } = await importFile(path, file.name)
      this.counters.filesFollowed++
      files.put(file, digest, '')
      onTaken(file.name, messages)
    } catch (error) {
      // Anything but a bad file is ours, and may be better at the next look.
      if (!isFailure(error)) throw error
      if (error.kind === 'bad-input') {
        this.counters.filesFollowedBad++
        files.put(file, digest, error.message)
      }
      onFault(file.name, error.message)
    }
  }
}

/** Undefined for a file that has just gone. */
function factsOf(folder: string, name: string): FileFacts | undefined {
  const stat = statSync(join(folder, name), { throwIfNoEntry: false })
  if (stat === undefined || stat.size === 0) return undefined
  return { name, size: stat.size, changedMs: stat.mtimeMs }
}

/** A digest of length, beginning and end: enough to know a file that was renamed. */
function digestOf(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    const { size } = fstatSync(file)
    const hash = createHash('sha256').update(`${size} `)
    const piece = Buffer.alloc(DIGEST_BYTES)
    hash.update(piece.subarray(0, readSync(file, piece, 0, DIGEST_BYTES, 0)))
    const tailAt = Math.max(0, size - DIGEST_BYTES)
    hash.update(piece.subarray(0, readSync(file, piece, 0, DIGEST_BYTES, tailAt)))
    return hash.digest('hex')
  } finally {
    closeSync(file)
  }
}
