// An interface in, its frames out: runs dumpcap, else tcpdump, which hold the privilege to capture,
// reads what they write through a pipe, and starts them again when they end. Counts what they say
// was dropped. Refuses to capture itself, and to buffer: who does not read pushes the kernel back,
// which drops and has it counted.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import {
  CAPTURE_PROGRAMS,
  captureArguments,
  type CaptureProgramName,
  type CaptureWish,
  explainEnd,
  explainMissing,
  isRefusal,
  readNews,
} from './capture-program.ts'
import { CaptureReader } from './capture-reader.ts'
import type { CaptureInterface, Frame } from './frame.ts'
import { OutputPipe } from './output-pipe.ts'
import type { EmitFrame } from './record-walker.ts'

const LINES_KEPT = 12
const LINE_CHARACTERS_MAX = 500
/** Waits between two starts: this, then twice as long, up to the longest. */
const RESTART_MS_MIN = 1_000
const RESTART_MS_MAX = 60_000
/** A run as long as this was a good one: the next wait is short again. */
const GOOD_RUN_MS = 30_000
/** A program that does not end when it is asked to is ended. */
const END_MS_MAX = 2_000
/** How long `open` waits for a program that says nothing. */
const OPEN_MS_MAX = 5_000

/** Its output is a pipe of ours. */
type Child = ChildProcessByStdio<null, null, Readable>

export interface CaptureChildState {
  readonly program: CaptureProgramName | undefined
  readonly isOpen: boolean
  /** Why it is not, with the remedy; null while it is. */
  readonly reason: string | null
  /** Times that the program was started again. */
  readonly restarts: number
  /** As the program tells: tcpdump when it is asked, dumpcap when it ends. */
  readonly packetsDroppedByKernel: number
  /** Runs whose output was damaged. */
  readonly runsDamaged: number
}

export class CaptureChild {
  readonly #wish: CaptureWish
  readonly #emit: EmitFrame
  readonly #programs: readonly CaptureProgramName[]
  readonly #opened = Promise.withResolvers<void>()
  #child: Child | undefined
  #pipe: OutputPipe | undefined
  #program: CaptureProgramName | undefined
  #interface: CaptureInterface | undefined
  #lines: string[] = []
  #isOpen = false
  #isPaused = false
  #isStopping = false
  #reason: string | null = null
  #starts = 0
  #runsDamaged = 0
  #droppedBefore = 0
  #droppedNow = 0
  #waitMs = RESTART_MS_MIN
  /** Programs that may not capture: the others are tried first. */
  readonly #refused = new Set<CaptureProgramName>()
  #timer: NodeJS.Timeout | undefined

  /** Frames are good until `emit` returns. `programs`: those to be tried, in that order. */
  constructor(
    wish: CaptureWish,
    emit: EmitFrame,
    programs: readonly CaptureProgramName[] = CAPTURE_PROGRAMS,
  ) {
    this.#wish = wish
    this.#emit = emit
    this.#programs = programs
  }

  /** Resolves when the program captures, or could not: `state` tells which. */
  async open(): Promise<void> {
    this.#start()
    const patience = setTimeout(() => this.#opened.resolve(), OPEN_MS_MAX)
    await this.#opened.promise
    clearTimeout(patience)
  }

  /** Stops reading: the pipe fills, then the kernel's buffer, and then the kernel drops. */
  pause(): void {
    this.#isPaused = true
    this.#pipe?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#pipe?.resume()
  }

  /** Asks for the drops so far; the answer is in a later `state`. */
  askDrops(): void {
    if (this.#program === 'tcpdump') this.#child?.kill('SIGUSR1')
  }

  state(): CaptureChildState {
    return {
      program: this.#program,
      isOpen: this.#isOpen,
      reason: this.#isOpen ? null : this.#reason,
      restarts: Math.max(0, this.#starts - 1),
      packetsDroppedByKernel: this.#droppedBefore + this.#droppedNow,
      runsDamaged: this.#runsDamaged,
    }
  }

  /** Ends the program; resolves when everything that it had written was read. */
  async close(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (child === undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    child.once('close', () => resolve())
    // A program whose pipe is full would not hear that it is to end.
    this.resume()
    child.kill('SIGINT')
    const patience = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX)
    await promise
    clearTimeout(patience)
  }

  #start(): void {
    const others = this.#programs.filter((name) => !this.#refused.has(name))
    const found = findProgram(others) ?? findProgram(this.#programs)
    if (found === undefined) {
      this.#giveUp(explainMissing())
      return
    }
    const reader = new CaptureReader()
    let pipe: OutputPipe
    try {
      pipe = new OutputPipe((bytes) => this.#read(reader, bytes))
    } catch (error) {
      this.#giveUp(`there is no pipe to ${found.name}: ${(error as Error).message}`)
      return
    }
    this.#starts++
    this.#program = found.name
    this.#lines = []
    this.#interface = undefined
    const goodRun = setTimeout(() => (this.#waitMs = RESTART_MS_MIN), GOOD_RUN_MS)
    const child = spawn(found.path, captureArguments(found.name, this.#wish), {
      stdio: ['ignore', pipe.writeEnd, 'pipe'],
    }) as Child
    pipe.handOver()
    // Without a descriptor for it nothing was started, and nothing but this is told.
    if ((child.stderr as Readable | undefined) === undefined) {
      child.once('error', ({ message }) => this.#giveUp(`${found.name}: ${message}`))
      clearTimeout(goodRun)
      pipe.finish()
      return
    }
    this.#child = child
    this.#pipe = pipe
    if (!this.#isPaused) pipe.resume()
    this.#readLines(child.stderr)
    child.on('error', (error) => this.#keepLine(error.message))
    child.on('close', () => {
      clearTimeout(goodRun)
      pipe.finish()
      if (child !== this.#child) return
      this.#child = undefined
      this.#pipe = undefined
      this.#end(found)
    })
  }

  #read(reader: CaptureReader, bytes: Buffer): void {
    this.#noteOpen()
    const wasDone = reader.isDone
    reader.push(bytes, (frame) => this.#take(frame))
    if (!reader.isDone || wasDone) return
    // What cannot be read any more is not worth running for.
    this.#runsDamaged++
    this.#keepLine(reader.problems.list()[0]?.detail ?? 'its output is no capture')
    this.#child?.kill('SIGINT')
  }

  /** pcap does not name its interface, as pcapng does. */
  #take(frame: Frame): void {
    if (frame.interface.name === undefined) {
      if (this.#interface?.linkType !== frame.interface.linkType) {
        this.#interface = { ...frame.interface, name: this.#wish.device }
      }
      frame.interface = this.#interface
    }
    this.#emit(frame)
  }

  #readLines(stderr: Readable): void {
    let rest = ''
    stderr.setEncoding('utf8')
    stderr.on('data', (text: string) => {
      const lines = (rest + text).split(/[\r\n]+/)
      rest = (lines.pop() ?? '').slice(-LINE_CHARACTERS_MAX)
      for (const line of lines) this.#keepLine(line)
    })
    stderr.on('end', () => this.#keepLine(rest))
  }

  #keepLine(line: string): void {
    if (line === '') return
    const news = readNews(line)
    if (news?.kind === 'open') this.#noteOpen()
    else if (news?.kind === 'drops') this.#droppedNow = news.packets
    else {
      this.#lines.push(line.slice(0, LINE_CHARACTERS_MAX))
      if (this.#lines.length > LINES_KEPT) this.#lines.shift()
    }
  }

  #noteOpen(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#opened.resolve()
  }

  #end(program: { name: CaptureProgramName; path: string }): void {
    this.#isOpen = false
    this.#droppedBefore += this.#droppedNow
    this.#droppedNow = 0
    const { device } = this.#wish
    const others = Object.keys(networkInterfaces()).sort()
    const reason = explainEnd(program.name, program.path, this.#lines, { device, others })
    // Of several refusals the first is told: that program is the one to be given the privilege.
    if (!isRefusal(this.#lines)) this.#reason = reason
    else {
      if (this.#refused.size === 0) this.#reason = reason
      const isNews = !this.#refused.has(program.name)
      this.#refused.add(program.name)
      if (isNews && !this.#isStopping && this.#refused.size < this.#programs.length) {
        this.#start()
        return
      }
    }
    this.#opened.resolve()
    this.#startLater()
  }

  /** Nothing was started; it is tried again later. */
  #giveUp(reason: string): void {
    this.#reason = reason
    this.#opened.resolve()
    this.#startLater()
  }

  #startLater(): void {
    if (this.#isStopping) return
    this.#timer = setTimeout(() => this.#start(), this.#waitMs)
    this.#waitMs = Math.min(2 * this.#waitMs, RESTART_MS_MAX)
  }
}

/** The first of these programs on the path. One that we may not run is told of when it is run. */
export function findProgram(
  names: readonly CaptureProgramName[],
): { readonly name: CaptureProgramName; readonly path: string } | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
  ]
  const found = names.flatMap((name) =>
    folders.filter((folder) => folder !== '').map((folder) => ({ name, path: join(folder, name) })),
  )
  const mayRun = found.find(({ path }) => may(path, constants.X_OK))
  return mayRun ?? found.find(({ path }) => may(path, constants.F_OK))
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
