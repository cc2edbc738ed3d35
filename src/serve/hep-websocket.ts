// WebSockets at /hep of the HTTP server in, their messages to the capture thread out. Reads no more
// than that thread has room for; refuses pages of other sites, connections and messages beyond the
// bounds of HEP, and messages that never end, and has that thread count them.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { endSoon } from '../api/http/connections.ts'
import { isOfForeignPage } from '../api/http/foreign-page.ts'
import { limits } from '../base/limits.ts'
import { PeerCounts } from '../base/peers.ts'
import type { RelayAnswer, RelayedMessage } from '../line/hep-relay.ts'
import type { HepRefusal } from '../source/hep/hep-reader.ts'

const PATH = '/hep'
const STATUS_NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
const STATUS_FORBIDDEN = 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
const STATUS_BUSY = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'
/** What the library says of a message, or the claim of one, beyond its bound. */
const TOO_LONG: ReadonlySet<unknown> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
])
/** Frames of one message: nobody sends HEP in many, and each is held as a piece of its own. */
const FRAGMENTS_MAX = 1_024
/** Bytes under way to the capture thread before reading stops. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024

/** What a connection has come to. */
interface Held {
  readonly id: number
  /** Bytes are counted on what lies below. */
  readonly below: Socket
  /** Bytes that had come when the last message was whole. */
  wholeBytes: number
  /** A message was open at the look before. */
  wasOpen: boolean
}

export class HepWebSockets {
  readonly #port: MessagePort
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.hepMessageBytesMax,
    maxFragments: FRAGMENTS_MAX,
    perMessageDeflate: false,
  })
  readonly #sockets = new Map<WebSocket, Held>()
  readonly #looks: NodeJS.Timeout
  readonly #peers = new PeerCounts()
  #lastId = 0
  #waitingBytes = 0
  #isPaused = false

  /** `port` leads to the HepRelay of the capture thread. */
  constructor(port: MessagePort, silentMsMax: number = limits.hepSilentMsMax) {
    this.#port = port
    port.on('message', (answer: RelayAnswer) => {
      if (answer.kind === 'end') this.#end(answer.id)
      else this.#taken(answer.bytes)
    })
    this.#looks = setInterval(() => this.#lookForStuck(), silentMsMax)
    this.#looks.unref()
  }

  /** Takes the upgrades of a server. Every other path is refused: nobody else asks for any. */
  attach(server: Pick<Server, 'on'>): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      const path = (request.url ?? '').split('?', 1)[0]
      const address = plainAddress(request.socket.remoteAddress ?? '')
      const bound = this.#boundOf(address)
      if (path !== PATH) endSoon(socket, STATUS_NOT_FOUND)
      else if (isOfForeignPage(request.headers)) {
        // Browsers let any page connect anywhere (RFC 6455 §10.2): whoever is looked at from inside
        // our network would be a sender.
        this.#refused('foreignPage')
        endSoon(socket, STATUS_FORBIDDEN)
      } else if (bound !== undefined) {
        this.#refused(bound)
        endSoon(socket, STATUS_BUSY)
      } else {
        this.#server.handleUpgrade(request, socket, head, (web) => {
          this.#take(web, address, request.socket)
        })
      }
    })
  }

  /** The bound that one more connection would break. */
  #boundOf(address: string): HepRefusal | undefined {
    if (this.#sockets.size >= limits.hepConnectionsMax) return 'hepConnectionsMax'
    const isTooMany = this.#peers.of(address) >= limits.hepConnectionsPerPeerMax
    return isTooMany ? 'hepConnectionsPerPeerMax' : undefined
  }

  close(): void {
    clearInterval(this.#looks)
    for (const socket of this.#sockets.keys()) socket.terminate()
    this.#port.close()
  }

  #take(socket: WebSocket, address: string, below: Socket): void {
    const id = ++this.#lastId
    const held: Held = { id, below, wholeBytes: below.bytesRead, wasOpen: false }
    this.#sockets.set(socket, held)
    this.#peers.add(address)
    this.#post({ kind: 'opened', id, address, port: below.remotePort ?? 0 })
    const isWhole = () => {
      held.wholeBytes = below.bytesRead
      held.wasOpen = false
    }
    socket.on('message', (message) => {
      isWhole()
      this.#relay(id, message)
    })
    socket.on('ping', isWhole)
    socket.on('pong', isWhole)
    socket.on('error', (error) => {
      if ('code' in error && TOO_LONG.has(error.code)) this.#refused('hepMessageBytesMax')
      // The library would go on reading for half a minute, in case that the peer says goodbye.
      socket.terminate()
    })
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#peers.remove(address)
      this.#post({ kind: 'closed', id })
    })
    if (this.#isPaused) socket.pause()
  }

  #relay(id: number, message: RawData): void {
    // A copy with memory of its own: what the library gives may share memory with other messages.
    const bytes = Uint8Array.from(
      Array.isArray(message) ? Buffer.concat(message) : asBytes(message),
    )
    this.#waitingBytes += bytes.length
    this.#post({ kind: 'bytes', id, bytes }, [bytes.buffer])
    if (!this.#isPaused && this.#waitingBytes > WAITING_BYTES_MAX) this.#setPaused(true)
  }

  #taken(bytes: number): void {
    this.#waitingBytes -= bytes
    if (this.#isPaused && this.#waitingBytes <= WAITING_BYTES_MAX / 2) this.#setPaused(false)
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    for (const [socket, held] of this.#sockets) {
      held.wasOpen = false
      if (isPaused) socket.pause()
      else socket.resume()
    }
  }

  #end(id: number): void {
    for (const [socket, held] of this.#sockets) if (held.id === id) socket.terminate()
  }

  /** Half a message is held until its rest comes, and the library waits for ever. */
  #lookForStuck(): void {
    if (this.#isPaused) return
    for (const [socket, held] of this.#sockets) {
      const isOpen = held.below.bytesRead > held.wholeBytes
      if (isOpen && held.wasOpen) {
        this.#refused('hepSilentMsMax')
        socket.terminate()
      }
      held.wasOpen = isOpen
    }
  }

  #refused(bound: HepRefusal): void {
    this.#post({ kind: 'refused', bound })
  }

  #post(message: RelayedMessage, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer)
  }
}

function asBytes(message: Buffer | ArrayBuffer): Uint8Array {
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
