// The recording server: listens for recording clients on UDP, TCP and TLS, answers them, takes in
// their media, and pushes everything that it receives and sends as frames. From there on a
// recording session is a call like any other: stored, measured and found.
//
// RFC 7866 (the protocol), RFC 7245 (the architecture).
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import { looksLikeSip } from '../sip/detect.ts'
import { SipMessage } from '../sip/message.ts'
import { Connections, plainAddress } from './connections.ts'
import { siprecLimits } from './limits.ts'
import { type MediaPort, MediaPorts, type PortRange } from './media-ports.ts'
import { RecordingAgent } from './recording-agent.ts'
import type { Peer } from './response.ts'
import type { Flow } from './transactions.ts'
import { type PushFrame, Wire } from './wire.ts'

export interface SiprecSettings {
  /** Address on which it listens; `::` and `0.0.0.0` for all. */
  readonly host: string
  /** Whether an address is one of recording clients: from all others nothing is taken. */
  readonly isClient: (address: string) => boolean
  /** UDP and TCP port, none where undefined; 0 takes a free one of UDP, and TCP the same. */
  readonly port: number | undefined
  /** TLS, where there is a certificate. */
  readonly tls?: { readonly port: number; readonly key: string; readonly certificate: string }
  readonly mediaPorts: PortRange
  /** Address that clients send media to; by default the one that faces the client. */
  readonly mediaAddress?: string
  readonly sessionsMax: number
}

/** How often copies are sent and silences noticed; RFC 3261's shortest timer is 500 ms. */
const TICK_MS = 100
const RECEIVE_BUFFER_BYTES = 1024 * 1024

/** A place where clients are taken in, and why not. */
export interface SiprecPlace {
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly place: string
  readonly port: number
  /** Null while it is open. */
  readonly reason: string | null
}

export class SiprecServer {
  readonly #settings: SiprecSettings
  readonly #clock: Clock
  readonly #wire: Wire
  readonly #agent: RecordingAgent
  readonly #connections: Connections
  readonly #mediaPorts: MediaPorts
  readonly #message = new SipMessage()
  readonly #places: SiprecPlace[] = []
  /** Our address that faces a peer, by the peer's. */
  readonly #routes = new Map<string, string>()
  #udp: UdpSocket | undefined
  #servers: Server[] = []
  #timer: NodeJS.Timeout | undefined
  /** Datagrams handed to the system and not sent yet; who waits for them. */
  #unsent = 0
  #onAllSent: (() => void) | undefined
  #mediaPackets = 0
  #strays = 0
  #strangers = 0
  #mediaTurnedAway = 0

  constructor(settings: SiprecSettings, parts: { clock: Clock; push: PushFrame }) {
    this.#settings = settings
    this.#clock = parts.clock
    this.#wire = new Wire(parts.clock, parts.push)
    this.#connections = new Connections(settings.isClient, (flow, bytes) => {
      this.#received(flow, bytes)
    })
    this.#mediaPorts = new MediaPorts(settings.host, settings.mediaPorts)
    this.#agent = new RecordingAgent({
      send: (flow, target, bytes) => this.#send(flow, target, bytes),
      openMedia: (address, takes) => this.#openMedia(address, takes),
      isClient: settings.isClient,
      mediaAddress: ({ local }) => settings.mediaAddress ?? local.address,
      sessionsMax: settings.sessionsMax,
    })
  }

  /** Opens its ports. One that cannot be opened is told by `places`; the others work. */
  async start(): Promise<void> {
    const { port, tls } = this.#settings
    const udpPort = port === undefined ? undefined : await this.#openUdp(port)
    if (udpPort !== undefined) {
      await this.#listen('tcp', udpPort, createServer())
    }
    if (tls !== undefined) {
      const { key, certificate: cert } = tls
      const handshakeTimeout = siprecLimits.handshakeMsMax
      await this.#listen('tls', tls.port, createTlsServer({ key, cert, handshakeTimeout }))
    }
    this.#timer = setInterval(() => this.#agent.tick(this.#nowMs()), TICK_MS)
    this.#timer.unref()
  }

  /** Ends its sessions and closes its ports. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#agent.stop()
    this.#connections.closeAll()
    const servers = this.#servers.map(
      (server) => new Promise<void>((resolve) => void server.close(() => resolve())),
    )
    this.#servers = []
    const udp = this.#udp
    // A socket that is closed drops what it has not sent yet, and the BYEs are among it.
    if (udp !== undefined && this.#unsent > 0) {
      await new Promise<void>((resolve) => {
        this.#onAllSent = resolve
      })
    }
    this.#udp = undefined
    if (udp !== undefined) await new Promise<void>((resolve) => void udp.close(() => resolve()))
    await Promise.all(servers)
  }

  places(): readonly SiprecPlace[] {
    return this.#places
  }

  stats(): Readonly<Record<string, number>> {
    return {
      ...this.#agent.stats(),
      ...this.#connections.stats(),
      mediaPackets: this.#mediaPackets,
      mediaPortPairs: this.#mediaPorts.openCount,
      datagramsUnwritable: this.#wire.unwritable,
      datagramsNoSip: this.#strays,
      datagramsTurnedAway: this.#strangers,
      mediaPacketsTurnedAway: this.#mediaTurnedAway,
    }
  }

  async #openUdp(port: number): Promise<number | undefined> {
    const { host } = this.#settings
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    })
    const reason = await new Promise<string | null>((resolve) => {
      socket.once('error', (error) => resolve(error.message))
      socket.bind({ port, address: host, exclusive: true }, () => resolve(null))
    })
    const found = reason === null ? socket.address().port : port
    this.#addPlace('udp', found, reason)
    if (reason !== null) {
      socket.close()
      return undefined
    }
    socket.removeAllListeners('error')
    // A peer's ICMP message is no reason to stop listening to the others.
    socket.on('error', () => {})
    socket.on('message', (bytes, from) => void this.#datagram(bytes, from))
    this.#udp = socket
    return found
  }

  async #listen(transport: 'tcp' | 'tls', port: number, server: Server): Promise<void> {
    server.on('connection', (socket: Socket) => this.#connections.admit(socket))
    server.on(transport === 'tcp' ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#connections.add(socket, transport)
    })
    // Of a handshake that took too long, Node only tells.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
    const reason = await new Promise<string | null>((resolve) => {
      server.once('error', (error) => resolve(error.message))
      server.listen({ port, host: this.#settings.host }, () => resolve(null))
    })
    const address = server.address()
    const found = typeof address === 'object' && address !== null ? address.port : port
    this.#addPlace(transport, found, reason)
    if (reason !== null) return
    server.on('error', () => {})
    this.#servers.push(server)
  }

  #addPlace(transport: SiprecPlace['transport'], port: number, reason: string | null): void {
    const place = `${this.#settings.host}:${port}`
    this.#places.push({ transport, place, port, reason })
  }

  async #datagram(bytes: Buffer, from: Peer): Promise<void> {
    const peer = { address: plainAddress(from.address), port: from.port }
    if (!this.#settings.isClient(peer.address)) {
      this.#strangers++
      return
    }
    if (!looksLikeSip(bytes, 0, bytes.length)) {
      // Keep-alives of some clients are line ends or zeros.
      this.#strays++
      return
    }
    const port = this.#udp?.address().port ?? 0
    const known = this.#localAddress(peer.address)
    const address = typeof known === 'string' ? known : await known
    this.#received({ transport: 'udp', connection: 0, peer, local: { address, port } }, bytes)
  }

  #received(flow: Flow, bytes: Buffer): void {
    this.#wire.message(flow, bytes, 'in')
    const isDatagram = flow.transport === 'udp'
    if (!this.#message.read(bytes, 0, bytes.length, { isDatagram })) return
    this.#agent.push(this.#message, flow, this.#nowMs())
  }

  #send(flow: Flow, target: Peer, bytes: Buffer): void {
    this.#wire.message(flow, bytes, 'out', target)
    if (flow.transport === 'udp') {
      // A socket for both families knows IPv4 peers in IPv6's clothes alone.
      const { address, port } = target
      const isMapped = isIPv6(this.#settings.host) && !isIPv6(address)
      this.#unsent++
      this.#udp?.send(bytes, port, isMapped ? `::ffff:${address}` : address, () => {
        this.#unsent--
        if (this.#unsent === 0) this.#onAllSent?.()
      })
    } else this.#connections.send(flow, bytes)
  }

  #openMedia(address: string, takes: (from: string) => boolean): Promise<MediaPort | undefined> {
    return this.#mediaPorts.take(({ bytes, from, toPort }) => {
      const peer = { address: plainAddress(from.address), port: from.port }
      if (!takes(peer.address)) {
        this.#mediaTurnedAway++
        return
      }
      this.#mediaPackets++
      this.#wire.datagram(peer, { address, port: toPort }, bytes)
    })
  }

  /** Our address that a peer talks to: sockets that listen on all do not say which it was. */
  #localAddress(peer: string): string | Promise<string> {
    const { host } = this.#settings
    if (host !== '::' && host !== '0.0.0.0') return host
    return this.#routes.get(peer) ?? this.#findRoute(peer)
  }

  /** Connecting a datagram socket sends nothing, and asks the system which way it would go. */
  async #findRoute(peer: string): Promise<string> {
    const socket = createSocket(isIPv6(peer) ? 'udp6' : 'udp4')
    const address = await new Promise<string>((resolve) => {
      socket.once('error', () => resolve(this.#settings.host))
      socket.connect(9, peer, () => resolve(socket.address().address))
    })
    socket.close()
    if (this.#routes.size >= siprecLimits.routesMax) this.#routes.clear()
    this.#routes.set(peer, address)
    return address
  }

  #nowMs(): number {
    return this.#clock.nowUs() / 1000
  }
}
