// Captured frames in, HEP packets out: each SIP message and each RTCP packet in one, as an agent at
// the place of capture would have sent it. What the frames carry besides is left out, RTP unless it
// is asked for.
import { addressBytes, inOneFamily } from '../base/address-bytes.ts'
import { AddressTable } from '../base/address-table.ts'
import type { Datagram, Ends, TransportNumber } from '../decode/datagram.ts'
import { TRANSPORT_SCTP, TRANSPORT_TCP, TRANSPORT_TLS, TRANSPORT_UDP } from '../decode/datagram.ts'
import { Decoder } from '../decode/decoder.ts'
import {
  PROTOCOL_OF_TLS,
  PROTOCOL_EARSHOT_STREAM,
  PROTOCOL_RTCP,
  PROTOCOL_SIP,
} from '../decode/hep/hep-chunks.ts'
import { type HepFacts, writeHep3, writeOldHep } from '../decode/hep/hep-writer.ts'
import { KIND_RTCP, KIND_RTP, kindOfPacket } from '../rtp/packet-kind.ts'
import { agentMediaTimes } from '../calls/media-times.ts'
import { MediaTracker } from '../calls/media-tracker.ts'
import { writePassedStream } from '../calls/passed-stream.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import { looksLikeSip } from '../sip/detect.ts'
import { SipMessage } from '../sip/message.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import { StreamFramer } from '../sip/stream-framer.ts'
import type { Frame } from '../source/frame.ts'
import type { SecretSource } from '../source/key-log.ts'
import { type OpenedMessage, OpenedMessages } from './opened-messages.ts'

/** RTP as it is, in a packet of HEP (capture protocol type 4). */
const PROTOCOL_RTP = 4
const NO_ADDRESS = Uint8Array.of(0, 0, 0, 0)

export interface HepMakerParts {
  readonly version: 1 | 2 | 3
  readonly agentId: number
  readonly node?: string | undefined
  readonly authKey?: string | undefined
  /** Added to every time, µs. */
  readonly shiftUs: number
  readonly withRtp?: boolean
  /** Secrets of TLS connections: what is inside is sent in the clear. */
  readonly secrets?: SecretSource | undefined
  /** Of our own agent: what its next packet says of itself. */
  readonly count?: () => NonNullable<HepFacts['count']>
  /** Measures the RTP that goes by, and sends what it finds instead of the packets. */
  readonly isMeasuring?: boolean
  /** Takes a packet, which is the taker's own, and the time of what is in it, not shifted. */
  readonly emit: (packet: Buffer, tUs: number) => void
}

/** What a maker has made, and what it had to leave out. */
export interface HepMakerCounts {
  frames: number
  messages: number
  rtcp: number
  rtp: number
  /** Reports on measured streams: one at its end, more while it goes on. */
  streams: number
  /** Too long for one packet, or not SIP where the version carries nothing else. */
  leftOut: number
}

export class HepMaker {
  readonly counts: HepMakerCounts = {
    frames: 0,
    messages: 0,
    rtcp: 0,
    rtp: 0,
    streams: 0,
    leftOut: 0,
  }
  readonly #parts: HepMakerParts
  readonly #addresses = new AddressTable()
  readonly #bytesOf = new Map<number, Uint8Array>()
  readonly #framer: StreamFramer
  readonly #opened: OpenedMessages
  readonly #media: MediaTracker | undefined
  readonly #sip = new SipMessage()
  readonly #decoder: Decoder

  constructor(parts: HepMakerParts) {
    this.#parts = parts
    if (parts.isMeasuring === true) {
      this.#media = new MediaTracker({
        addresses: this.#addresses,
        refScale: REF_SCALE,
        emit: (record) => this.#stream(record),
        times: agentMediaTimes,
      })
    }
    this.#framer = new StreamFramer((framed) => this.#message(framed))
    this.#opened = new OpenedMessages({
      addresses: this.#addresses,
      opening: { secrets: parts.secrets, keep: () => 0 },
      emit: (message) => this.#message(message),
    })
    this.#decoder = new Decoder(this.#addresses, {
      datagram: (datagram) => this.#datagram(datagram),
      streamChunk: (chunk) => {
        if (!this.#opened.push(chunk)) this.#framer.push(chunk)
      },
    })
  }

  push(frame: Frame): void {
    this.counts.frames++
    // What is passed on packet by packet must be seen as such.
    const isMeasured = this.#parts.withRtp !== true && this.#media?.frame(frame) === true
    if (isMeasured) this.#decoder.passed(frame.tUs)
    else this.#decoder.push(frame)
  }

  /** Says that it is now `nowUs`, though no frame may have come. */
  tick(nowUs: number): void {
    this.#decoder.tick(nowUs)
    this.#opened.tick()
    this.#media?.advance(nowUs)
    this.#media?.tick()
  }

  finish(): void {
    this.#decoder.finish()
    this.#opened.finish()
    this.#media?.finish()
  }

  #datagram(datagram: Datagram): void {
    const { bytes, start, end } = datagram
    if (looksLikeSip(bytes, start, end)) {
      this.#message(datagram)
      return
    }
    this.#media?.datagram(datagram)
    const kind = kindOfPacket(bytes, start, end)
    if (kind === KIND_RTCP) {
      if (this.#make(datagram, PROTOCOL_RTCP)) this.counts.rtcp++
    } else if (kind === KIND_RTP && this.#parts.withRtp === true) {
      if (this.#make(datagram, PROTOCOL_RTP)) this.counts.rtp++
    }
  }

  #message(message: OpenedMessage): void {
    if (this.#make(message, PROTOCOL_SIP)) this.counts.messages++
    if (this.#media === undefined) return
    const { bytes, start, end } = message
    if (this.#sip.read(bytes, start, end)) {
      this.#media.message(this.#sip, { ...message, pieces: [] })
    }
  }

  /** What was measured of a stream goes between the stream's own ends. */
  #stream(record: StreamRecord): void {
    const payload = writePassedStream(record)
    const src = addressBytes(record.src)
    const dst = addressBytes(record.dst)
    if (src === undefined || dst?.length !== src.length) return
    const { srcPort, dstPort } = record
    const carried = { tUs: record.endUs, transport: TRANSPORT_UDP, srcPort, dstPort } as const
    const whole = { bytes: payload, start: 0, end: payload.length }
    if (
      this.#make({ ...carried, ...whole, src: 0, dst: 0 }, PROTOCOL_EARSHOT_STREAM, { src, dst })
    ) {
      this.counts.streams++
    }
  }

  #make(
    carried: OpenedMessage,
    protocolType: number,
    ends: Pick<HepFacts, 'src' | 'dst'> = this.#ends(carried),
  ): boolean {
    const { version, agentId, node, authKey, shiftUs, count, emit } = this.#parts
    const payload = carried.bytes.subarray(carried.start, carried.end)
    const facts: HepFacts = {
      ipProtocol: ipProtocolOf(carried.transport),
      ...ends,
      srcPort: carried.srcPort,
      dstPort: carried.dstPort,
      tUs: carried.tUs + shiftUs,
      protocolType,
      agentId,
      ...(node === undefined ? {} : { node }),
      ...(authKey === undefined ? {} : { authKey }),
      ...(count === undefined ? {} : { count: count() }),
    }
    const packet = packetOf(version, facts, payload)
    if (packet === undefined) {
      this.counts.leftOut++
      return false
    }
    emit(packet, carried.tUs)
    return true
  }

  /** In one family: HEP has one field for it, and versions 1 and 2 one length for both. */
  #ends({ src, dst }: Ends): Pick<HepFacts, 'src' | 'dst'> {
    const [from, to] = inOneFamily(this.#address(src), this.#address(dst))
    return { src: from, dst: to }
  }

  #address(id: number): Uint8Array {
    let bytes = this.#bytesOf.get(id)
    if (bytes === undefined) {
      bytes = addressBytes(this.#addresses.text(id)) ?? NO_ADDRESS
      this.#bytesOf.set(id, bytes)
    }
    return bytes
  }
}

function packetOf(version: 1 | 2 | 3, facts: HepFacts, payload: Buffer): Buffer | undefined {
  if (version === 3) return writeHep3(facts, payload)
  return facts.protocolType === PROTOCOL_SIP ? writeOldHep(version, facts, payload) : undefined
}

/** A WebSocket is TCP to HEP, which has no number for it; for TLS there is that of Kamailio. */
function ipProtocolOf(transport: TransportNumber): number {
  if (transport === TRANSPORT_TLS) return PROTOCOL_OF_TLS
  return transport === TRANSPORT_UDP || transport === TRANSPORT_SCTP ? transport : TRANSPORT_TCP
}
