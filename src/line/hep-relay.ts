// What crosses between a thread that holds connections (WebSockets on the port of the pages) and
// the capture thread, where their HEP packets are taken in: and the capture thread's end of it.
import type { MessagePort } from 'node:worker_threads'
import { HepCutter } from '../source/hep/hep-cutter.ts'
import type { HepStream } from '../source/hep/hep-tcp.ts'

/** What is told of a connection, by its number. */
export type RelayedMessage =
  | {
      readonly kind: 'opened'
      readonly id: number
      readonly address: string
      readonly port: number
    }
  /** One message of it; its memory moves along. */
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly id: number }

/** The answer: so many bytes were dealt with, and no longer wait. */
export interface RelayAnswer {
  readonly takenBytes: number
}

interface RelayedConnection {
  readonly stream: HepStream
  readonly cutter: HepCutter
}

/** Opens a stream for a connection, as a listener of this thread does. */
export type OpenStream = (address: string, port: number) => HepStream

export class HepRelay {
  readonly #port: MessagePort
  readonly #open: OpenStream
  readonly #connections = new Map<number, RelayedConnection>()
  /** Came while paused; whoever sends them waits for the answers. */
  #waiting: RelayedMessage[] = []
  #isPaused = false

  constructor(port: MessagePort, open: OpenStream) {
    this.#port = port
    this.#open = open
    port.on('message', (message: RelayedMessage) => {
      if (this.#isPaused) this.#waiting.push(message)
      else this.#take(message)
    })
  }

  get connections(): number {
    return this.#connections.size
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const message of waiting) this.#take(message)
  }

  close(): void {
    this.#port.close()
  }

  #take(message: RelayedMessage): void {
    switch (message.kind) {
      case 'opened': {
        const stream = this.#open(message.address, message.port)
        const cutter = new HepCutter((bytes, start, end) => stream.packet(bytes, start, end))
        this.#connections.set(message.id, { stream, cutter })
        break
      }
      case 'bytes':
        this.#push(this.#connections.get(message.id), message.bytes)
        this.#port.postMessage({ takenBytes: message.bytes.length } satisfies RelayAnswer)
        break
      case 'closed':
        this.#connections.delete(message.id)
        break
    }
  }

  #push(connection: RelayedConnection | undefined, moved: Uint8Array): void {
    if (connection === undefined) return
    const bytes = Buffer.from(moved.buffer, moved.byteOffset, moved.byteLength)
    const first = bytes[0]
    // Versions 1 and 2 have no length: there a message is a packet.
    if (first === 1 || first === 2) connection.stream.packet(bytes, 0, bytes.length)
    else connection.cutter.push(bytes)
  }
}
