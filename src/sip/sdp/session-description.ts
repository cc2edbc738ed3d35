// What a session description says, as types: the session, and its media sections with what they
// inherit from the session filled in. Only shapes; parse-sdp.ts makes them.
//
// RFC 8866; the attributes of RFC 3264 (direction), 3605 and 5761 (RTCP), 4568 (keys), 8122 and
// 4145 (DTLS), 8839 (ICE), 9143 (BUNDLE), 5576 (ssrc), 8851 (rid), 3362 (T.38).
import type { SipProblem } from '../problems.ts'

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** `o=` (RFC 8866 §5.2). Ids stay text: they are often larger than a number holds. */
export interface Origin {
  readonly username: string
  readonly sessionId: string
  readonly sessionVersion: string
  readonly address: string
}

/** An `a=` line: `value` is undefined for a property such as `sendrecv`. */
export interface Attribute {
  readonly name: string
  readonly value: string | undefined
}

/** One payload type of a media section. */
export interface Codec {
  readonly payloadType: number
  /** As written in the rtpmap, or of the static payload type; '' where unknown. */
  readonly name: string
  /** 0 where unknown. */
  readonly clockRateHz: number
  readonly channels: number
  /** Format parameters as written, undefined where there are none. */
  readonly fmtp: string | undefined
}

/** One ICE candidate (RFC 8839 §5.1). */
export interface Candidate {
  readonly foundation: string
  readonly component: number
  readonly transport: string
  readonly priority: number
  readonly address: string
  readonly port: number
  /** host, srflx, prflx or relay. */
  readonly type: string
  readonly relatedAddress: string | undefined
  readonly relatedPort: number | undefined
}

/** One `a=crypto` (RFC 4568 §9.1). Whoever holds the capture holds the key. */
export interface Crypto {
  readonly tag: number
  readonly suite: string
  /** `inline:…` as written. */
  readonly keyParams: string
  readonly sessionParams: readonly string[]
}

/** A certificate's hash (RFC 8122 §5). */
export interface Fingerprint {
  readonly hash: string
  readonly value: string
}

export interface SsrcAttribute {
  readonly ssrc: number
  readonly name: string
  readonly value: string | undefined
}

/** What may stand at the session or at a media section, where a section overrides the session. */
export interface TransportAttributes {
  readonly iceUfrag: string | undefined
  readonly icePwd: string | undefined
  readonly fingerprints: readonly Fingerprint[]
  /** DTLS role: active, passive, actpass, holdconn. */
  readonly setup: string | undefined
}

/** One `m=` section. */
export interface Media extends TransportAttributes {
  /** audio, video, image, application, message … */
  readonly type: string
  /** 0 for a section that is refused (RFC 3264 §6). */
  readonly port: number
  readonly portCount: number
  /** RTP/AVP, RTP/SAVPF, UDP/TLS/RTP/SAVPF, udptl … */
  readonly protocol: string
  /** As written: payload types, or `t38`. */
  readonly formats: readonly string[]
  /** The formats that are payload types, in order of preference. */
  readonly codecs: readonly Codec[]
  /** Of its own `c=` or the session's; '' where neither is there. */
  readonly address: string
  readonly direction: Direction
  /** The sender wants no media from the other side: sendonly, inactive, or an address of zeros. */
  readonly isHeld: boolean
  readonly ptimeMs: number | undefined
  readonly maxptimeMs: number | undefined
  /** Where RTCP goes when it is not the next port (RFC 3605). */
  readonly rtcpPort: number | undefined
  readonly rtcpAddress: string | undefined
  readonly hasRtcpMux: boolean
  readonly candidates: readonly Candidate[]
  readonly crypto: readonly Crypto[]
  readonly mid: string | undefined
  readonly ssrcs: readonly SsrcAttribute[]
  /** `a=rid` lines as written. */
  readonly rids: readonly string[]
  readonly title: string | undefined
  readonly bandwidths: readonly string[]
  /** Every attribute of the section as written, those above included. */
  readonly attributes: readonly Attribute[]
}

/** A whole session description. */
export interface SessionDescription extends TransportAttributes {
  readonly origin: Origin | undefined
  readonly name: string
  readonly information: string | undefined
  /** Address of the session's `c=`, '' where absent. */
  readonly address: string
  readonly bandwidths: readonly string[]
  /** `t=` lines as written. */
  readonly timings: readonly string[]
  readonly direction: Direction
  readonly isIceLite: boolean
  /** `a=group` lines as written: `BUNDLE 0 1`. */
  readonly groups: readonly string[]
  readonly media: readonly Media[]
  readonly attributes: readonly Attribute[]
  /** Offsets are into the description's bytes. */
  readonly problems: readonly SipProblem[]
}
