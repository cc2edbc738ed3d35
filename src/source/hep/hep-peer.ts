// Who sends to a listener: where its packets come from, by which way, and what frames of them look
// like. Beside HEP packets, whose ends these are not, nothing of the peer is kept with the frames.
import { addressBytes } from '../../base/address-bytes.ts'
import type { CaptureInterface, Frame } from '../frame.ts'
import {
  headerBytes,
  LINK_TYPE_RAW_IP,
  type PacketEnds,
  sealUdp,
  writeUdpHeaders,
} from '../ip-headers.ts'
import { fillFrame, madeFrame, madeInterface } from '../made-frame.ts'

export type HepTransport = 'udp' | 'tcp' | 'tls' | 'websocket'

/** One address that sends. Several connections of one address are one peer. */
export interface HepPeer {
  readonly transport: HepTransport
  readonly address: string
}

/**
 * The port that frames name as their destination, whatever port we listened on: HEP is known by it
 * in every tool that reads the frames later.
 */
const HEP_PORT = 9060
/** The longest packet, behind the headers of IPv6 and UDP. */
export const HEP_FRAME_BYTES_MAX = 65_535 + 48
const UNSPECIFIED = Uint8Array.of(0, 0, 0, 0)

/**
 * Makes frames of HEP packets, as if each had come in one UDP datagram: that is the form in which
 * they are stored and read again. The frame is used again for the next packet.
 */
export class HepFrames {
  readonly #ends: PacketEnds
  readonly #headerBytes: number
  readonly #frame: Frame

  /** `source`: the interface under which they are kept. */
  constructor(source: CaptureInterface, peer: HepPeer, port: number) {
    const src = addressBytes(peer.address) ?? UNSPECIFIED
    const dst = src.length === 16 ? LOOPBACK_IP6 : LOOPBACK_IP4
    this.#ends = { src, srcPort: port, dst, dstPort: HEP_PORT }
    this.#headerBytes = headerBytes(this.#ends, 'udp')
    this.#frame = madeFrame(source)
  }

  /** Makes it in `memory`, which has room for `HEP_FRAME_BYTES_MAX`. */
  frame(memory: Buffer, bytes: Buffer, start: number, end: number, tUs: number): Frame {
    const length = end - start
    writeUdpHeaders(memory, 0, this.#ends, length)
    bytes.copy(memory, this.#headerBytes, start, end)
    if (this.#ends.src.length === 16) sealUdp(memory, 0, this.#ends, length)
    return fillFrame(this.#frame, memory, this.#headerBytes + length, tUs)
  }
}

/** Our own end, which no socket tells once it listens on every address. */
const LOOPBACK_IP4 = Uint8Array.of(127, 0, 0, 1)
const LOOPBACK_IP6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)

/** Under which name the frames of a listener are kept: `hep udp`. */
export function hepInterface(transport: HepTransport): CaptureInterface {
  return madeInterface(LINK_TYPE_RAW_IP, `hep ${transport}`)
}
