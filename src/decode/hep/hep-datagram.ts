// A datagram that may be a HEP packet in, the datagram that it passes on out: its ends, its time,
// its transport and its payload instead of the packet's own. Refuses to take the sender's clock for
// true when it cannot be, and to unpack without a bound.
import { type Limits, limits as houseLimits } from '../../base/limits.ts'
import { u32be } from '../../source/integers.ts'
import {
  type Datagram,
  type FramePiece,
  TRANSPORT_SCTP,
  TRANSPORT_TCP,
  TRANSPORT_TLS,
  TRANSPORT_UDP,
  type TransportNumber,
} from '../datagram.ts'
import type { Packet } from '../packet.ts'
import { PROTOCOL_OF_TLS } from './hep-chunks.ts'
import { HepPacket } from './hep-packet.ts'
import { unwrapPayload } from './wrapped-payload.ts'

/** How HEPv3 ("HEP3", "EEP3") and the versions before it begin. */
const FIRST_BYTES = [0x48, 0x45, 1, 2]

const mayBegin = new Uint8Array(256)
for (const byte of FIRST_BYTES) mayBegin[byte] = 1

export class HepDatagrams {
  readonly #packet = new HepPacket()
  readonly #limits: Limits
  readonly #piece: FramePiece = { ref: 0, offset: 0, length: 0 }
  readonly #pieces: readonly FramePiece[] = [this.#piece]

  constructor(limits: Limits = houseLimits) {
    this.#limits = limits
  }

  /**
   * Turns `datagram`, in which `packet` stands, into the one inside; leaves it alone where this is
   * no HEP. A packet without a payload leaves an empty one.
   */
  open(datagram: Datagram, packet: Packet): void {
    if (mayBegin[datagram.bytes[datagram.start] as number] === 0) return
    const hep = this.#packet
    if (!hep.read(datagram.bytes, datagram.start, datagram.end, datagram.tUs)) return
    this.fill(datagram, packet, hep)
  }

  /** Turns `datagram` into the one inside `hep`, which was read where `packet` lies. */
  fill(datagram: Datagram, packet: Packet, hep: HepPacket): void {
    if (hep.problem !== undefined) packet.note(hep.problem)
    datagram.hep = hep
    datagram.transport = transportOf(hep.ipProtocol)
    datagram.src = addressOf(packet, hep.srcAt, hep.isSrcIp6)
    datagram.dst = addressOf(packet, hep.dstAt, hep.isDstIp6)
    datagram.srcPort = hep.srcPort
    datagram.dstPort = hep.dstPort
    this.#setTime(datagram, packet, hep)
    this.#setPayload(datagram, packet, hep)
  }

  /** Days and searches go by this time: one wrong clock must not open the year 2036. */
  #setTime(datagram: Datagram, packet: Packet, { tUs }: HepPacket): void {
    if (Number.isNaN(tUs)) return
    const aheadUs = tUs - datagram.tUs
    if (aheadUs > this.#limits.hepAheadUsMax) datagram.problem = 'decode.hep.time-ahead'
    else if (-aheadUs > this.#limits.hepBehindUsMax) datagram.problem = 'decode.hep.time-behind'
    else {
      datagram.tUs = tUs
      return
    }
    packet.note(datagram.problem)
  }

  #setPayload(datagram: Datagram, packet: Packet, hep: HepPacket): void {
    const { payloadStart, payloadEnd, isCompressed } = hep
    datagram.start = Math.max(0, payloadStart)
    datagram.end = Math.max(0, payloadEnd)
    if (packet.isWhole) {
      this.#piece.ref = packet.ref
      this.#piece.offset = packet.frameOffset(datagram.start)
      this.#piece.length = datagram.end - datagram.start
      datagram.pieces = this.#pieces
    } else {
      datagram.pieces = packet.pieces(datagram.start, datagram.end)
    }
    if (!isCompressed) return
    // The pieces stay those of the packed bytes: whoever reads them unpacks them again.
    const inside = unwrapPayload(datagram.bytes.subarray(datagram.start, datagram.end), 'surely')
    if (inside === undefined) {
      packet.note('decode.hep.payload-damaged')
      return
    }
    datagram.bytes = inside
    datagram.start = 0
    datagram.end = inside.length
  }
}

function addressOf(packet: Packet, at: number, isIp6: boolean): number {
  if (at < 0) return 0
  return isIp6 ? packet.ip6Addresses.idOf(packet.bytes, at) : u32be(packet.bytes, at)
}

function transportOf(ipProtocol: number): TransportNumber {
  if (ipProtocol === TRANSPORT_TCP) return TRANSPORT_TCP
  if (ipProtocol === PROTOCOL_OF_TLS) return TRANSPORT_TLS
  return ipProtocol === TRANSPORT_SCTP ? TRANSPORT_SCTP : TRANSPORT_UDP
}
