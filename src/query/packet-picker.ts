// Frames in, the packets of the streams that are watched out, by their ends and SSRC: RTP, and RTCP
// between the same ends, on the same ports or the next ones (RFC 3550 §11), that is by the sender
// of such a stream or about it; as bytes, or as the JSON that HEP agents make of it. RTCP on ports
// of its own (RFC 3605) is found where an agent names its call, and not else.
import { AddressTable } from '../base/address-table.ts'
import type { Datagram } from '../decode/datagram.ts'
import { Decoder } from '../decode/decoder.ts'
import { KIND_RTCP, KIND_RTP, kindOfPacket } from '../rtp/packet-kind.ts'
import { readRtcp, type RtcpPacket } from '../rtp/rtcp.ts'
import { rtcpOfText } from '../rtp/rtcp-json.ts'
import { u32be } from '../source/integers.ts'
import type { FoundStream } from '../store/contract.ts'

/** Hears of a packet of a stream; the datagram is good only until it returns. */
export interface PickedListener {
  (stream: FoundStream, packet: Datagram): void
}

/** Reports begin before a stream and end after it: two of their intervals (RFC 3550 §6.2), µs. */
const RTCP_AROUND_US = 10_000_000
/** How far above the ports of RTP those of RTCP are: they share them, or it has the next ones. */
const RTCP_PORTS_ABOVE = [0, 1] as const

interface RtcpSsrcs {
  readonly sent: readonly number[]
  readonly received: readonly number[]
}

interface TextEnds {
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
}

export class PacketPicker {
  readonly #addresses = new AddressTable()
  readonly #decoder: Decoder
  /** Streams by their ends and SSRC. */
  #watched = new Map<string, FoundStream[]>()
  #byCall = new Map<string | null, FoundStream[]>()
  #ref = 0

  constructor(onRtp: PickedListener, onRtcp?: PickedListener) {
    this.#decoder = new Decoder(this.#addresses, {
      datagram: (datagram) => {
        const { bytes, start, end } = datagram
        const kind = kindOfPacket(bytes, start, end)
        if (kind === KIND_RTP) {
          const key = endsKey(this.#endsOf(datagram), u32be(bytes, start + 8))
          for (const stream of this.#streamsAt(key)) onRtp(stream, datagram)
        } else if (onRtcp !== undefined) {
          for (const stream of this.#streamsOfRtcp(datagram)) onRtcp(stream, datagram)
        }
      },
      streamChunk: () => {},
    })
  }

  watch(streams: readonly FoundStream[]): void {
    this.#watched = Map.groupBy(streams, ({ record }) => endsKey(record, record.ssrc))
    this.#byCall = Map.groupBy(streams, ({ record }) => record.callId)
  }

  push(frame: Parameters<Decoder['push']>[0]): void {
    this.#ref = frame.ref
    this.#decoder.push(frame)
  }

  /** The same ends and SSRC at another time are another stream. */
  #streamsAt(key: string): FoundStream[] {
    const watched = this.#watched.get(key) ?? []
    return watched.filter(
      ({ record }) => this.#ref >= record.firstRef && this.#ref <= record.lastRef,
    )
  }

  /**
   * Streams that the sender of a compound packet sends, those that it reports on, and those of the
   * call that an agent gives it to; none for what is no RTCP.
   */
  #streamsOfRtcp(datagram: Datagram): Set<FoundStream> {
    const streams = new Set<FoundStream>()
    const rtcp = rtcpIn(datagram)
    if (rtcp === undefined) return streams
    const { tUs, hep } = datagram
    const there = this.#endsOf(datagram)
    const back = turned(there)
    for (const above of RTCP_PORTS_ABOVE) {
      const keys = [
        ...rtcp.sent.map((ssrc) => endsKey(below(there, above), ssrc)),
        ...rtcp.received.map((ssrc) => endsKey(below(back, above), ssrc)),
      ]
      for (const key of keys) {
        for (const stream of around(this.#watched.get(key), tUs)) streams.add(stream)
      }
    }
    const callId = hep?.text(hep.correlationStart, hep.correlationEnd) ?? null
    if (callId !== null) {
      for (const stream of around(this.#byCall.get(callId), tUs)) streams.add(stream)
    }
    return streams
  }

  #endsOf({ src, srcPort, dst, dstPort }: Datagram): TextEnds {
    return { src: this.#addresses.text(src), srcPort, dst: this.#addresses.text(dst), dstPort }
  }
}

/** SSRCs of who sends, and of what is reported on; undefined for what is no RTCP. */
function rtcpIn({ bytes, start, end, hep }: Datagram): RtcpSsrcs | undefined {
  if (kindOfPacket(bytes, start, end) === KIND_RTCP) {
    const { packets } = readRtcp(bytes, start, end)
    return { sent: [u32be(bytes, start + 4)], received: reportedIn(packets) }
  }
  const packets = hep === undefined ? undefined : rtcpOfText(bytes, start, end)
  if (packets === undefined) return undefined
  const sent = packets.flatMap((packet) => ('ssrc' in packet ? [packet.ssrc] : []))
  return { sent, received: reportedIn(packets) }
}

function reportedIn(packets: readonly RtcpPacket[]): number[] {
  return packets.flatMap((packet) =>
    packet.kind === 'report' ? packet.blocks.map(({ ssrc }) => ssrc) : [],
  )
}

/** Those that went on about this time. */
function around(streams: readonly FoundStream[] | undefined, tUs: number): FoundStream[] {
  return (streams ?? []).filter(
    ({ record }) => tUs >= record.startUs - RTCP_AROUND_US && tUs <= record.endUs + RTCP_AROUND_US,
  )
}

function turned({ src, srcPort, dst, dstPort }: TextEnds): TextEnds {
  return { src: dst, srcPort: dstPort, dst: src, dstPort: srcPort }
}

function below(ends: TextEnds, ports: number): TextEnds {
  return { ...ends, srcPort: ends.srcPort - ports, dstPort: ends.dstPort - ports }
}

function endsKey({ src, srcPort, dst, dstPort }: TextEnds, ssrc: number): string {
  return `${src} ${srcPort} ${dst} ${dstPort} ${ssrc}`
}
