// Packets that must wait longer than memory should hold them, in files of one folder: appended at
// the end, taken from the front a file at a time, bounded in bytes. When the bound is reached the
// oldest file goes, and its packets are counted. The files are HEP packets end to end.
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { HepCutter } from '../../source/hep/hep-cutter.ts'
import { makePrivateFolder } from '../../store/data-folder.ts'

/** A file is this long before the next is begun: what is lost at once when the bound is reached. */
const FILE_BYTES = 4 * 1024 * 1024
/** Bytes gathered before they are written. */
const GATHERED_BYTES_MAX = 64 * 1024
/** Packets may be put back in front of the first file. */
const FIRST_NUMBER = 500_000_000_000
const NAME = /^\d{12}\.hep$/

interface SpoolFile {
  readonly path: string
  bytes: number
}

/** One file's packets, taken out; `done` says that all of them have arrived. */
export interface TakenFile {
  readonly packets: readonly Buffer[]
  readonly done: () => void
}

export class Spool {
  readonly #folder: string
  readonly #bytesMax: number
  /** Oldest first; the last is the one that is written. Those taken are not among them. */
  readonly #files: SpoolFile[] = []
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  #gatheredPackets = 0
  #lastNumber = FIRST_NUMBER
  readonly #taken = new Set<SpoolFile>()
  /** Packets that were dropped: for the bound, or because they could not be written. */
  dropped = 0
  /** Why the last write failed; empty while writing goes well. */
  fault = ''

  /** Finds what a run before has left. @throws what the system says of the folder */
  constructor(folder: string, bytesMax: number) {
    this.#folder = folder
    this.#bytesMax = bytesMax
    makePrivateFolder(folder)
    for (const name of readdirSync(folder)
      .filter((each) => NAME.test(each))
      .sort()) {
      const path = join(folder, name)
      this.#files.push({ path, bytes: statSync(path).size })
      this.#lastNumber = Number.parseInt(name, 10)
    }
  }

  get isEmpty(): boolean {
    return this.#files.length === 0 && this.#gatheredBytes === 0
  }

  /** Bytes that wait, those of taken files included. */
  get bytes(): number {
    const files = [...this.#files, ...this.#taken]
    return files.reduce((sum, file) => sum + file.bytes, this.#gatheredBytes)
  }

  push(packet: Buffer): void {
    this.#gathered.push(packet)
    this.#gatheredBytes += packet.length
    this.#gatheredPackets++
    if (this.#gatheredBytes >= GATHERED_BYTES_MAX) this.flush()
  }

  /** Writes what was gathered. */
  flush(): void {
    if (this.#gatheredBytes === 0) return
    const bytes = Buffer.concat(this.#gathered, this.#gatheredBytes)
    const packets = this.#gatheredPackets
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#gatheredPackets = 0
    this.#makeRoom(bytes.length)
    const file = this.#fileFor(bytes.length)
    try {
      appendFileSync(file.path, bytes)
      file.bytes += bytes.length
      this.fault = ''
    } catch (error) {
      this.dropped += packets
      this.fault = error instanceof Error ? error.message : String(error)
      // What was written in part would put all that follows out of step.
      this.#lastNumber++
    }
  }

  /** Takes the oldest file's packets; it stays on disk until `done`. Undefined for none. */
  take(): TakenFile | undefined {
    if (this.#files.length <= 1) this.flush()
    const file = this.#files.shift()
    if (file === undefined) return undefined
    this.#taken.add(file)
    return {
      packets: packetsOf(file.path),
      done: () => {
        this.#taken.delete(file)
        remove(file.path)
      },
    }
  }

  /**
   * Ends the spool: puts these packets, which came before all that wait, in front, in the place of
   * the files that were taken and are not done.
   */
  putBack(packets: readonly Buffer[]): void {
    this.flush()
    const first = this.#files[0]?.path ?? this.#pathOf(this.#lastNumber + 1)
    const path = this.#pathOf(Number.parseInt(basename(first), 10) - 1)
    if (packets.length > 0) {
      try {
        writeFileSync(`${path}.new`, Buffer.concat(packets))
      } catch (error) {
        this.dropped += packets.length
        this.fault = error instanceof Error ? error.message : String(error)
        return
      }
    }
    for (const file of this.#taken) remove(file.path)
    this.#taken.clear()
    if (packets.length > 0) renameSync(`${path}.new`, path)
  }

  #fileFor(bytes: number): SpoolFile {
    const last = this.#files.at(-1)
    const isLast = last?.path === this.#pathOf(this.#lastNumber)
    if (last !== undefined && isLast && last.bytes + bytes <= FILE_BYTES) return last
    const file = { path: this.#pathOf(++this.#lastNumber), bytes: 0 }
    this.#files.push(file)
    return file
  }

  #makeRoom(bytes: number): void {
    while (this.bytes + bytes > this.#bytesMax) {
      const oldest = this.#files.shift()
      if (oldest === undefined) return
      this.dropped += packetsOf(oldest.path).length
      remove(oldest.path)
    }
  }

  #pathOf(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.hep`)
  }
}

function packetsOf(path: string): Buffer[] {
  const packets: Buffer[] = []
  const cutter = new HepCutter((bytes, start, end) => packets.push(bytes.subarray(start, end)))
  try {
    cutter.push(readFileSync(path))
  } catch {
    // A file that somebody took away holds nothing.
  }
  return packets
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone already.
  }
}
