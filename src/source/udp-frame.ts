// A datagram that a socket of ours received or sent in, the frame that a capture would hold of it
// out: raw IP with headers made anew, since sockets do not hand them over. Refuses payloads that no
// UDP datagram can hold.
import type { CaptureInterface, Frame } from './frame.ts'
import {
  headerBytes,
  LINK_TYPE_RAW_IP,
  type PacketEnds,
  sealUdp,
  UDP_PAYLOAD_BYTES_MAX,
  writeUdpHeaders,
} from './ip-headers.ts'
import { emptyFrame } from './record-walker.ts'

const SNAP_LENGTH = 262_144

/** One datagram, between ends as an IP header has them. */
export interface UdpDatagram extends PacketEnds {
  readonly tUs: number
  readonly payload: Uint8Array
}

/** Makes frames of datagrams. The frame and its memory are used again for the next one. */
export class UdpFrameWriter {
  readonly #frame: Frame
  #memory = Buffer.alloc(4096)

  /** `name` is that of the interface under which they are kept. */
  constructor(name: string) {
    const source: CaptureInterface = {
      linkType: LINK_TYPE_RAW_IP,
      snapLength: SNAP_LENGTH,
      timeResolution: 6,
      timeOffsetSeconds: 0,
      name,
    }
    this.#frame = { ...emptyFrame(), interface: source }
  }

  /** The frame of a datagram, undefined where its payload is too long for one. */
  write(datagram: UdpDatagram): Frame | undefined {
    const { payload, tUs } = datagram
    if (payload.length > UDP_PAYLOAD_BYTES_MAX) return undefined
    const start = headerBytes(datagram, 'udp')
    const length = start + payload.length
    if (this.#memory.length < length) this.#memory = Buffer.alloc(2 * length)
    const memory = this.#memory
    writeUdpHeaders(memory, 0, datagram, payload.length)
    memory.set(payload, start)
    sealUdp(memory, 0, datagram, payload.length)
    const frame = this.#frame
    frame.bytes = memory
    frame.start = 0
    frame.end = length
    frame.originalLength = length
    frame.tUs = tUs
    frame.ticksHigh = Math.floor(tUs / 2 ** 32)
    frame.ticksLow = tUs % 2 ** 32
    return frame
  }
}
