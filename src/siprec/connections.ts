// TCP and TLS connections of recording clients: bytes in, whole SIP messages out, and bytes of ours
// back on the same connection. Cuts off who sends garbage, reads nothing, or opens too many.
//
// RFC 3261 §18.2.1 and §18.3 (streams), RFC 5626 §4.4.1 (keep-alives).
import type { Socket } from 'node:net'
import { PeerCounts } from '../base/peers.ts'
import { StreamFramer } from '../sip/stream-framer.ts'
import { siprecLimits } from './limits.ts'
import type { Flow } from './transactions.ts'

/** Gets one message; its bytes are used again for the next one. */
export interface TakeMessage {
  (flow: Flow, bytes: Buffer): void
}

interface Connection {
  readonly socket: Socket
  readonly flow: Flow
}

/** Two line ends ask whether somebody is there, one says yes (RFC 5626 §4.4.1). */
const PING = '\r\n\r\n'
const PONG = '\r\n'

export class Connections {
  readonly #isClient: (address: string) => boolean
  readonly #take: TakeMessage
  readonly #open = new Map<number, Connection>()
  readonly #peers = new PeerCounts()
  readonly #framer = new StreamFramer(({ srcPort, bytes, start, end }) => {
    const connection = this.#open.get(this.#current)
    if (connection === undefined || srcPort !== connection.flow.peer.port) return
    // Who speaks SIP may be silent as long as a call is.
    connection.socket.setTimeout(siprecLimits.sessionSilenceMsMax)
    this.#take(connection.flow, bytes.subarray(start, end))
  })
  /** Those that were let in, with those whose TLS handshake is under way. */
  #admitted = 0
  #lastNumber = 0
  /** The connection whose bytes are being cut into messages. */
  #current = 0
  #turnedAway = 0
  #cutOff = 0

  constructor(isClient: (address: string) => boolean, take: TakeMessage) {
    this.#isClient = isClient
    this.#take = take
  }

  /** Lets a TCP connection in, or ends it. A TLS handshake that never ends takes up room too. */
  admit(socket: Socket): void {
    const { remoteAddress: address = '' } = socket
    const isTooMany =
      this.#admitted >= siprecLimits.connectionsMax ||
      this.#peers.of(address) >= siprecLimits.connectionsPerPeerMax
    if (address === '' || isTooMany || !this.#isClient(plainAddress(address))) {
      this.#turnedAway++
      socket.destroy()
      return
    }
    this.#admitted++
    this.#peers.add(address)
    socket.on('close', () => {
      this.#admitted--
      this.#peers.remove(address)
    })
  }

  /** Takes messages from a connection that was let in, or from the TLS on top of it. */
  add(socket: Socket, transport: 'tcp' | 'tls'): void {
    const { remoteAddress: address, remotePort: port, localAddress, localPort } = socket
    if (socket.destroyed || address === undefined || port === undefined) {
      socket.destroy()
      return
    }
    const number = ++this.#lastNumber
    const peer = { address: plainAddress(address), port }
    const local = { address: plainAddress(localAddress ?? ''), port: localPort ?? 0 }
    const flow: Flow = { transport, connection: number, peer, local }
    this.#open.set(number, { socket, flow })
    socket.setTimeout(siprecLimits.connectionSilenceMsMax, () => socket.destroy())
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#received(number, bytes))
    // The close that follows says all that there is to do.
    socket.on('error', () => {})
    socket.on('close', () => this.#closed(number))
  }

  /** Sends over a connection; what it can no longer carry is lost, as it would be on the way. */
  send(flow: Flow, bytes: Buffer): void {
    const socket = this.#open.get(flow.connection)?.socket
    if (socket === undefined || !socket.writable) return
    if (socket.writableLength > siprecLimits.unsentBytesMax) {
      this.#cutOff++
      socket.destroy()
      return
    }
    // The framer's and the writer's memory is used again before the socket has sent it.
    socket.write(Buffer.from(bytes))
  }

  closeAll(): void {
    for (const { socket } of this.#open.values()) socket.destroySoon()
  }

  get count(): number {
    return this.#open.size
  }

  stats(): Readonly<Record<string, number>> {
    return {
      connections: this.#open.size,
      connectionsTurnedAway: this.#turnedAway,
      connectionsCutOff: this.#cutOff,
    }
  }

  #received(number: number, bytes: Buffer): void {
    const connection = this.#open.get(number)
    if (connection === undefined) return
    const { flow, socket } = connection
    if (bytes.length <= PING.length && bytes.toString('latin1') === PING) socket.write(PONG)
    this.#push(flow, bytes, false)
  }

  #push(flow: Flow, bytes: Buffer, isEnd: boolean): void {
    this.#current = flow.connection
    this.#framer.push({
      src: 0,
      srcPort: flow.peer.port,
      dst: 0,
      dstPort: flow.local.port,
      tUs: 0,
      streamId: flow.connection,
      bytes,
      start: 0,
      end: bytes.length,
      piece: { ref: 0, offset: 0, length: bytes.length },
      isAfterGap: false,
      isMidstream: false,
      isEnd,
    })
  }

  #closed(number: number): void {
    const connection = this.#open.get(number)
    if (connection === undefined) return
    this.#push(connection.flow, Buffer.alloc(0), true)
    this.#open.delete(number)
  }
}

/** An IPv4 address as such, where a socket for both families tells it in IPv6's clothes. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
}
