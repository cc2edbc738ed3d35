// A datagram that a socket of ours received or sent in, the frame that a capture would hold of it
// out: raw IP with headers made anew, since sockets do not hand them over. Refuses payloads that no
// UDP datagram can hold.
import type { Frame } from './frame.ts'
import {
  headerBytes,
  LINK_TYPE_RAW_IP,
  type PacketEnds,
  sealUdp,
  UDP_PAYLOAD_BYTES_MAX,
  writeUdpHeaders,
} from './ip-headers.ts'
import { fillFrame, madeFrame, madeInterface } from './made-frame.ts'

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
    this.#frame = madeFrame(madeInterface(LINK_TYPE_RAW_IP, name))
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
    return fillFrame(this.#frame, memory, length, tUs)
  }
}
