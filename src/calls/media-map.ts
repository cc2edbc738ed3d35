// What sessions describe in, the leg of a stream out: remembers where each leg's descriptions want
// media, and finds by a stream's two ends whose it is. Offers and answers count alike, in whatever
// order they come: early media, a second offer, a refusal, ports that another call uses later.
import type { AddressTable } from '../base/address-table.ts'
import type { Limits } from '../base/limits.ts'
import type { ProfileCodec } from '../rtp/payload-profile.ts'
import { METHOD_INVITE } from '../sip/method.ts'
import { readSdpEnds, type SdpEnd } from '../sip/sdp/sdp-ends.ts'
import { type DescribedMedia, DescribedMedias } from './described-media.ts'
import type { MediaNotice } from './sdp-backlog.ts'
import type { Protection } from './stream.ts'

/** Which side of a leg. */
export type MediaSide = 'caller' | 'callee'

/** A leg, as far as media goes. */
export interface MediaLeg {
  readonly callId: string
  /** Where its first description is stored. */
  readonly firstRef: number
  /** Tag of whoever began it. */
  readonly callerTag: number
  /** When it ended, null while it goes on. */
  endedUs: number | null
  /** Its INVITE was accepted: a refusal is then that of a later one, and ends nothing. */
  isAnswered: boolean
  /** When something was last heard of it. */
  lastUs: number
  /** Places that its descriptions name, each once. */
  readonly ends: Map<number, MediaEnd>
}

/** A place where one side of a leg wants media. */
export interface MediaEnd {
  readonly leg: MediaLeg
  readonly side: MediaSide
  readonly key: number
  /** When it was first named, and last. */
  readonly sinceUs: number
  lastUs: number
  sdp: Buffer
  /** Who named it last, and in which exchange of offer and answer: see `exchangeOf`. */
  tag: number
  exchange: number
  /** Whoever named it has named other places since, and not this one. */
  isLeft: boolean
  /** Sections of the description that name it: several may share a port (RFC 9143). */
  readonly sections: Set<number>
  /** SSRCs that streams to here had. */
  ssrcs: number
  /** Numbers of the streams that are bound by this place. */
  readonly streams: Set<number>
  described: readonly DescribedMedia[] | null
}

/** What SDP says of a stream. */
export interface MediaBinding {
  readonly leg: MediaLeg
  /** The side that sends the stream. */
  readonly sender: MediaSide
  /** Where it is sent to, or from, as announced. */
  readonly end: MediaEnd
}

/** Streams that begin so long after the end of a leg may still be its own, µs. */
const AFTER_END_US = 10_000_000
/** Two legs that name one place within this time carry the same media through, µs. */
const TOGETHER_US = 30_000_000
/** Legs that ended are kept so long for what comes late, µs. */
const KEPT_ENDED_US = 60_000_000
/** Share of the limit that stays when the longest silent legs must go. */
const KEPT_SHARE = 0.9

export class MediaMap {
  readonly #addresses: AddressTable
  readonly #limits: Limits
  readonly #legs = new Map<string, MediaLeg>()
  readonly #ends = new Map<number, MediaEnd[]>()
  readonly #described = new DescribedMedias()
  #legsEvicted = 0

  constructor(addresses: AddressTable, limits: Limits) {
    this.#addresses = addresses
    this.#limits = limits
  }

  /** Takes what a message says. Gives the places that it names, new or changed. */
  take(notice: MediaNotice): readonly MediaEnd[] {
    const leg = this.#legOf(notice)
    if (leg === undefined) return []
    leg.lastUs = Math.max(leg.lastUs, notice.tUs)
    leg.isAnswered ||= tellsOfAnswer(notice)
    if (notice.sdp.length === 0) {
      if (endsLeg(notice, leg)) leg.endedUs = Math.max(leg.endedUs ?? 0, notice.tUs)
      return []
    }
    leg.endedUs = null
    const tag = speakerOf(notice)
    const side: MediaSide = tag === leg.callerTag ? 'caller' : 'callee'
    const named = readSdpEnds(notice.sdp, 0, notice.sdp.length).flatMap((place) => {
      const id = this.#addresses.idOf(place.address)
      if (id === undefined) return []
      return this.#put(leg, side, endKey(id, place.port), place, notice)
    })
    // The hops of one exchange may name a place each; a later exchange names all that are left.
    const exchange = exchangeOf(notice, side)
    for (const end of leg.ends.values()) {
      if (end.side === side && end.tag === tag && end.exchange !== exchange) end.isLeft = true
    }
    return named
  }

  /** Whose stream it is that goes between these ends and begins at `tUs`. */
  find(
    ends: { src: number; srcPort: number; dst: number; dstPort: number },
    tUs: number,
  ): MediaBinding | undefined {
    const to = this.#choose(endKey(ends.dst, ends.dstPort), tUs)
    if (to !== undefined) {
      return { leg: to.leg, sender: to.side === 'caller' ? 'callee' : 'caller', end: to }
    }
    // Behind address translation nobody named the place; where it comes from somebody did.
    const from = this.#choose(endKey(ends.src, ends.srcPort), tUs)
    return from === undefined ? undefined : { leg: from.leg, sender: from.side, end: from }
  }

  /** All that named a place, first come first. */
  endsAt(key: number): readonly MediaEnd[] {
    return this.#ends.get(key) ?? []
  }

  /**
   * The section that announced a place; of several, the one that names this payload type, or else
   * the first.
   */
  describe(end: MediaEnd, payloadType?: number): DescribedMedia | null {
    const sections = this.#sectionsOf(end)
    const naming = sections.find(({ codecs }) => codecs.some(isOfType(payloadType)))
    return naming ?? sections[0] ?? null
  }

  /**
   * How streams to a place are protected. What was offered and taken up by nobody protects nothing
   * (RFC 8643 §3); where a relay opens it, one hop is protected and another is not.
   */
  protectionAt(end: MediaEnd, payloadType?: number): Protection {
    const own = this.describe(end, payloadType)?.protection ?? 'unknown'
    const others = this.#counterparts(end)
    const isOpen = (other: MediaEnd) => this.describe(other, payloadType)?.protection === 'none'
    return others.length > 0 && others.every(isOpen) ? 'none' : own
  }

  /** What is announced at a place, and of the other side's what that leaves open. */
  codecsAt(end: MediaEnd): readonly ProfileCodec[] {
    const own = this.#sectionsOf(end).flatMap(({ codecs }) => codecs)
    const latest = namedLast(this.#counterparts(end))
    if (latest === undefined) return own
    const other = this.#sectionsOf(latest).flatMap(({ codecs }) => codecs)
    return [...own, ...other.filter(({ payloadType }) => !own.some(isOfType(payloadType)))]
  }

  #sectionsOf(end: MediaEnd): readonly DescribedMedia[] {
    end.described ??= Array.from(end.sections)
      .map((section) => this.#described.of(end.sdp, section))
      .filter((described) => described !== null)
    return end.described
  }

  /** The other side's places for the same sections. */
  #counterparts({ leg, side, sections }: MediaEnd): readonly MediaEnd[] {
    const isOfSame = (section: number) => sections.has(section)
    return [...leg.ends.values()].filter(
      (other) => other.side !== side && [...other.sections].some(isOfSame),
    )
  }

  /** Forgets legs that ended, or that nothing was heard of for `idleUs`. */
  tick(nowUs: number, idleUs: number): void {
    for (const leg of this.#legs.values()) {
      const isOver = leg.endedUs !== null && nowUs - leg.endedUs > KEPT_ENDED_US
      if (isOver || nowUs - leg.lastUs > idleUs) this.#forget(leg)
    }
  }

  /** The leg of a Call-ID, undefined where none described anything. */
  leg(callId: string): MediaLeg | undefined {
    return this.#legs.get(callId)
  }

  stats(): { mediaLegs: number; mediaLegsEvicted: number } {
    return { mediaLegs: this.#legs.size, mediaLegsEvicted: this.#legsEvicted }
  }

  #legOf(notice: MediaNotice): MediaLeg | undefined {
    const known = this.#legs.get(notice.callId)
    if (known !== undefined || notice.sdp.length === 0) return known
    if (this.#legs.size >= this.#limits.mediaLegsMax) this.#evict()
    const leg: MediaLeg = {
      callId: notice.callId,
      firstRef: notice.ref,
      // From of the first request and of its answers alike: whoever called.
      callerTag: notice.fromTag,
      endedUs: null,
      isAnswered: false,
      lastUs: notice.tUs,
      ends: new Map(),
    }
    this.#legs.set(notice.callId, leg)
    return leg
  }

  #put(
    leg: MediaLeg,
    side: MediaSide,
    key: number,
    place: SdpEnd,
    notice: MediaNotice,
  ): MediaEnd[] {
    const { tUs, sdp } = notice
    const known = leg.ends.get(key)
    if (known !== undefined && known.side === side) {
      nameAgain(known, place, notice)
      return [known]
    }
    if (leg.ends.size >= this.#limits.sdpEndsPerLegMax) return []
    const end: MediaEnd = {
      leg,
      side,
      key,
      sinceUs: tUs,
      lastUs: tUs,
      sdp,
      tag: speakerOf(notice),
      exchange: exchangeOf(notice, side),
      isLeft: false,
      sections: new Set([place.section]),
      ssrcs: 0,
      streams: new Set(),
      described: null,
    }
    if (known !== undefined) this.#drop(known)
    const [first, ...others] = this.#ends.get(key) ?? []
    if (first !== undefined && others.length + 1 >= this.#limits.legsPerPlaceMax) this.#drop(first)
    leg.ends.set(key, end)
    this.#ends.set(key, [...(this.#ends.get(key) ?? []), end])
    return [end]
  }

  /**
   * Of the legs that named a place, the one that has it now: the latest, but the first of those
   * that named it together, for they pass one description through. One that has named other places
   * since gives way.
   */
  #choose(key: number, tUs: number): MediaEnd | undefined {
    const ends = this.#ends.get(key)
    if (ends === undefined) return undefined
    let chosen: MediaEnd | undefined
    for (const end of ends) {
      const { endedUs } = end.leg
      if (endedUs !== null && tUs - endedUs > AFTER_END_US) continue
      if (chosen === undefined) chosen = end
      else if (end.isLeft && !isGivenUp(chosen)) continue
      else if (end.sinceUs - chosen.sinceUs > TOGETHER_US || isGivenUp(chosen)) chosen = end
    }
    return chosen
  }

  #forget(leg: MediaLeg): void {
    this.#legs.delete(leg.callId)
    for (const end of leg.ends.values()) this.#drop(end)
  }

  #drop(end: MediaEnd): void {
    end.leg.ends.delete(end.key)
    const left = (this.#ends.get(end.key) ?? []).filter((other) => other !== end)
    if (left.length === 0) this.#ends.delete(end.key)
    else this.#ends.set(end.key, left)
  }

  #evict(): void {
    const bySilence = [...this.#legs.values()].sort((a, b) => a.lastUs - b.lastUs)
    const surplus = bySilence.length - Math.floor(this.#limits.mediaLegsMax * KEPT_SHARE)
    for (const leg of bySilence.slice(0, surplus)) this.#forget(leg)
    this.#legsEvicted += Math.max(0, surplus)
  }
}

/** Address and port in one number: ids of addresses stay below 2^33. */
export function endKey(address: number, port: number): number {
  return address * 0x10000 + port
}

function isOfType(payloadType: number | undefined): (codec: ProfileCodec) => boolean {
  return (codec) => codec.payloadType === payloadType
}

/** Of several that were named at once, the one that came to the leg last. */
function namedLast(ends: readonly MediaEnd[]): MediaEnd | undefined {
  let last: MediaEnd | undefined
  for (const end of ends) if (last === undefined || end.lastUs >= last.lastUs) last = end
  return last
}

function isGivenUp({ leg, isLeft }: MediaEnd): boolean {
  return isLeft || leg.endedUs !== null
}

/**
 * The same leg names a place once more. Who wants fax there now says nothing of the RTP before it,
 * nor of the one that goes on where the other side refuses.
 */
function nameAgain(end: MediaEnd, { section, isRtp }: SdpEnd, notice: MediaNotice): void {
  const { tUs, sdp } = notice
  if (isRtp && end.sdp !== sdp) {
    if (!end.sdp.equals(sdp)) end.described = null
    end.sections.clear()
    end.sdp = sdp
  }
  if (isRtp) end.sections.add(section)
  end.tag = speakerOf(notice)
  end.exchange = exchangeOf(notice, end.side)
  end.isLeft = false
  end.lastUs = tUs
}

/** Tag of whoever a description is of. */
function speakerOf({ isRequest, fromTag, toTag }: MediaNotice): number {
  return isRequest ? fromTag : toTag
}

/**
 * A number for the exchange of offer and answer that a notice of this side is part of: the same at
 * all hops. Each side counts its own requests (RFC 3261 §12.2.1.1), so it holds whose CSeq it is.
 */
function exchangeOf({ cseq, isRequest }: MediaNotice, side: MediaSide): number {
  return cseq * 2 + (isRequest === (side === 'caller') ? 1 : 0)
}

/** A 2xx to an INVITE; an INVITE within a dialog follows one that may not have been captured. */
function tellsOfAnswer({ isRequest, cseqMethod, status, toTag }: MediaNotice): boolean {
  if (cseqMethod !== METHOD_INVITE) return false
  return isRequest ? toTag !== 0 : status >= 200 && status < 300
}

/** A BYE ends its leg; a refusal does when it is the first offer's, and not a later one's. */
function endsLeg(notice: MediaNotice, leg: MediaLeg): boolean {
  if (notice.isRequest) return true
  // 401 and 407 ask for another attempt; 491 and 488 to a later offer leave the session as it is.
  if (notice.cseqMethod !== METHOD_INVITE || [401, 407, 491].includes(notice.status)) return false
  return notice.status >= 300 && !leg.isAnswered
}
