// What a session's payload types stand for: codecs as SDP maps them in, tables that the packet path
// looks into by payload type out. Equal profiles are one object, however many calls use them.
import type { Kernel } from '../kernel/kernel.ts'
import { staticPayload } from '../sip/sdp/payload-type.ts'

/** What a payload type carries. */
export const CARRIES_UNKNOWN = 0
export const CARRIES_AUDIO = 1
export const CARRIES_VIDEO = 2
/** Comfort noise, RFC 3389. */
export const CARRIES_NOISE = 3
/** Telephone events, RFC 4733: their timestamp is that of the event's beginning. */
export const CARRIES_EVENTS = 4
/** Redundant audio, RFC 2198, and forward error correction, RFC 5109, 8627. */
export const CARRIES_REDUNDANCY = 5
export const CARRIES_CORRECTION = 6
/** Text, data, retransmissions (RFC 4588): media that is neither heard nor seen as it is. */
export const CARRIES_OTHER = 7

/** One payload type as SDP maps it. */
export interface ProfileCodec {
  readonly payloadType: number
  readonly name: string
  /** 0 where unknown. */
  readonly clockRateHz: number
  readonly channels: number
  readonly fmtp: string | null
}

/** Payload types of one session, by number. */
export class PayloadProfile {
  /** Timestamp units of a millisecond; 0 where the clock is unknown or says nothing of time. */
  readonly unitsPerMs = new Float64Array(128)
  readonly carries = new Uint8Array(128)
  readonly codecs: ReadonlyMap<number, ProfileCodec>

  constructor(codecs: readonly ProfileCodec[]) {
    const byType = new Map<number, ProfileCodec>()
    for (let payloadType = 0; payloadType < 96; payloadType++) {
      const known = staticPayload(payloadType)
      if (known !== undefined) byType.set(payloadType, { payloadType, ...known, fmtp: null })
    }
    // The number that comfort noise had before RFC 3389 §4; some gateways still use it.
    byType.set(OLD_COMFORT_NOISE, {
      payloadType: OLD_COMFORT_NOISE,
      name: 'CN',
      clockRateHz: 8000,
      channels: 1,
      fmtp: null,
    })
    for (const codec of codecs) byType.set(codec.payloadType, codec)
    this.codecs = byType
    for (const [payloadType, { name, clockRateHz }] of byType) {
      const carries = carriedBy(name)
      this.carries[payloadType] = carries
      // An event's timestamp stands still while it lasts: it tells nothing of when packets are due.
      this.unitsPerMs[payloadType] = carries === CARRIES_EVENTS ? 0 : clockRateHz / 1000
    }
  }
}

/**
 * What the payload types of a session mean once they are named anew. Those that were used stay what
 * they were where they are not named again; undefined where one of them is another codec now, which
 * RFC 3264 §8.3.2 forbids and happens.
 */
export function codecsGoingOn(
  before: PayloadProfile,
  used: readonly number[],
  named: readonly ProfileCodec[],
): readonly ProfileCodec[] | undefined {
  const kept: ProfileCodec[] = []
  for (const payloadType of used) {
    const was = before.codecs.get(payloadType)
    if (was === undefined) continue
    const now = named.find((codec) => codec.payloadType === payloadType)
    if (now === undefined) kept.push(was)
    else if (!isSameCodec(was, now)) return undefined
  }
  return [...named, ...kept]
}

function isSameCodec(one: ProfileCodec, other: ProfileCodec): boolean {
  const isNamedAlike = one.name.toLowerCase() === other.name.toLowerCase()
  return isNamedAlike && one.clockRateHz === other.clockRateHz
}

const OLD_COMFORT_NOISE = 19

const VIDEO =
  /^(?:h26[1-9]|h263-.*|vp[89]|av1|jpeg|jpeg2000|mpv|mp2t|mp4v-es|nv|celb|raw|theora|vc1)$/i
const CORRECTION = /^(?:ulpfec|parityfec|flexfec.*|1d-interleaved-parityfec)$/i
const OTHER = /^(?:rtx|t140|t140c|clearmode|x-data|smpte291|vnd\..*)$/i

function carriedBy(name: string): number {
  const lower = name.toLowerCase()
  if (lower === '') return CARRIES_UNKNOWN
  if (lower === 'cn') return CARRIES_NOISE
  if (lower === 'telephone-event' || lower === 'tone') return CARRIES_EVENTS
  if (lower === 'red') return CARRIES_REDUNDANCY
  if (CORRECTION.test(name)) return CARRIES_CORRECTION
  if (VIDEO.test(name)) return CARRIES_VIDEO
  return OTHER.test(name) ? CARRIES_OTHER : CARRIES_AUDIO
}

/** What the kernel knows of a profile: `unitsPerMs` and `carries`, one after the other. */
const PROFILE_BYTES = 128 * 8 + 128

/** Bytes of the kernel's memory that so many profiles need. */
export function profileBytes(profilesMax: number): number {
  return profilesMax * PROFILE_BYTES + 64
}

/** Every different profile of a line, under a small number. Number 0 is RFC 3551's own table. */
export class PayloadProfiles {
  /** Where the kernel finds them. */
  readonly address: number
  readonly #kernel: Kernel
  readonly #profiles: PayloadProfile[] = []
  readonly #numbers = new Map<string, number>()
  readonly #max: number

  constructor(kernel: Kernel, max: number) {
    this.#kernel = kernel
    this.#max = max
    this.address = kernel.reserve(max * PROFILE_BYTES)
    this.#add(new PayloadProfile([]))
  }

  get(number: number): PayloadProfile {
    return this.#profiles[number] ?? (this.#profiles[0] as PayloadProfile)
  }

  /** The number of the profile of these codecs; 0 once there are too many different ones. */
  numberOf(codecs: readonly ProfileCodec[]): number {
    if (codecs.length === 0) return 0
    const key = JSON.stringify(codecs)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#profiles.length >= this.#max) return 0
    const number = this.#add(new PayloadProfile(codecs))
    this.#numbers.set(key, number)
    return number
  }

  #add(profile: PayloadProfile): number {
    const number = this.#profiles.push(profile) - 1
    const memory = this.#kernel.bytesAt(this.address + number * PROFILE_BYTES, PROFILE_BYTES)
    memory.set(new Uint8Array(profile.unitsPerMs.buffer), 0)
    memory.set(profile.carries, profile.unitsPerMs.byteLength)
    return number
  }
}
