// Datagrams of RTCP in, what they report out. What SIP said of the streams beside them tells
// whether they are in the clear; those that are not are opened with the keys that stand in SDP
// (RFC 4568), and passed over where there are none.
import type { AddressTable } from '../base/address-table.ts'
import type { Datagram } from '../decode/datagram.ts'
import type { MediaReport } from '../rtp/media-report.ts'
import type { RtpProblemCode } from '../rtp/problems.ts'
import type { RtcpPacket } from '../rtp/rtcp.ts'
import { type RtcpOrigin, RtcpReports } from '../rtp/rtcp-reports.ts'
import { sdesKeys } from '../rtp/srtp/sdes-keys.ts'
import { SrtcpSession } from '../rtp/srtp/srtcp-session.ts'
import { parseSdp } from '../sip/sdp/parse-sdp.ts'
import { type MediaLeg, namingsOf } from './media-leg.ts'
import type { MediaBinding, MediaMap } from './media-map.ts'

/** Keys that one description is believed to need; each packet may be tried with all of a leg's. */
const KEYS_PER_DESCRIPTION_MAX = 8

export class RtcpIntake {
  readonly #addresses: AddressTable
  readonly #map: MediaMap
  readonly #reports: RtcpReports
  /** Of each description that was asked for, for as long as its leg keeps it. */
  readonly #sessions = new WeakMap<Buffer, readonly SrtcpSession[]>()

  constructor(addresses: AddressTable, map: MediaMap, sendersMax: number) {
    this.#addresses = addresses
    this.#map = map
    this.#reports = new RtcpReports(sendersMax)
  }

  /**
   * What a datagram of RTCP reports. `own` is the binding of a stream that its sender sends, for
   * RTCP that comes on any port.
   */
  read(datagram: Datagram, own: MediaBinding | undefined): MediaReport[] {
    const origin = this.#originOf(datagram)
    const binding = this.#bindingOf(datagram) ?? own
    const protection = binding && this.#map.protectionAt(binding.end)
    if (binding === undefined || protection === 'none') {
      return this.#reports.read(datagram, { ...origin, isClear: protection === 'none' })
    }
    // What is encrypted looks like RTCP for eight bytes and is noise behind them (RFC 3711 §3.4).
    const bytes = this.#open(binding.leg, datagram)
    if (bytes === undefined) return []
    return this.#reports.read({ bytes, start: 0, end: bytes.length }, { ...origin, isClear: true })
  }

  /** What RTCP reports that was read already. */
  take(packets: readonly RtcpPacket[], datagram: Datagram): MediaReport[] {
    return this.#reports.take(packets, this.#originOf(datagram))
  }

  /** Oddities by code. */
  problems(): Map<RtpProblemCode, number> {
    return this.#reports.problems()
  }

  #bindingOf(datagram: Datagram): MediaBinding | undefined {
    const { src, srcPort, dst, dstPort, tUs } = datagram
    // RTCP has a port of its own: one above that of the media (RFC 3550 §11), or any other.
    const below = { src, srcPort: srcPort - 1, dst, dstPort: dstPort - 1 }
    return this.#map.find(datagram, tUs) ?? this.#map.find(below, tUs)
  }

  /** The packet in the clear; its tag says which key of the leg is its own. */
  #open(leg: MediaLeg, { bytes, start, end }: Datagram): Buffer | undefined {
    const described = [...leg.ends.values()].flatMap(namingsOf).map(({ sdp }) => sdp)
    for (const sdp of new Set(described)) {
      for (const session of this.#sessionsOf(sdp)) {
        const clear = session.open(bytes.subarray(start, end))
        if (clear !== undefined) return clear
      }
    }
    return undefined
  }

  #sessionsOf(sdp: Buffer): readonly SrtcpSession[] {
    let sessions = this.#sessions.get(sdp)
    if (sessions === undefined) {
      const keys = parseSdp(sdp).media.flatMap(({ crypto }) => crypto.flatMap(sdesKeys))
      sessions = keys.slice(0, KEYS_PER_DESCRIPTION_MAX).map((key) => new SrtcpSession(key))
      this.#sessions.set(sdp, sessions)
    }
    return sessions
  }

  #originOf({ tUs, src, srcPort, dst, dstPort, hep }: Datagram): RtcpOrigin {
    return {
      tUs,
      src: { address: this.#addresses.text(src), port: srcPort },
      dst: { address: this.#addresses.text(dst), port: dstPort },
      source: hep === undefined ? 'rtcp' : 'hep-rtcp',
      callId: hep?.text(hep.correlationStart, hep.correlationEnd) ?? null,
    }
  }
}
