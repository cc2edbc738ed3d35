// The path of a key log in, its secrets out, also those that are written while we read: a look at
// the file's size tells whether there is more. Refuses to fail over a file that is away for a
// while, as it is when a server that writes it starts anew.
import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import { KeyLog, type SecretSource } from './key-log.ts'

const READ_BYTES = 256 * 1024

export class KeyLogFile implements SecretSource {
  readonly mayGrow: boolean
  readonly #path: string
  readonly #log: KeyLog
  #readBytes = 0
  #inode = 0

  /**
   * `mayGrow`: whether connections shall wait for secrets that are written after them. Secrets of
   * another source may be added to `log`.
   * @throws what the system says of a file that cannot be opened
   */
  constructor(path: string, mayGrow: boolean, log: KeyLog = new KeyLog()) {
    this.#path = path
    this.#log = log
    this.mayGrow = mayGrow
    this.#readFurther(openSync(path, 'r'))
    if (!mayGrow) this.#log.finish()
  }

  get revision(): number {
    return this.#log.revision
  }

  /** Looks in the file once more before it says no. */
  find(label: string, clientRandom: string): Buffer | undefined {
    const known = this.#log.find(label, clientRandom)
    if (known !== undefined || !this.mayGrow) return known
    this.refresh()
    return this.#log.find(label, clientRandom)
  }

  /** Reads what was written since the last look. */
  refresh(): void {
    let file: number
    try {
      file = openSync(this.#path, 'r')
    } catch {
      return
    }
    this.#readFurther(file)
  }

  #readFurther(file: number): void {
    try {
      const { size, ino } = fstatSync(file)
      // A file that is another one, or shorter than before, was begun anew.
      if (ino !== this.#inode || size < this.#readBytes) this.#readBytes = 0
      this.#inode = ino
      if (size === this.#readBytes) return
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, size - this.#readBytes))
      for (;;) {
        const bytes = readSync(file, piece, 0, piece.length, this.#readBytes)
        if (bytes === 0) return
        this.#readBytes += bytes
        this.#log.add(piece.subarray(0, bytes))
      }
    } finally {
      closeSync(file)
    }
  }
}

/**
 * Looks whether a key log can be read, before anything is begun that needs it.
 * @throws Failure `bad-input` naming the file
 */
export function checkKeyLog(path: string | undefined): void {
  if (path === undefined) return
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new Failure('bad-input', `${path}: no such key log, or no right to read it`, { cause })
  }
}
