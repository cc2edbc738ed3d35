// One message and its two ends in, the bytes of an exported PDU out: the form in which Wireshark
// keeps what it has taken out of the layers around it (link type 252), so that a message that was
// opened (decrypted, unmasked, unpacked) can be stored and read again without its key.
// Rules: LINKTYPE_WIRESHARK_UPPER_PDU. Tags, each with a length and padded to 32 bits, big-endian:
//
//    12 dissector "sip" | 20/22 source | 21/23 destination | 24 kind of port | 25 and 26 ports
//    33 what the message was inside of: "SIP/TLS" … | 0 end, then the message
import type { Frame } from './frame.ts'
import { fillFrame, madeFrame, madeInterface } from './made-frame.ts'

export const LINK_TYPE_EXPORTED_PDU = 252

export const PDU_END = 0
export const PDU_DISSECTOR = 12
export const PDU_IP4_SRC = 20
export const PDU_IP4_DST = 21
export const PDU_IP6_SRC = 22
export const PDU_IP6_DST = 23
export const PDU_PORT_KIND = 24
export const PDU_SRC_PORT = 25
export const PDU_DST_PORT = 26
export const PDU_COLUMN_TEXT = 33

export const PORT_KIND_SCTP = 1
export const PORT_KIND_TCP = 2
export const PORT_KIND_UDP = 3

/** The most that the tags before a message take. */
export const PDU_HEADER_BYTES_MAX = 128

/** All opened messages of a store come from this one: no card ever saw them like that. */
const openedInterface = madeInterface(LINK_TYPE_EXPORTED_PDU, 'opened')

/** A message taken out of what it was carried in. Addresses are 4 or 16 bytes each, both alike. */
export interface OpenedPdu {
  readonly tUs: number
  readonly src: Uint8Array
  readonly srcPort: number
  readonly dst: Uint8Array
  readonly dstPort: number
  /** Shown by Wireshark as the protocol, and read again by decode: `SIP/TLS`. */
  readonly column: string
  /** The message: `bytes` from `start` to `end`. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Makes frames of opened messages. The frame and its memory are used again for the next one. */
export class ExportedPduWriter {
  readonly #frame: Frame = madeFrame(openedInterface)
  #memory = Buffer.alloc(4096)

  /** The frame of a message; `bodyOffset` is where the message begins in it. */
  write(pdu: OpenedPdu): { readonly frame: Frame; readonly bodyOffset: number } {
    const length = pdu.end - pdu.start
    if (this.#memory.length < PDU_HEADER_BYTES_MAX + length) {
      this.#memory = Buffer.alloc(2 * (PDU_HEADER_BYTES_MAX + length))
    }
    const bodyOffset = this.#writeTags(pdu)
    pdu.bytes.copy(this.#memory, bodyOffset, pdu.start, pdu.end)
    const frame = fillFrame(this.#frame, this.#memory, bodyOffset + length, pdu.tUs)
    return { frame, bodyOffset }
  }

  #writeTags({ src, srcPort, dst, dstPort, column }: OpenedPdu): number {
    const isIp6 = src.length > 4
    let at = this.#put(0, PDU_DISSECTOR, Buffer.from('sip'))
    at = this.#put(at, isIp6 ? PDU_IP6_SRC : PDU_IP4_SRC, src)
    at = this.#put(at, isIp6 ? PDU_IP6_DST : PDU_IP4_DST, dst)
    at = this.#putNumber(at, PDU_PORT_KIND, PORT_KIND_TCP)
    at = this.#putNumber(at, PDU_SRC_PORT, srcPort)
    at = this.#putNumber(at, PDU_DST_PORT, dstPort)
    at = this.#put(at, PDU_COLUMN_TEXT, Buffer.from(column))
    return this.#put(at, PDU_END, new Uint8Array(0))
  }

  #putNumber(at: number, tag: number, value: number): number {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return this.#put(at, tag, bytes)
  }

  #put(at: number, tag: number, value: Uint8Array): number {
    const memory = this.#memory
    const padded = (value.length + 3) & ~3
    memory.writeUInt16BE(tag, at)
    memory.writeUInt16BE(padded, at + 2)
    memory.fill(0, at + 4, at + 4 + padded)
    memory.set(value, at + 4)
    return at + 4 + padded
  }
}
