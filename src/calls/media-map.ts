// What sessions describe in, the leg of a stream out: remembers where each leg's descriptions want
// media (media-leg.ts has which of them hold), and finds by a stream's two ends whose it is, in
// whatever order they come: early media, a second offer, ports that another call uses later.
import type { AddressTable } from '../base/address-table.ts'
import type { Limits } from '../base/limits.ts'
import type { ProfileCodec } from '../rtp/payload-profile.ts'
import { hashText53 } from '../base/hash.ts'
import type { IceCheck } from '../rtp/ice-check.ts'
import { readSdpEnds, type SdpSections } from '../sip/sdp/sdp-ends.ts'
import { CheckedPairs, type PairOf } from './checked-pairs.ts'
import { type DescribedMedia, DescribedMedias } from './described-media.ts'
import {
  endsLeg,
  givesWay,
  isPiece,
  isRefusal,
  leaveOthers,
  type MediaEnd,
  type MediaLeg,
  mediaLegOf,
  type MediaSide,
  nameEnd,
  type Naming,
  namingsOf,
  refuseOffers,
  type Saying,
  sayingOf,
  settleOffers,
} from './media-leg.ts'
import type { MediaNotice } from './sdp-backlog.ts'
import type { Protection } from './stream.ts'
import type { Talk } from './stream-record.ts'

/** Ids of addresses, and ports, between which a stream goes. */
export interface MediaEnds {
  readonly src: number
  readonly srcPort: number
  readonly dst: number
  readonly dstPort: number
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
/** How far it is doubted that a leg has a place: its other side is elsewhere, or it gave it up. */
const ELSEWHERE = 1
const GIVEN_UP = 2
/** Share of the limit that stays when the longest silent legs must go. */
const KEPT_SHARE = 0.9

export class MediaMap {
  readonly #addresses: AddressTable
  readonly #limits: Limits
  readonly #legs = new Map<string, MediaLeg>()
  readonly #ends = new Map<number, MediaEnd[]>()
  readonly #described = new DescribedMedias()
  readonly #pairs: CheckedPairs
  #legsEvicted = 0

  constructor(addresses: AddressTable, limits: Limits) {
    this.#addresses = addresses
    this.#limits = limits
    this.#pairs = new CheckedPairs(limits.checkedPairsMax)
  }

  /** Takes what a message says. Gives the places that it names, new or changed. */
  take(notice: MediaNotice): readonly MediaEnd[] {
    const leg = this.#legOf(notice)
    if (leg === undefined) return []
    leg.lastUs = Math.max(leg.lastUs, notice.tUs)
    if (endsLeg(notice, leg)) {
      leg.endedUs = Math.max(leg.endedUs ?? 0, notice.tUs)
      return []
    }
    if (isPiece(notice)) return this.#nameFurther(leg, notice)
    if (!isRefusal(notice)) {
      const named = [...settleOffers(leg, notice), ...this.#name(leg, notice)]
      leg.talk.settle(notice.tUs, leg.isAnswered)
      return named
    }
    const { kept, gone } = refuseOffers(leg, notice)
    for (const end of gone) this.#drop(end)
    return kept
  }

  /**
   * Takes a connectivity check: its ends are of the leg that has its ufrags. One between ends that
   * another leg still checks tells nothing: only who reads descriptions has their ufrags, but
   * anybody may send his own from anywhere.
   */
  check(ends: MediaEnds, { receiver, sender }: IceCheck, tUs: number): void {
    const pair = pairOf(ends)
    const leg = this.#checking({ src: ufragKey(sender), dst: ufragKey(receiver) }, tUs)?.leg
    if (leg === undefined) return
    const before = this.#checking(this.#pairs.between(pair), tUs)?.leg
    const isOthers = before !== undefined && before !== leg && before.endedUs === null
    if (isOthers && this.#pairs.isInUse(pair, tUs)) return
    this.#pairs.set(pair, { src: ufragKey(sender), dst: ufragKey(receiver) }, tUs)
  }

  /**
   * Whose stream it is that goes between these ends and begins at `tUs`; not of who named its ends
   * after `untilUs`.
   */
  find(ends: MediaEnds, tUs: number, untilUs = Number.POSITIVE_INFINITY): MediaBinding | undefined {
    const pair = pairOf(ends)
    const checked = this.#checking(this.#pairs.between(pair), tUs)
    const at = (key: number) => this.endsAt(key).filter(({ sinceUs }) => sinceUs <= untilUs)
    const to = this.#choose(at(pair.dst), { otherKey: pair.src, checked, tUs })
    if (to !== undefined) return { leg: to.leg, sender: otherSide(to.side), end: to }
    // Behind address translation nobody named the place; where it comes from somebody did.
    const from = this.#choose(at(pair.src), { otherKey: pair.dst, checked, tUs })
    if (from !== undefined) return { leg: from.leg, sender: from.side, end: from }
    return checked && { leg: checked.leg, sender: otherSide(checked.side), end: checked }
  }

  /** Whose stream it was that went between these ends; its ports may be others' since. */
  findPast(ends: MediaEnds, startUs: number, endUs: number): MediaBinding | undefined {
    const begunUs = Math.min(endUs, startUs + TOGETHER_US)
    return this.find(ends, startUs, begunUs) ?? this.find(ends, startUs, endUs)
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
    const sections = this.#sectionsOf(namingsOf(end)[0])
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

  /**
   * What the receiver of a stream has announced, what it has offered since beside that, and of the
   * sender what both leave open.
   */
  codecsOf({ end, sender }: MediaBinding): readonly ProfileCodec[] {
    const other = namedLast(this.#counterparts(end))
    const namings = [namingsOf(end), other === undefined ? [] : namingsOf(other)]
    if (end.side === sender) namings.reverse()
    let codecs: readonly ProfileCodec[] = []
    for (const naming of namings.flat()) {
      const known = codecs
      const further = this.#sectionsOf(naming).flatMap((section) => section.codecs)
      const isNew = ({ payloadType }: ProfileCodec) => !known.some(isOfType(payloadType))
      codecs = [...known, ...further.filter(isNew)]
    }
    return codecs
  }

  #sectionsOf(naming: Naming | undefined): readonly DescribedMedia[] {
    if (naming === undefined) return []
    naming.described ??= Array.from(naming.sections)
      .map((section) => this.#described.of(naming.sdp, section))
      .filter((described) => described !== null)
    return naming.described
  }

  /** The other side's places for the same sections. */
  #counterparts(end: MediaEnd): readonly MediaEnd[] {
    const [own] = namingsOf(end)
    const isOfSame = (section: number) => own?.sections.has(section) === true
    return [...end.leg.ends.values()].filter(
      ({ side, agreed }) =>
        side !== end.side && agreed !== null && [...agreed.sections].some(isOfSame),
    )
  }

  /**
   * When both sides of a leg had to send, as far as it is known at `nowUs`. Null where another leg
   * had one of its places then: which of them a stream is bound to says nothing of the other ones.
   */
  talkOf(leg: MediaLeg, nowUs: number): Talk | null {
    const talk = leg.talk.until(leg.endedUs ?? nowUs)
    if (talk === null) return null
    const isOthers = ({ leg: other, sinceUs }: MediaEnd) =>
      other !== leg && sinceUs <= talk.untilUs && (other.endedUs ?? nowUs) >= talk.fromUs
    const isShared = [...leg.ends.keys()].some((key) => this.endsAt(key).some(isOthers))
    return isShared ? null : talk
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
    const begins = notice.sdp.length > 0 && !isRefusal(notice) && !isPiece(notice)
    if (known !== undefined || !begins) return known
    if (this.#legs.size >= this.#limits.mediaLegsMax) this.#evict()
    const leg = mediaLegOf(notice)
    this.#legs.set(notice.callId, leg)
    return leg
  }

  /** Takes the places that a description names. */
  #name(leg: MediaLeg, notice: MediaNotice): readonly MediaEnd[] {
    const saying = notice.sdp.length === 0 ? undefined : sayingOf(leg, notice)
    if (saying === undefined) return []
    leg.endedUs = null
    const { places, ufrags, isTwoWay } = readSdpEnds(saying.sdp, 0, saying.sdp.length)
    leg.talk.describe({ ...saying, isTwoWay }, saying.isOnTrial)
    const named = places.flatMap((place) => {
      const id = this.#addresses.idOf(place.address)
      return id === undefined ? [] : this.#put(leg, endKey(id, place.port), place, saying)
    })
    for (const one of ufrags) named.push(...this.#put(leg, ufragKey(one.ufrag), one, saying))
    if (!saying.isOnTrial) leaveOthers(leg, saying.tag, saying.exchange)
    return named
  }

  /** Takes candidates that came behind the description with their ufrag: they are places of it. */
  #nameFurther(leg: MediaLeg, { tUs, sdp, fromTag }: MediaNotice): readonly MediaEnd[] {
    return readSdpEnds(sdp, 0, sdp.length).places.flatMap((place) => {
      const id = this.#addresses.idOf(place.address)
      const described = leg.ends.get(ufragKey(place.ufrag ?? ''))
      const [naming] = described === undefined ? [] : namingsOf(described)
      if (id === undefined || described === undefined || naming?.tag !== fromTag) return []
      const { side, agreed } = described
      const named = { sections: [...naming.sections], isRtp: true }
      const saying = { ...naming, tUs, side, isOnTrial: agreed === null }
      return this.#put(leg, endKey(id, place.port), named, saying)
    })
  }

  #put(leg: MediaLeg, key: number, place: SdpSections, saying: Saying): readonly MediaEnd[] {
    const { side, tUs } = saying
    const known = leg.ends.get(key)
    if (known !== undefined && known.side === side) {
      nameEnd(known, place, saying)
      return [known]
    }
    // What the other side has stays its own until the offer is accepted.
    if (known !== undefined && saying.isOnTrial) return []
    if (leg.ends.size >= this.#limits.sdpEndsPerLegMax) return []
    const end: MediaEnd = {
      leg,
      side,
      key,
      sinceUs: tUs,
      lastUs: tUs,
      agreed: null,
      offered: null,
      isLeft: false,
      ssrcs: 0,
      streams: new Set(),
    }
    nameEnd(end, place, saying)
    if (known !== undefined) this.#drop(known)
    const [first, ...others] = this.#ends.get(key) ?? []
    if (first !== undefined && others.length + 1 >= this.#limits.legsPerPlaceMax) this.#drop(first)
    leg.ends.set(key, end)
    this.#ends.set(key, [...(this.#ends.get(key) ?? []), end])
    return [end]
  }

  /** The end of a stream's receiver, by the ufrags at both ends. */
  #checking(ufrags: PairOf<number> | undefined, tUs: number): MediaEnd | undefined {
    if (ufrags === undefined) return undefined
    const otherKey = ufrags.src
    const ends = this.endsAt(ufrags.dst).filter((end) => isWithin(end, otherKey))
    return this.#choose(ends, { otherKey, checked: undefined, tUs })
  }

  /**
   * Of the legs that named a place, the one that has it now: the one that checks between it and the
   * stream's other end; or the latest, but the first of those that named it together, for they pass
   * one description through. One that has named other places since gives way, as does one that only
   * offers to go there, and one whose other side is elsewhere than at `otherKey`.
   */
  #choose(
    ends: readonly MediaEnd[],
    stream: { otherKey: number; checked: MediaEnd | undefined; tUs: number },
  ): MediaEnd | undefined {
    const { otherKey, checked, tUs } = stream
    let chosen: MediaEnd | undefined
    let chosenDoubt = GIVEN_UP
    for (const end of ends) {
      if (end.leg === checked?.leg) return end
      const { endedUs } = end.leg
      if (endedUs !== null && tUs - endedUs > AFTER_END_US) continue
      const doubt = givesWay(end) ? GIVEN_UP : isElsewhere(end, otherKey) ? ELSEWHERE : 0
      if (chosen !== undefined) {
        if (doubt > chosenDoubt) continue
        const isLater = end.sinceUs - chosen.sinceUs > TOGETHER_US
        if (!isLater && doubt === chosenDoubt && doubt < GIVEN_UP) continue
      }
      chosen = end
      chosenDoubt = endedUs === null ? doubt : GIVEN_UP
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

/** A ufrag's number, apart from those of places; legs that share one differ in the other side's. */
function ufragKey(ufrag: string): number {
  return -1 - hashText53(ufrag)
}

function pairOf({ src, srcPort, dst, dstPort }: MediaEnds): PairOf<number> {
  return { src: endKey(src, srcPort), dst: endKey(dst, dstPort) }
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

/** The other side of the leg has named this place. */
function isWithin({ leg, side }: MediaEnd, otherKey: number): boolean {
  return leg.ends.get(otherKey)?.side === otherSide(side)
}

/** The other side of the leg has named places, and not this one. */
function isElsewhere(end: MediaEnd, otherKey: number): boolean {
  const { leg, side } = end
  if (isWithin(end, otherKey)) return false
  for (const other of leg.ends.values()) if (other.side !== side) return true
  return false
}

function otherSide(side: MediaSide): MediaSide {
  return side === 'caller' ? 'callee' : 'caller'
}
