// What crosses between a thread that holds connections (WebSockets on the port of the pages) and
// the capture thread, where their HEP packets are taken in: and the capture thread's end of it.
import type { MessagePort } from 'node:worker_threads'
import { limits } from '../base/limits.ts'
import { HepReader, type HepRefusal, type HepStream } from '../source/hep/hep-reader.ts'

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
  /** One was not let in, or cut off, by this bound. */
  | { readonly kind: 'refused'; readonly bound: HepRefusal }

export type RelayAnswer =
  /** So many bytes were dealt with, and no longer wait. */
  | { readonly kind: 'taken'; readonly bytes: number }
  /** This connection is to be cut off. */
  | { readonly kind: 'end'; readonly id: number }

/** Opens a stream for a connection, as a listener of this thread does. */
export type OpenStream = (address: string, port: number) => HepStream

export class HepRelay {
  readonly #port: MessagePort
  readonly #open: OpenStream
  readonly #connections = new Map<number, HepReader>()
  readonly #refused = new Map<HepRefusal, number>()
  readonly #looks: NodeJS.Timeout
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
    this.#looks = setInterval(() => this.#lookForStuck(), limits.hepSilentMsMax)
    this.#looks.unref()
  }

  get connections(): number {
    return this.#connections.size
  }

  refused(): Record<string, number> {
    return Object.fromEntries(this.#refused)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const reader of this.#connections.values()) reader.forgive()
    for (const message of waiting) this.#take(message)
  }

  close(): void {
    clearInterval(this.#looks)
    this.#port.close()
  }

  #take(message: RelayedMessage): void {
    switch (message.kind) {
      case 'opened': {
        const stream = this.#open(message.address, message.port)
        this.#connections.set(message.id, new HepReader(stream))
        break
      }
      case 'bytes':
        this.#push(message.id, message.bytes)
        this.#answer({ kind: 'taken', bytes: message.bytes.length })
        break
      case 'closed':
        this.#connections.delete(message.id)
        break
      case 'refused':
        this.#count(message.bound)
        break
    }
  }

  #push(id: number, moved: Uint8Array): void {
    const reader = this.#connections.get(id)
    if (reader === undefined) return
    const bytes = Buffer.from(moved.buffer, moved.byteOffset, moved.byteLength)
    const first = bytes[0]
    // Versions 1 and 2 have no length: there a message is a packet.
    if (first === 1 || first === 2) reader.pushWhole(bytes)
    else reader.push(bytes)
    if (reader.isGarbage) this.#cutOff(id, 'hepGarbageBytesMax')
  }

  #lookForStuck(): void {
    if (this.#isPaused) return
    for (const [id, reader] of this.#connections) {
      if (reader.isStuck()) this.#cutOff(id, 'hepSilentMsMax')
    }
  }

  #cutOff(id: number, bound: HepRefusal): void {
    this.#count(bound)
    // What it has under way still comes, and is nobody's.
    this.#connections.delete(id)
    this.#answer({ kind: 'end', id })
  }

  #count(bound: HepRefusal): void {
    this.#refused.set(bound, (this.#refused.get(bound) ?? 0) + 1)
  }

  #answer(answer: RelayAnswer): void {
    this.#port.postMessage(answer)
  }
}
