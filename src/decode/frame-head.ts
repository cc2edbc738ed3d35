// A captured frame in, which bytes of it are headers out, and whether one datagram is all that they
// lead to: of this frame alone, whatever was captured before it. Walks in by the decoder's layers
// and tunnels. Refuses to say anything of a frame that leads to no transport.
import { AddressTable } from '../base/address-table.ts'
import { limits } from '../base/limits.ts'
import type { Frame } from '../source/frame.ts'
import { u16be } from '../source/integers.ts'
import { TRANSPORT_UDP } from './datagram.ts'
import { type PduEnds, readExportedPdu } from './exported-pdu.ts'
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
  layerOfTunnelPort,
} from './next.ts'
import { Packet } from './packet.ts'
import { walkSctpHeaders } from './sctp.ts'
import { TcpSegment } from './tcp-segment.ts'
import { openTunnel } from './tunnels.ts'
import { passUdpHeader } from './udp.ts'

/** `length` bytes from `offset` after the frame's first byte. */
export interface FrameStretch {
  readonly offset: number
  readonly length: number
}

export interface FrameHead {
  /** From the link layer to the transport, tunnels included, in their order. */
  readonly headers: readonly FrameStretch[]
  /** Where the datagram ends that is all that follows; undefined where more than one may follow. */
  readonly datagramEnd: number | undefined
}

const NOT_KNOWN: FrameHead = { headers: [], datagramEnd: undefined }
/** The ports stand so far before the payload. */
const SRC_PORT_BEFORE = 8
const DST_PORT_BEFORE = 6

/** Reads the heads of any number of frames, one after the other. */
export class FrameHeads {
  readonly #packet = new Packet(new AddressTable())
  readonly #segment = new TcpSegment()
  readonly #pduEnds: PduEnds = { srcPort: 0, dstPort: 0, transport: TRANSPORT_UDP }

  read(frame: Frame): FrameHead {
    const packet = this.#packet
    packet.load(frame)
    let layer = layerOfLinkType(frame.interface.linkType)
    const stepsMax = limits.encapsulationDepthMax * STEPS_PER_ENCAPSULATION
    for (let step = 0; step < stepsMax; step++) {
      switch (layer) {
        case LAYER_NONE:
          return NOT_KNOWN
        case LAYER_UDP:
          if (!passUdpHeader(packet)) return NOT_KNOWN
          layer = openTunnel(packet, this.#port(SRC_PORT_BEFORE), this.#port(DST_PORT_BEFORE))
          if (layer === LAYER_NONE) return this.#datagram()
          break
        case LAYER_TCP:
          return this.#segment.read(packet) ? this.#upToHere() : NOT_KNOWN
        case LAYER_SCTP:
          return this.#sctp()
        case LAYER_EXPORTED_PDU:
          return readExportedPdu(packet, this.#pduEnds) ? this.#upToHere() : NOT_KNOWN
        case LAYER_FRAGMENT:
          return this.#fragment()
        default:
          layer = layers[layer]?.(packet) ?? LAYER_NONE
      }
    }
    return NOT_KNOWN
  }

  /** Only a first fragment has the transport's header, and none has all that a tunnel carries. */
  #fragment(): FrameHead {
    const packet = this.#packet
    if (packet.fragmentOffset > 0) return this.#upToHere()
    const layer = layerOfIpProtocol(packet.protocol)
    if (layer === LAYER_TCP) this.#segment.read(packet)
    if (layer !== LAYER_UDP || !passUdpHeader(packet)) return this.#upToHere()
    const isTunnel = [SRC_PORT_BEFORE, DST_PORT_BEFORE].some((before) => {
      return layerOfTunnelPort(this.#port(before)) !== LAYER_NONE
    })
    return !isTunnel ? this.#datagram() : this.#upToHere()
  }

  #sctp(): FrameHead {
    const packet = this.#packet
    const headers = [{ offset: 0, length: packet.frameOffset(packet.at) }]
    walkSctpHeaders(packet, (at, length) => {
      headers.push({ offset: packet.frameOffset(at), length })
    })
    return { headers, datagramEnd: undefined }
  }

  #datagram(): FrameHead {
    return { ...this.#upToHere(), datagramEnd: this.#packet.frameOffset(this.#packet.end) }
  }

  #upToHere(): FrameHead {
    const length = this.#packet.frameOffset(this.#packet.at)
    return { headers: [{ offset: 0, length }], datagramEnd: undefined }
  }

  /** Of the UDP header that was passed last. */
  #port(before: number): number {
    return u16be(this.#packet.bytes, this.#packet.at - before)
  }
}
