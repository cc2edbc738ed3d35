// WebSockets at /hep of the HTTP server in, their messages to the capture thread out. Reads no more
// than that thread has room for, and refuses connections and messages beyond the bounds of HEP.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { limits } from '../base/limits.ts'
import type { RelayAnswer, RelayedMessage } from '../line/hep-relay.ts'

const PATH = '/hep'
const STATUS_NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
const STATUS_BUSY = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'
/** Senders behind one message of many packets; one packet is at most 64 KB. */
const MESSAGE_BYTES_MAX = 1024 * 1024
/** Bytes under way to the capture thread before reading stops. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024

export class HepWebSockets {
  readonly #port: MessagePort
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  })
  readonly #sockets = new Map<WebSocket, number>()
  readonly #perPeer = new Map<string, number>()
  #lastId = 0
  #waitingBytes = 0
  #isPaused = false

  /** `port` leads to the HepRelay of the capture thread. */
  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', ({ takenBytes }: RelayAnswer) => {
      this.#waitingBytes -= takenBytes
      if (this.#isPaused && this.#waitingBytes <= WAITING_BYTES_MAX / 2) this.#setPaused(false)
    })
  }

  /** Takes the upgrades of a server. Every other path is refused: nobody else asks for any. */
  attach(server: Pick<Server, 'on'>): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      const path = (request.url ?? '').split('?', 1)[0]
      const address = plainAddress(request.socket.remoteAddress ?? '')
      const isRoom =
        this.#sockets.size < limits.hepConnectionsMax &&
        (this.#perPeer.get(address) ?? 0) < limits.hepConnectionsPerPeerMax
      if (path !== PATH) socket.end(STATUS_NOT_FOUND)
      else if (!isRoom) socket.end(STATUS_BUSY)
      else {
        this.#server.handleUpgrade(request, socket, head, (web) => {
          this.#take(web, address, request.socket.remotePort ?? 0)
        })
      }
    })
  }

  close(): void {
    for (const socket of this.#sockets.keys()) socket.terminate()
    this.#port.close()
  }

  #take(socket: WebSocket, address: string, port: number): void {
    const id = ++this.#lastId
    this.#sockets.set(socket, id)
    this.#perPeer.set(address, (this.#perPeer.get(address) ?? 0) + 1)
    this.#post({ kind: 'opened', id, address, port })
    socket.on('message', (message) => this.#relay(id, message))
    // What breaks the rules of the protocol closes the connection; there is nobody to tell.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      const rest = (this.#perPeer.get(address) ?? 1) - 1
      if (rest > 0) this.#perPeer.set(address, rest)
      else this.#perPeer.delete(address)
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

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    for (const socket of this.#sockets.keys()) {
      if (isPaused) socket.pause()
      else socket.resume()
    }
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
