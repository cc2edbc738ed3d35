// What a program writes to its standard output, through a pipe that is read at moments: a capturing
// program writes each packet by itself, and to be woken by each costs more than to read it. A pipe
// of the system, and not the socket that Node.js would make: it holds more, and costs both less.
// Refuses to buffer: what is not read waits in the pipe, and then the program does.
import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a pipe of Linux holds: no read gives more. */
const PIPE_BYTES = 65_536
/** After a read of so much the next one follows as soon as it can: the writer may be waiting. */
const FULL_BYTES = PIPE_BYTES / 2
/** The shortest wait of a timer. */
const SOON_MS = 1
/** Waits between two reads: the first while bytes come, then twice as long, up to the longest. */
const WAIT_MS_MIN = 2
const WAIT_MS_MAX = 16

export class OutputPipe {
  readonly #readEnd: number
  #writeEnd: number
  readonly #take: (bytes: Buffer) => void
  readonly #bytes = Buffer.alloc(PIPE_BYTES)
  #timer: NodeJS.Timeout | undefined
  #waitMs = WAIT_MS_MIN
  #isClosed = false

  /**
   * Opens the pipe, and reads nothing before `resume`. The bytes are good until `take` returns.
   * Throws where the system makes no pipe.
   */
  constructor(take: (bytes: Buffer) => void) {
    this.#take = take
    // Nothing in Node.js makes a pipe; one with a name is unlinked as soon as both ends are open.
    const folder = mkdtempSync(join(tmpdir(), 'earshot-pipe-'))
    try {
      const path = join(folder, 'pipe')
      const { error, status, stderr } = spawnSync('mkfifo', ['-m', '600', path])
      if (status !== 0) throw error ?? new Error(`mkfifo made no pipe: ${String(stderr).trim()}`)
      this.#readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      this.#writeEnd = openOrClose(path, this.#readEnd)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** The descriptor to be given to the program; of no use after `handOver`. */
  get writeEnd(): number {
    return this.#writeEnd
  }

  /** The program has its end: ours is closed, so that its end is the end of the bytes. */
  handOver(): void {
    if (this.#writeEnd < 0) return
    closeSync(this.#writeEnd)
    this.#writeEnd = -1
  }

  pause(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  resume(): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#waitMs = WAIT_MS_MIN
    this.#timer = setTimeout(() => this.#poll(), SOON_MS)
  }

  /** Reads what is left behind a program that ended, and closes the pipe. */
  finish(): void {
    if (this.#isClosed) return
    this.pause()
    this.handOver()
    while (this.#read() > 0);
    this.#isClosed = true
    closeSync(this.#readEnd)
  }

  #poll(): void {
    const timer = this.#timer
    const count = this.#read()
    // `take` may have paused, also to resume: then there is a timer already.
    if (this.#timer !== timer) return
    this.#waitMs = count > 0 ? WAIT_MS_MIN : Math.min(2 * this.#waitMs, WAIT_MS_MAX)
    this.#timer = setTimeout(() => this.#poll(), count >= FULL_BYTES ? SOON_MS : this.#waitMs)
  }

  /** Reads once; how many bytes there were. */
  #read(): number {
    let count = 0
    try {
      count = readSync(this.#readEnd, this.#bytes)
    } catch (error) {
      // Nothing there now.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
    if (count > 0) this.#take(count === PIPE_BYTES ? this.#bytes : this.#bytes.subarray(0, count))
    return count
  }
}

/** Opens the end that is written to; closes the other one where there is no descriptor left. */
function openOrClose(path: string, readEnd: number): number {
  try {
    return openSync(path, constants.O_WRONLY)
  } catch (error) {
    closeSync(readEnd)
    throw error
  }
}
