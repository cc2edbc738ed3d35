// A TCP port in, plain or under TLS, HEP packets of each connection out, cut from its bytes. Peers
// that only take up room (too many connections, nothing but garbage, no packet ever) are cut off
// and counted by the bound that they met; a peer that we cannot follow is not read until we can.
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { limits } from '../../base/limits.ts'
import { PeerCounts } from '../../base/peers.ts'
import { HepReader, type HepRefusal, type HepStream } from './hep-reader.ts'
import { asFailure, plainAddress } from './hep-udp.ts'

/** The way back to a peer. Most know no answer; our own agent does. */
export interface HepAnswers {
  send(bytes: Buffer): void
  end(): void
}

export interface TcpReceiver {
  /** A peer has connected; what it sends goes to the stream. */
  connected(address: string, port: number, answers: HepAnswers): HepStream
}

const TLS_HANDSHAKE_MS_MAX = 10_000
/** Answers that wait for a peer. */
const ANSWER_BYTES_MAX = 16 * 1024

export class HepTcp {
  readonly #host: string
  readonly #port: number
  readonly #tls: TlsOptions | undefined
  readonly #sockets = new Set<Socket>()
  /** Those that packets are read from: the same, or the TLS sockets on top of them. */
  readonly #reading = new Map<Socket, HepReader>()
  readonly #peers = new PeerCounts()
  readonly #refused = new Map<HepRefusal, number>()
  readonly #silentMsMax: number
  #server: Server | undefined
  #looks: NodeJS.Timeout | undefined
  #isPaused = false

  /** `tls` with `cert` and `key` for a port under TLS. */
  constructor(
    host: string,
    port: number,
    tls?: TlsOptions,
    silentMsMax: number = limits.hepSilentMsMax,
  ) {
    this.#host = host
    this.#port = port
    this.#tls = tls
    this.#silentMsMax = silentMsMax
  }

  /** @throws Failure `unavailable` naming what is in the way */
  async open(receiver: TcpReceiver): Promise<void> {
    const server =
      this.#tls === undefined
        ? createServer()
        : createTlsServer({ handshakeTimeout: TLS_HANDSHAKE_MS_MAX, ...this.#tls })
    server.maxConnections = limits.hepConnectionsMax
    // A handshake that never ends takes up room too.
    server.on('connection', (socket: Socket) => this.#admit(socket))
    server.on(this.#tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      if (!socket.destroyed) this.#take(socket, receiver)
    })
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => {
      this.#count('handshake')
      // Of one that took too long, Node only tells.
      socket.destroy()
    })
    server.on('drop', () => this.#count('hepConnectionsMax'))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: this.#host, port: this.#port }, resolve)
    }).catch((error: unknown) => {
      throw asFailure(error, `TCP port ${this.#port} of ${this.#host}`)
    })
    server.removeAllListeners('error')
    server.on('error', () => {})
    this.#server = server
    this.#looks = setInterval(() => this.#lookForStuck(), this.#silentMsMax)
    this.#looks.unref()
  }

  get port(): number {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get connections(): number {
    return this.#sockets.size
  }

  refused(): Record<string, number> {
    return Object.fromEntries(this.#refused)
  }

  /** Stops reading from everybody: the kernel then pushes the senders back. */
  pause(): void {
    this.#isPaused = true
    for (const socket of this.#reading.keys()) socket.pause()
  }

  resume(): void {
    this.#isPaused = false
    for (const [socket, reader] of this.#reading) {
      reader.forgive()
      socket.resume()
    }
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    clearInterval(this.#looks)
    for (const socket of this.#sockets) socket.destroy()
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Lets a connection in, or not; `#sockets` holds the TCP sockets, also those under TLS. */
  #admit(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const isTooMany = this.#peers.of(address) >= limits.hepConnectionsPerPeerMax
    // A peer that is gone again has neither an address nor anything to say.
    if (address === '' || isTooMany) {
      if (address !== '') this.#count('hepConnectionsPerPeerMax')
      socket.destroy()
      return
    }
    this.#peers.add(address)
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#forget(socket, address))
  }

  #take(socket: Socket, receiver: TcpReceiver): void {
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#reading.delete(socket))
    const address = plainAddress(socket.remoteAddress ?? '')
    const stream = receiver.connected(address, socket.remotePort ?? 0, answersTo(socket))
    const reader = new HepReader(stream)
    this.#reading.set(socket, reader)
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk)
      if (reader.isGarbage) this.#cutOff(socket, 'hepGarbageBytesMax')
    })
    // A sender that has once made sense may be silent for as long as it likes, half a packet aside.
    socket.setTimeout(this.#silentMsMax, () => {
      if (!this.#isPaused && reader.isOpen) this.#cutOff(socket, 'hepSilentMsMax')
    })
    if (this.#isPaused) socket.pause()
  }

  /** A byte now and then is no silence, and comes to the end of a packet no sooner. */
  #lookForStuck(): void {
    if (this.#isPaused) return
    for (const [socket, reader] of this.#reading) {
      if (reader.isStuck()) this.#cutOff(socket, 'hepSilentMsMax')
    }
  }

  #forget(socket: Socket, address: string): void {
    this.#sockets.delete(socket)
    this.#peers.remove(address)
  }

  #cutOff(socket: Socket, why: HepRefusal): void {
    this.#count(why)
    this.#reading.delete(socket)
    socket.destroy()
  }

  #count(why: HepRefusal): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
  }
}

/** A peer that does not read what it is told is told no more. */
function answersTo(socket: Socket): HepAnswers {
  return {
    send: (bytes) => {
      const mayWrite = socket.writable && socket.writableLength < ANSWER_BYTES_MAX
      if (mayWrite) socket.write(bytes)
    },
    end: () => socket.destroy(),
  }
}
