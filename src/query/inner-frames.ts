// Stored frames in, the same out, but for those that hold HEP: instead of each comes the packet
// that the HEP is about, with headers made anew, so that other tools see the SIP as SIP. Its
// payload is what the agent sent, byte for byte, but for RTCP as JSON, which becomes RTCP again; a
// frame without HEP is not touched. Messages that were opened (taken out of TLS or a WebSocket) are
// packets too where the file cannot hold them as they are.
import { addressBytes, inOneFamily } from '../base/address-bytes.ts'
import { AddressTable } from '../base/address-table.ts'
import { type Datagram, TRANSPORT_TCP } from '../decode/datagram.ts'
import { Decoder } from '../decode/decoder.ts'
import { unwrapPayload } from '../decode/hep/wrapped-payload.ts'
import { jsonOf } from '../rtp/agent-json.ts'
import { rtcpBytesOfJson } from '../rtp/rtcp-json-bytes.ts'
import { looksLikeSip } from '../sip/detect.ts'
import { LINK_TYPE_EXPORTED_PDU } from '../source/exported-pdu.ts'
import type { CaptureInterface } from '../source/frame.ts'
import {
  headerBytes,
  LINK_TYPE_RAW_IP,
  type PacketEnds,
  sealUdp,
  writeTcpHeaders,
  writeUdpHeaders,
} from '../source/ip-headers.ts'
import type { StoredFrame } from '../store/block-reader.ts'

const UNSPECIFIED = Uint8Array.of(0, 0, 0, 0)
const SEQUENCE_MODULUS = 2 ** 32

export class InnerFrames {
  readonly #addresses = new AddressTable()
  readonly #decoder: Decoder
  readonly #interfaces = new Map<CaptureInterface, CaptureInterface>()
  /** Next sequence number of each direction of a TCP connection, so that streams go on. */
  readonly #sequences = new Map<string, number>()
  #outer: StoredFrame | undefined
  #inner: StoredFrame | undefined

  /** `opensPdus`: exported PDUs become packets; a pcap has one link type for all. */
  constructor({ opensPdus = false }: { readonly opensPdus?: boolean } = {}) {
    this.#decoder = new Decoder(this.#addresses, {
      datagram: (datagram) => {
        const isPdu = this.#outer?.interface.linkType === LINK_TYPE_EXPORTED_PDU
        if (datagram.hep !== undefined || (isPdu && opensPdus)) {
          this.#inner = this.#frameOf(datagram)
        }
      },
      streamChunk: () => {},
    })
  }

  /** What is to be written for a stored frame. */
  frame(stored: StoredFrame): StoredFrame {
    this.#outer = stored
    this.#inner = undefined
    this.#decoder.push({ ...stored })
    return this.#inner ?? stored
  }

  #frameOf(datagram: Datagram): StoredFrame | undefined {
    const outer = this.#outer
    if (outer === undefined) return undefined
    const payload = payloadOf(datagram)
    const ends = this.#ends(datagram)
    // What was inside TLS goes as UDP: on its port, tools take TCP for TLS.
    const transport = datagram.transport === TRANSPORT_TCP ? 'tcp' : 'udp'
    const start = headerBytes(ends, transport)
    const bytes = Buffer.alloc(start + payload.length)
    if (transport === 'udp') writeUdpHeaders(bytes, 0, ends, payload.length)
    else writeTcpHeaders(bytes, 0, ends, payload.length, this.#sequence(datagram, payload.length))
    payload.copy(bytes, start)
    if (transport === 'udp') sealUdp(bytes, 0, ends, payload.length)
    return {
      bytes,
      start: 0,
      end: bytes.length,
      originalLength: bytes.length,
      tUs: datagram.tUs,
      ticksHigh: Math.floor(datagram.tUs / 2 ** 32),
      ticksLow: datagram.tUs % 2 ** 32,
      interface: this.#interface(outer.interface),
      ref: outer.ref,
    }
  }

  /** Both ends in one family, as an IP header has them. */
  #ends({ src, srcPort, dst, dstPort }: Datagram): PacketEnds {
    const [from, to] = inOneFamily(this.#address(src), this.#address(dst))
    return { src: from, srcPort, dst: to, dstPort }
  }

  #address(id: number): Uint8Array {
    return addressBytes(this.#addresses.text(id)) ?? UNSPECIFIED
  }

  #sequence({ src, srcPort, dst, dstPort }: Datagram, length: number): number {
    const direction = `${src} ${srcPort} ${dst} ${dstPort}`
    const sequence = this.#sequences.get(direction) ?? 1
    this.#sequences.set(direction, (sequence + length) % SEQUENCE_MODULUS)
    return sequence
  }

  #interface(outer: CaptureInterface): CaptureInterface {
    let inner = this.#interfaces.get(outer)
    if (inner === undefined) {
      inner = { ...outer, linkType: LINK_TYPE_RAW_IP, timeResolution: 6, timeOffsetSeconds: 0 }
      this.#interfaces.set(outer, inner)
    }
    return inner
  }
}

/** The payload as SIP or RTCP where an agent wrapped it; see MessageLine. */
function payloadOf({ bytes, start, end }: Datagram): Buffer {
  const payload = bytes.subarray(start, end)
  if (looksLikeSip(bytes, start, end)) return payload
  const inside = unwrapPayload(payload)
  if (inside !== undefined && looksLikeSip(inside, 0, inside.length)) return inside
  return rtcpBytesOfJson(jsonOf(bytes, start, end)) ?? payload
}
