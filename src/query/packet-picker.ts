// Frames in, the packets of the streams that are watched out, by their ends and SSRC: RTP, and RTCP
// between the same ends, on the same ports or the next ones (RFC 3550 §11), that is by the sender
// of such a stream or about it. RTCP on ports of its own (RFC 3605) is not found.
import { AddressTable } from '../base/address-table.ts'
import type { Datagram } from '../decode/datagram.ts'
import { Decoder } from '../decode/decoder.ts'
import { KIND_RTCP, KIND_RTP, kindOfPacket } from '../rtp/packet-kind.ts'
import { readRtcp } from '../rtp/rtcp.ts'
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
  #ref = 0

  constructor(onRtp: PickedListener, onRtcp?: PickedListener) {
    this.#decoder = new Decoder(this.#addresses, {
      datagram: (datagram) => {
        const { bytes, start, end } = datagram
        const kind = kindOfPacket(bytes, start, end)
        if (kind === KIND_RTP) {
          const key = endsKey(this.#endsOf(datagram), u32be(bytes, start + 8))
          for (const stream of this.#streamsAt(key)) onRtp(stream, datagram)
        } else if (kind === KIND_RTCP && onRtcp !== undefined) {
          for (const stream of this.#streamsOfRtcp(datagram)) onRtcp(stream, datagram)
        }
      },
      streamChunk: () => {},
    })
  }

  watch(streams: readonly FoundStream[]): void {
    this.#watched = new Map()
    for (const stream of streams) {
      const key = endsKey(stream.record, stream.record.ssrc)
      this.#watched.set(key, [...(this.#watched.get(key) ?? []), stream])
    }
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

  #streamsAround(key: string, tUs: number): FoundStream[] {
    const watched = this.#watched.get(key) ?? []
    return watched.filter(
      ({ record }) =>
        tUs >= record.startUs - RTCP_AROUND_US && tUs <= record.endUs + RTCP_AROUND_US,
    )
  }

  /** Streams that the sender of a compound packet sends, and those that it reports on. */
  #streamsOfRtcp(datagram: Datagram): Set<FoundStream> {
    const { bytes, start, end, tUs } = datagram
    const there = this.#endsOf(datagram)
    const back = turned(there)
    const sent = u32be(bytes, start + 4)
    const received = readRtcp(bytes, start, end).packets.flatMap((packet) =>
      packet.kind === 'report' ? packet.blocks.map(({ ssrc }) => ssrc) : [],
    )
    const streams = new Set<FoundStream>()
    for (const above of RTCP_PORTS_ABOVE) {
      const keys = [
        endsKey(below(there, above), sent),
        ...received.map((ssrc) => endsKey(below(back, above), ssrc)),
      ]
      for (const key of keys) {
        for (const stream of this.#streamsAround(key, tUs)) streams.add(stream)
      }
    }
    return streams
  }

  #endsOf({ src, srcPort, dst, dstPort }: Datagram): TextEnds {
    return { src: this.#addresses.text(src), srcPort, dst: this.#addresses.text(dst), dstPort }
  }
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
