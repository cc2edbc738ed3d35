// HEP packets of an agent in the order in which they were made: those that were sent and are not
// yet stored by the server, then those that wait. Memory holds the front, a folder what it cannot;
// what neither can hold is dropped, the oldest first, and counted. Knows no socket.
import { HepPacket } from '../../decode/hep/hep-packet.ts'
import { Spool } from './spool.ts'

interface Entry {
  readonly packet: Buffer
  /** One start of an agent, and the packet's number within it; empty and -1 for no count. */
  readonly run: string
  readonly sequence: number
  /** Told when the packet is stored: the file that it lies in may go. */
  readonly onGone: (() => void) | undefined
}

export interface AgentQueueParts {
  /** Bytes that memory holds. */
  readonly memoryBytesMax: number
  /** Where the rest goes; without it, the rest is dropped. */
  readonly folder?: string | undefined
  readonly folderBytesMax: number
}

export class AgentQueue {
  readonly #memoryBytesMax: number
  readonly #spool: Spool | undefined
  readonly #reader = new HepPacket()
  /** From `#first` on; before it, forgotten ones that are cleared away now and then. */
  #entries: Entry[] = []
  #first = 0
  /** Index of the next entry to be sent. */
  #next = 0
  #bytes = 0
  #dropped = 0

  constructor(parts: AgentQueueParts) {
    this.#memoryBytesMax = parts.memoryBytesMax
    const { folder, folderBytesMax } = parts
    this.#spool = folder === undefined ? undefined : new Spool(folder, folderBytesMax)
    this.#load()
  }

  /** Packets that were dropped because nothing could hold them. */
  get dropped(): number {
    return this.#dropped + (this.#spool?.dropped ?? 0)
  }

  /** Bytes that wait, in memory and in the folder. */
  get bytes(): number {
    return this.#bytes + (this.#spool?.bytes ?? 0)
  }

  get isEmpty(): boolean {
    return this.#first === this.#entries.length && this.#spool?.isEmpty !== false
  }

  /** Why the folder cannot be written; empty while it can. */
  get fault(): string {
    return this.#spool?.fault ?? ''
  }

  push(packet: Buffer): void {
    const hasRoom = this.#bytes + packet.length <= this.#memoryBytesMax
    if (this.#spool !== undefined && (!this.#spool.isEmpty || !hasRoom)) {
      this.#spool.push(packet)
      return
    }
    this.#add(packet, undefined)
    while (this.#bytes > this.#memoryBytesMax) {
      this.#dropped++
      this.#forgetFirst()
    }
  }

  /** The next packet to send; undefined when all are sent. */
  next(): Buffer | undefined {
    if (this.#next === this.#entries.length) this.#load()
    const entry = this.#entries[this.#next]
    if (entry !== undefined) this.#next++
    return entry?.packet
  }

  /** The connection is gone: what is not known to be stored is sent again. */
  rewind(): void {
    this.#next = this.#first
  }

  /** The server has stored every packet of a run with a number below `before`. */
  stored(run: string, before: number): void {
    while (this.#first < this.#next) {
      const entry = this.#entries[this.#first]
      if (entry === undefined || entry.run !== run || entry.sequence >= before) break
      this.#forgetFirst()
    }
    this.#load()
  }

  /** Forgets what was sent: for a server that tells nothing. */
  assumeStored(): void {
    while (this.#first < this.#next) this.#forgetFirst()
    this.#load()
  }

  /** Writes what was gathered for the folder. */
  flush(): void {
    this.#spool?.flush()
  }

  /** Puts what memory holds into the folder, for the next start. Without a folder it is lost. */
  close(): void {
    this.#spool?.putBack(this.#entries.slice(this.#first).map(({ packet }) => packet))
  }

  /** Fills memory from the folder while there is room for a file. */
  #load(): void {
    const spool = this.#spool
    if (spool === undefined) return
    while (this.#bytes <= this.#memoryBytesMax / 2 && !spool.isEmpty) {
      const taken = spool.take()
      if (taken === undefined) return
      let left = taken.packets.length
      if (left === 0) taken.done()
      const onGone = (): void => {
        left--
        if (left === 0) taken.done()
      }
      for (const packet of taken.packets) this.#add(packet, onGone)
    }
  }

  #add(packet: Buffer, onGone: (() => void) | undefined): void {
    const isRead = this.#reader.read(packet, 0, packet.length, 0)
    const { run, sequence } = this.#reader
    this.#entries.push({ packet, onGone, run: isRead ? run : '', sequence: isRead ? sequence : -1 })
    this.#bytes += packet.length
  }

  #forgetFirst(): void {
    const entry = this.#entries[this.#first]
    if (entry === undefined) return
    this.#first++
    if (this.#next < this.#first) this.#next = this.#first
    this.#bytes -= entry.packet.length
    entry.onGone?.()
    if (this.#first < 1024 || this.#first * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#first)
    this.#next -= this.#first
    this.#first = 0
  }
}
