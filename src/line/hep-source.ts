// HEP as a source of the live line: listens on UDP and TCP, plain and under TLS, asks for the key
// where one is set, counts who sends what, and pushes each packet as a frame. What the packets hold
// is decoded behind the frames, as in a capture; here only as much is read as arrivals tell.
import { readFileSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import { type Clock, systemClock } from '../base/clock.ts'
import { Failure, isFailure } from '../base/failure.ts'
import { limits } from '../base/limits.ts'
import * as hep from '../decode/hep/hep-chunks.ts'
import { HepPacket } from '../decode/hep/hep-packet.ts'
import { writeStoredNotice } from '../decode/hep/stored-notice.ts'
import { looksLikeSip } from '../sip/detect.ts'
import { HepFrames, hepInterface, type HepPeer, type HepTransport } from '../source/hep/hep-peer.ts'
import type { HepStream } from '../source/hep/hep-reader.ts'
import { HepTcp } from '../source/hep/hep-tcp.ts'
import { HepUdp } from '../source/hep/hep-udp.ts'
import { type AgentConnection, AgentRuns } from './agent-runs.ts'
import type { AuthState, Intake } from './arrival.ts'
import type { LiveSink, LiveSource, SourceState } from './live-source.ts'
import { HepRelay } from './hep-relay.ts'
import { isSameSecret } from './same-secret.ts'
import { SenderCounts } from './sender-counts.ts'

/** HEP listeners of a server. A port of 0 is none; undefined takes a free one. */
export interface HepOrders {
  readonly kind: 'hep'
  readonly host: string
  /** UDP and TCP. */
  readonly port: number | undefined
  /** TCP under TLS, with the files of its certificate and key. */
  readonly tls?: {
    readonly port: number | undefined
    readonly certificateFile: string
    readonly keyFile: string
  }
  /** Leads to where WebSockets are held: see HepRelay. Moves with the orders. */
  readonly webSockets?: MessagePort
  /** What every packet must carry in its authentication chunk; empty for no check. */
  readonly authKey: string
}

/** One address and port that packets come from, and the sender that the last one named. */
interface Contact {
  readonly peer: HepPeer
  readonly frames: HepFrames
  counts: SenderCounts | undefined
  /** The way back, where there is one. */
  readonly answers: AgentConnection | undefined
  /** Of the last packet: the same sender again needs no look-up. */
  agentId: number
  node: string | null
}

interface OpenTcp {
  readonly listener: HepTcp
  readonly transport: 'tcp' | 'tls'
  readonly place: string
}

const NAMES: Readonly<Record<number, string>> = {
  [hep.PROTOCOL_SIP]: 'not-sip',
  4: 'rtp',
  [hep.PROTOCOL_RTCP]: 'rtcp',
  [hep.PROTOCOL_REPORT]: 'statistics',
  [hep.PROTOCOL_REPORT_SHORT]: 'statistics',
  [hep.PROTOCOL_CDR]: 'cdr',
  [hep.PROTOCOL_LOG]: 'log',
  [hep.PROTOCOL_EARSHOT_STREAM]: 'streams',
}
const SOURCE = 'hep'

export class HepSource implements LiveSource {
  readonly name = SOURCE
  readonly #orders: HepOrders
  readonly #clock: Clock
  readonly #authKey: Buffer
  readonly #packet = new HepPacket()
  readonly #interfaces = new Map<HepTransport, ReturnType<typeof hepInterface>>()
  readonly #udpContacts = new Map<string, Contact>()
  readonly #senders = new Map<string, SenderCounts>()
  readonly #closed: Intake[] = []
  readonly #runs = new AgentRuns({
    whenStored: (done) => this.#sink?.whenStored(done),
    notice: (run, before) => writeStoredNotice({ run, before }),
  })
  #forgotten = 0
  #udp: HepUdp | undefined
  #tcp: OpenTcp[] = []
  #relay: HepRelay | undefined
  #sink: LiveSink | undefined

  constructor(orders: HepOrders, clock: Clock = systemClock) {
    this.#orders = orders
    this.#clock = clock
    this.#authKey = Buffer.from(orders.authKey)
  }

  async start(sink: LiveSink): Promise<void> {
    this.#sink = sink
    const { host, port, tls } = this.#orders
    if (port !== 0) {
      const tcp = new HepTcp(host, port ?? 0)
      await this.#openTcp(tcp, 'tcp', port ?? 0)
      // A free port that TCP was given is taken for UDP too: senders know one number.
      await this.#openUdp(new HepUdp(host, tcp.port || (port ?? 0)), tcp.port || (port ?? 0))
    }
    if (tls !== undefined && tls.port !== 0) await this.#openTls(tls)
    if (this.#orders.webSockets !== undefined) {
      this.#relay = new HepRelay(this.#orders.webSockets, (address, from) => {
        return this.connected({ transport: 'websocket', address }, from)
      })
    }
  }

  pause(): void {
    for (const { listener } of this.#tcp) listener.pause()
    this.#relay?.pause()
  }

  resume(): void {
    for (const { listener } of this.#tcp) listener.resume()
    this.#relay?.resume()
  }

  async stop(): Promise<void> {
    await this.#udp?.close()
    this.#relay?.close()
    for (const { listener } of this.#tcp) await listener.close()
  }

  /**
   * A connection that another thread holds (WebSocket): what it sends is given to the stream,
   * packet by packet.
   */
  connected(peer: HepPeer, port: number, answers?: AgentConnection): HepStream {
    const contact = { ...this.#contact(peer, port), answers }
    return { packet: (bytes, start, end) => this.#take(contact, bytes, start, end) }
  }

  state(nowUs: number): SourceState {
    return {
      intakes: [
        ...this.#closed,
        ...this.#udpIntake(),
        ...this.#tcp.map(tcpIntake),
        ...this.#webIntake(),
      ],
      arrivals: [...this.#senders.values()].map((sender) => sender.arrival(nowUs)),
      arrivalsForgotten: this.#forgotten,
    }
  }

  // ── opening ──────────────────────────────────────────────────────────────────────────────────

  async #openUdp(udp: HepUdp, port: number): Promise<void> {
    try {
      await udp.open({ datagram: (bytes, address, from) => this.#datagram(bytes, address, from) })
      this.#udp = udp
    } catch (error) {
      this.#cannotOpen('udp', port, error)
    }
  }

  async #openTcp(listener: HepTcp, transport: 'tcp' | 'tls', port: number): Promise<void> {
    try {
      await listener.open({
        connected: (address, from, answers) => {
          return this.connected({ transport, address }, from, answers)
        },
      })
      const place = placeOf(this.#orders.host, listener.port)
      this.#tcp.push({ listener, transport, place })
    } catch (error) {
      this.#cannotOpen(transport, port, error)
    }
  }

  async #openTls(tls: NonNullable<HepOrders['tls']>): Promise<void> {
    const port = tls.port ?? 0
    try {
      const files = { cert: read(tls.certificateFile), key: read(tls.keyFile) }
      await this.#openTcp(new HepTcp(this.#orders.host, port, files), 'tls', port)
    } catch (error) {
      this.#cannotOpen('tls', port, error)
    }
  }

  #cannotOpen(transport: HepTransport, port: number, error: unknown): void {
    this.#closed.push({
      ...nothingOpen,
      source: SOURCE,
      transport,
      place: placeOf(this.#orders.host, port),
      reason: isFailure(error) ? error.message : String(error),
    })
  }

  // ── packets ──────────────────────────────────────────────────────────────────────────────────

  #datagram(bytes: Buffer, address: string, port: number): void {
    const key = `${address} ${port}`
    let contact = this.#udpContacts.get(key)
    if (contact === undefined) {
      // Ports are cheap to change: who changes them for every packet fills this, and no more.
      if (this.#udpContacts.size >= limits.hepConnectionsMax) this.#udpContacts.clear()
      contact = this.#contact({ transport: 'udp', address }, port)
      this.#udpContacts.set(key, contact)
    }
    this.#take(contact, bytes, 0, bytes.length)
  }

  #contact(peer: HepPeer, port: number): Contact {
    let source = this.#interfaces.get(peer.transport)
    if (source === undefined) {
      source = hepInterface(peer.transport)
      this.#interfaces.set(peer.transport, source)
    }
    const frames = new HepFrames(source, peer, port)
    return { peer, frames, counts: undefined, answers: undefined, agentId: -1, node: null }
  }

  /** False where it is no HEP. */
  #take(contact: Contact, bytes: Buffer, start: number, end: number): boolean {
    const nowUs = this.#clock.nowUs()
    const packet = this.#packet
    const isHep = packet.read(bytes, start, end, nowUs)
    const counts = this.#countsOf(contact, isHep ? packet : undefined, nowUs)
    counts.packet(end - start, nowUs)
    if (!isHep) {
      counts.protocol('not-hep')
      return false
    }
    counts.auth = this.#checkKey(packet)
    if (counts.auth === 'missing' || counts.auth === 'wrong') {
      counts.packetsRefused++
      return true
    }
    const { run, sequence } = packet
    const { answers } = contact
    const isCounted = sequence >= 0 && answers !== undefined
    if (isCounted && !this.#runs.admits(run, sequence, answers)) return true
    this.#note(counts, packet, bytes, nowUs)
    const sink = this.#sink
    // Senders over TCP were told to wait; what they had sent before is taken all the same.
    if (sink === undefined || (sink.isFull && contact.peer.transport === 'udp')) {
      counts.packetsDropped++
      return true
    }
    const frame = contact.frames.frame(sink.frameMemory, bytes, start, end, nowUs)
    packet.moveTo(frame.bytes, frame.end - end)
    sink.push(frame, packet)
    if (isCounted) this.#runs.taken(run, sequence)
    return true
  }

  #note(counts: SenderCounts, packet: HepPacket, bytes: Buffer, nowUs: number): void {
    const { payloadStart, payloadEnd, tUs } = packet
    if (packet.problem !== undefined) counts.problem(packet.problem)
    counts.protocol(protocolOf(packet, bytes, payloadStart, payloadEnd))
    if (packet.sequence >= 0) counts.sequence(packet.run, packet.sequence, packet.dropped)
    if (Number.isNaN(tUs)) return
    counts.clock(tUs, nowUs)
    const aheadUs = tUs - nowUs
    if (aheadUs > limits.hepAheadUsMax || -aheadUs > limits.hepBehindUsMax) counts.timesReplaced++
  }

  #checkKey(packet: HepPacket): AuthState {
    const key = this.#authKey
    if (key.length === 0) return 'not-asked'
    if (packet.keyStart < 0) return 'missing'
    return isSameSecret(key, packet.bytes, packet.keyStart, packet.keyEnd) ? 'good' : 'wrong'
  }

  // ── senders ──────────────────────────────────────────────────────────────────────────────────

  #countsOf(contact: Contact, packet: HepPacket | undefined, nowUs: number): SenderCounts {
    const agentId = packet?.agentId ?? -1
    const node = packet === undefined ? null : nodeOf(packet)
    if (contact.counts === undefined || contact.agentId !== agentId || contact.node !== node) {
      contact.counts = this.#sender(contact.peer, agentId, node, nowUs)
      contact.agentId = agentId
      contact.node = node
    }
    return contact.counts
  }

  #sender(peer: HepPeer, agentId: number, node: string | null, nowUs: number): SenderCounts {
    const key = JSON.stringify([peer.transport, peer.address, agentId, node])
    let counts = this.#senders.get(key)
    if (counts === undefined) {
      if (this.#senders.size >= limits.arrivalsMax) this.#forgetSilent()
      const identity = { source: SOURCE, ...peer, agentId: agentId < 0 ? null : agentId, node }
      counts = new SenderCounts(identity, nowUs)
      this.#senders.set(key, counts)
    }
    return counts
  }

  /** The longest silent tenth goes: who makes up agent ids by the thousand is forgotten first. */
  #forgetSilent(): void {
    const bySilence = [...this.#senders].sort(([, a], [, b]) => a.lastUs - b.lastUs)
    for (const [key] of bySilence.slice(0, Math.ceil(limits.arrivalsMax / 10))) {
      this.#senders.delete(key)
      this.#forgotten++
    }
  }

  #webIntake(): Intake[] {
    const relay = this.#relay
    if (relay === undefined) return []
    const { connections } = relay
    const facts = { source: SOURCE, transport: 'websocket', place: '/hep of the pages' } as const
    return [{ ...nothingOpen, ...facts, isOpen: true, connections, refused: relay.refused() }]
  }

  #udpIntake(): Intake[] {
    const udp = this.#udp
    if (udp === undefined) return []
    return [
      {
        ...nothingOpen,
        source: SOURCE,
        transport: 'udp',
        place: placeOf(this.#orders.host, udp.port),
        isOpen: true,
        receiveBufferBytesAsked: udp.receiveBuffer.asked,
        receiveBufferBytes: udp.receiveBuffer.granted,
        packetsDroppedByKernel: udp.droppedByKernel(),
      },
    ]
  }
}

const nothingOpen = {
  isOpen: false,
  reason: null,
  connections: null,
  refused: {},
  receiveBufferBytesAsked: null,
  receiveBufferBytes: null,
  packetsDroppedByKernel: null,
}

function tcpIntake({ listener, transport, place }: OpenTcp): Intake {
  return {
    ...nothingOpen,
    source: SOURCE,
    transport,
    place,
    isOpen: true,
    connections: listener.connections,
    refused: listener.refused(),
  }
}

/** Kept of each sender, so that it has a bound. */
function nodeOf(packet: HepPacket): string | null {
  const { nodeStart, nodeEnd } = packet
  return packet.text(nodeStart, Math.min(nodeEnd, nodeStart + limits.hepNodeBytesMax))
}

function protocolOf(packet: HepPacket, bytes: Buffer, start: number, end: number): string {
  if (start < 0 || start === end) return 'keep-alive'
  if (packet.isCompressed) return 'compressed'
  if (looksLikeSip(bytes, start, end)) return 'sip'
  return NAMES[packet.protocolType] ?? `type-${packet.protocolType}`
}

function placeOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** @throws Failure naming the file */
function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('bad-input', `${path}: cannot be read: ${reason}`, { cause: error })
  }
}
