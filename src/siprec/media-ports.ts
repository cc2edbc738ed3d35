// The UDP ports on which media of recording sessions comes in: pairs, RTP on the even one and RTCP
// on the next (RFC 3550 §11). Hands out free ones, and what arrives on them with where it came
// from.
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Peer } from './response.ts'

/** The ports of one media section. */
export interface MediaPort {
  readonly rtpPort: number
  close(): void
}

export interface MediaArrival {
  /** Bytes of one datagram; the memory is used again. */
  readonly bytes: Buffer
  readonly from: Peer
  readonly toPort: number
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Bytes that the system may hold for us while we are busy: some seconds of one stream. */
const RECEIVE_BUFFER_BYTES = 256 * 1024

export class MediaPorts {
  readonly #address: string
  readonly #range: PortRange
  readonly #open = new Set<number>()
  #next: number

  constructor(address: string, range: PortRange) {
    this.#address = address
    this.#range = { first: range.first + (range.first % 2), last: range.last }
    this.#next = this.#range.first
  }

  /**
   * Opens a pair, undefined where the whole range is taken. Ports go round, so that packets of a
   * session that has just ended do not arrive in the next one.
   */
  async take(onArrival: (arrival: MediaArrival) => void): Promise<MediaPort | undefined> {
    const { first, last } = this.#range
    for (let tries = Math.floor((last - first + 1) / 2); tries > 0; tries--) {
      const port = this.#next
      this.#next = port + 3 > last ? first : port + 2
      if (this.#open.has(port)) continue
      this.#open.add(port)
      const sockets = await this.#bindPair(port, onArrival)
      if (sockets === undefined) {
        this.#open.delete(port)
        continue
      }
      return { rtpPort: port, close: () => this.#close(port, sockets) }
    }
    return undefined
  }

  /** Pairs that are open. */
  get openCount(): number {
    return this.#open.size
  }

  #close(port: number, sockets: readonly Socket[]): void {
    for (const socket of sockets) socket.close()
    this.#open.delete(port)
  }

  async #bindPair(
    port: number,
    onArrival: (arrival: MediaArrival) => void,
  ): Promise<Socket[] | undefined> {
    const sockets: Socket[] = []
    for (const toPort of [port, port + 1]) {
      const socket = await this.#bind(toPort)
      if (socket === undefined) {
        for (const opened of sockets) opened.close()
        return undefined
      }
      socket.on('message', (bytes, { address, port: fromPort }) => {
        onArrival({ bytes, from: { address, port: fromPort }, toPort })
      })
      sockets.push(socket)
    }
    return sockets
  }

  #bind(port: number): Promise<Socket | undefined> {
    const socket = createSocket({
      type: isIPv6(this.#address) ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    })
    return new Promise((resolve) => {
      // Another program has the port: the next pair will do. Later errors end no session.
      socket.once('error', () => {
        socket.close()
        resolve(undefined)
      })
      socket.bind({ port, address: this.#address, exclusive: true }, () => {
        socket.removeAllListeners('error')
        socket.on('error', () => {})
        resolve(socket)
      })
    })
  }
}
