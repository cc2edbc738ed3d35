// Frames in, whole datagrams and ordered TCP bytes out. Walks each frame from its link layer to its
// transport, layer by layer as next.ts says. Refuses to know what the payload is, and to read any
// clock but the frames' own.
import type { AddressTable } from '../base/address-table.ts'
import { type Limits, limits as defaults } from '../base/limits.ts'
import type { Frame } from '../source/frame.ts'
import { u16be } from '../source/integers.ts'
import {
  type Datagram,
  type DecodeSink,
  type FramePiece,
  TRANSPORT_SCTP,
  TRANSPORT_UDP,
} from './datagram.ts'
import { type PduEnds, readExportedPdu } from './exported-pdu.ts'
import { Fragments } from './fragments.ts'
import { HepDatagrams } from './hep/hep-datagram.ts'
import type { HepPacket } from './hep/hep-packet.ts'
import { layers, STEPS_PER_ENCAPSULATION } from './layers.ts'
import {
  LAYER_EXPORTED_PDU,
  LAYER_FRAGMENT,
  LAYER_NONE,
  LAYER_SCTP,
  LAYER_TCP,
  LAYER_UDP,
  layerOfIpProtocol,
  layerOfLinkType,
  type Layer,
} from './next.ts'
import { Packet } from './packet.ts'
import { PacketClock } from './packet-clock.ts'
import type { DecodeProblemCode } from './problems.ts'
import { Sctp, type SctpMessage } from './sctp.ts'
import { Tcp } from './tcp.ts'
import { openTunnel } from './tunnels.ts'
import { passUdpHeader } from './udp.ts'

/** Packet time between two looks at what waits too long. */
const AGEING_US = 500_000

/** What a decoder has done; every bound that it keeps has a problem code or a number here. */
export interface DecodeStats {
  readonly frames: number
  readonly datagrams: number
  readonly segments: number
  /** Frames that carried neither: ARP, ICMP, unknown or broken. */
  readonly framesWithout: number
  readonly fragments: ReturnType<Fragments['stats']>
  readonly tcp: ReturnType<Tcp['stats']>
  readonly sctp: ReturnType<Sctp['stats']>
  readonly problems: ReadonlyMap<DecodeProblemCode, number>
}

export class Decoder {
  readonly #limits: Limits
  readonly #sink: DecodeSink
  readonly #packet: Packet
  readonly #fragments: Fragments
  readonly #tcp: Tcp
  readonly #sctp: Sctp
  readonly #pduEnds: PduEnds = { srcPort: 0, dstPort: 0, transport: TRANSPORT_UDP }
  readonly #hep: HepDatagrams
  readonly #clock = new PacketClock()
  readonly #datagram: Datagram
  readonly #piece: FramePiece = { ref: 0, offset: 0, length: 0 }
  readonly #pieces: readonly FramePiece[] = [this.#piece]
  #nextAgeingUs = AGEING_US
  #frames = 0
  #datagrams = 0
  #segments = 0
  #framesWithout = 0

  constructor(addresses: AddressTable, sink: DecodeSink, limits: Limits = defaults) {
    this.#limits = limits
    this.#sink = sink
    this.#packet = new Packet(addresses)
    this.#hep = new HepDatagrams(limits)
    this.#fragments = new Fragments(limits)
    this.#tcp = new Tcp(this.#packet, (chunk) => sink.streamChunk(chunk), limits)
    this.#sctp = new Sctp(this.#packet, (message) => this.#emitSctp(message), limits)
    this.#datagram = {
      src: 0,
      srcPort: 0,
      dst: 0,
      dstPort: 0,
      tUs: 0,
      transport: TRANSPORT_UDP,
      dscp: 0,
      bytes: Buffer.alloc(0),
      start: 0,
      end: 0,
      isCut: false,
      pieces: this.#pieces,
      hep: undefined,
      problem: undefined,
    }
  }

  /**
   * Decodes one frame. What the sink is given is good only until it returns. `hep` where the frame
   * was made of a HEP packet, which was read in its memory: its headers say nothing more.
   */
  push(frame: Frame, hep?: HepPacket): void {
    this.#frames++
    this.#clock.observe(frame.tUs)
    if (this.#clock.elapsedUs >= this.#nextAgeingUs) this.#age()
    const packet = this.#packet
    packet.load(frame)
    if (hep !== undefined) return this.#emitHep(hep)
    const layer = layerOfLinkType(frame.interface.linkType)
    if (layer === LAYER_NONE) packet.note('decode.link-type.unknown')
    if (!this.#walk(layer)) this.#framesWithout++
  }

  /** Counts frames that somebody else knew at once for datagrams, and takes their time. */
  passed(tUs: number, frames = 1): void {
    this.#frames += frames
    this.#datagrams += frames
    this.#clock.observe(tUs)
    if (this.#clock.elapsedUs >= this.#nextAgeingUs) this.#age()
  }

  /** Says that time passes though no frame came, as a live source does. */
  tick(tUs: number): void {
    this.#clock.advance(tUs)
    this.#age()
  }

  /** Says that no more frames will come: what waits is handed out or given up. */
  finish(): void {
    this.#fragments.finish(this.#packet)
    this.#tcp.finish()
  }

  stats(): DecodeStats {
    return {
      frames: this.#frames,
      datagrams: this.#datagrams,
      segments: this.#segments,
      framesWithout: this.#framesWithout,
      fragments: this.#fragments.stats(),
      tcp: this.#tcp.stats(),
      sctp: this.#sctp.stats(),
      problems: this.#packet.problems,
    }
  }

  #age(): void {
    const { elapsedUs } = this.#clock
    this.#nextAgeingUs = elapsedUs + AGEING_US
    this.#fragments.age(this.#packet, elapsedUs)
    this.#tcp.age(elapsedUs)
  }

  /** Walks from `first` inward. True when it came to a transport, or keeps a fragment for it. */
  #walk(first: Layer): boolean {
    const packet = this.#packet
    const stepsMax = this.#limits.encapsulationDepthMax * STEPS_PER_ENCAPSULATION
    let layer = first
    for (let step = 0; step < stepsMax; step++) {
      switch (layer) {
        case LAYER_NONE:
          return false
        case LAYER_UDP:
          layer = this.#readUdp()
          if (layer === LAYER_NONE) return true
          break
        case LAYER_TCP:
          this.#segments++
          this.#tcp.push(this.#clock.elapsedUs)
          return true
        case LAYER_SCTP:
          return this.#sctp.push()
        case LAYER_EXPORTED_PDU:
          return this.#readExportedPdu()
        case LAYER_FRAGMENT:
          if (!this.#fragments.push(packet, this.#clock.elapsedUs)) return true
          layer = layerOfIpProtocol(packet.protocol)
          break
        default:
          layer = (layers[layer] ?? endOfWalk)(packet)
      }
    }
    packet.note('decode.nesting.too-deep')
    return false
  }

  #readUdp(): Layer {
    const packet = this.#packet
    const { bytes, at } = packet
    if (!passUdpHeader(packet)) return LAYER_NONE
    const srcPort = u16be(bytes, at)
    const dstPort = u16be(bytes, at + 2)
    const inside = openTunnel(packet, srcPort, dstPort)
    if (inside === LAYER_NONE) this.#emitDatagram(srcPort, dstPort)
    return inside
  }

  /** A message that was opened before it was stored: the packet ends with it. */
  #readExportedPdu(): boolean {
    const ends = this.#pduEnds
    if (!readExportedPdu(this.#packet, ends)) return false
    this.#datagram.transport = ends.transport
    this.#emitDatagram(ends.srcPort, ends.dstPort)
    this.#datagram.transport = TRANSPORT_UDP
    return true
  }

  #emitSctp(message: SctpMessage): void {
    const packet = this.#packet
    const datagram = this.#datagram
    this.#fillEnds(message.srcPort, message.dstPort)
    datagram.transport = TRANSPORT_SCTP
    datagram.bytes = message.bytes
    datagram.start = message.start
    datagram.end = message.end
    datagram.isCut = message.isCut
    datagram.pieces = message.pieces ?? packet.pieces(message.start, message.end)
    this.#datagrams++
    this.#sink.datagram(datagram)
    datagram.transport = TRANSPORT_UDP
  }

  #fillEnds(srcPort: number, dstPort: number): void {
    const packet = this.#packet
    const datagram = this.#datagram
    datagram.tUs = packet.tUs
    datagram.src = packet.src
    datagram.srcPort = srcPort
    datagram.dst = packet.dst
    datagram.dstPort = dstPort
    datagram.dscp = packet.dscp
  }

  #emitDatagram(srcPort: number, dstPort: number): void {
    const packet = this.#packet
    const datagram = this.#datagram
    this.#fillEnds(srcPort, dstPort)
    datagram.bytes = packet.bytes
    datagram.start = packet.at
    datagram.end = packet.end
    datagram.isCut = packet.wireEnd > packet.end
    if (packet.isWhole) {
      this.#piece.ref = packet.ref
      this.#piece.offset = packet.frameOffset(packet.at)
      this.#piece.length = packet.end - packet.at
      datagram.pieces = this.#pieces
    } else {
      datagram.pieces = packet.pieces(packet.at, packet.end)
    }
    this.#hep.open(datagram, packet)
    this.#datagrams++
    this.#sink.datagram(datagram)
    if (datagram.hep !== undefined) this.#closeHep()
  }

  #emitHep(hep: HepPacket): void {
    const packet = this.#packet
    const datagram = this.#datagram
    datagram.tUs = packet.tUs
    datagram.dscp = 0
    datagram.bytes = packet.bytes
    datagram.isCut = false
    this.#hep.fill(datagram, packet, hep)
    this.#datagrams++
    this.#sink.datagram(datagram)
    this.#closeHep()
  }

  /** The next datagram may be one that was captured itself. */
  #closeHep(): void {
    const datagram = this.#datagram
    datagram.hep = undefined
    datagram.problem = undefined
    datagram.transport = TRANSPORT_UDP
  }
}

function endOfWalk(): Layer {
  return LAYER_NONE
}
