// Messages of one leg that offer, answer, accept and refuse in, which description holds of each of
// its places out. An offer within a call holds once it is accepted; one that is refused leaves all
// as it was (RFC 3261 §14.1, RFC 3311 §5.2). Until then the places that it names are known, but
// give way to whoever has them. A first description holds at once: early media goes by it, and a
// refusal of the first INVITE ends the leg.
import { METHOD_BYE, METHOD_INFO, METHOD_INVITE, METHOD_UPDATE } from '../sip/method.ts'
import type { SdpSections } from '../sip/sdp/sdp-ends.ts'
import type { DescribedMedia } from './described-media.ts'
import { LegTalk } from './leg-talk.ts'
import type { MediaNotice } from './sdp-backlog.ts'

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
  /** The exchanges that were accepted and refused last: see `exchangeOf`. */
  accepted: number | null
  refused: number | null
  /** Places that its descriptions name, each once. */
  readonly ends: Map<number, MediaEnd>
  readonly talk: LegTalk
}

/**
 * A place where one side of a leg wants media, or a ufrag by which checks find one. `agreed` or
 * `offered` is there.
 */
export interface MediaEnd {
  readonly leg: MediaLeg
  readonly side: MediaSide
  readonly key: number
  /** When it was first named, and last. */
  readonly sinceUs: number
  lastUs: number
  /** The description of it that holds. */
  agreed: Naming | null
  /** One that was offered since, neither accepted nor refused yet. */
  offered: Naming | null
  /** Whoever named it has named other places since, and not this one. */
  isLeft: boolean
  /** SSRCs that streams to here had. */
  ssrcs: number
  /** Numbers of the streams that are bound by this place. */
  readonly streams: Set<number>
}

/** A description that names a place. */
export interface Naming {
  readonly sdp: Buffer
  /** Tag of who named it, and in which exchange of offer and answer: see `exchangeOf`. */
  readonly tag: number
  readonly exchange: number
  /** Sections that name it: several may share a port (RFC 9143). */
  readonly sections: Set<number>
  described: readonly DescribedMedia[] | null
}

/** What a description says, and whether that holds already. */
export interface Saying {
  readonly tUs: number
  readonly sdp: Buffer
  readonly side: MediaSide
  readonly tag: number
  readonly exchange: number
  readonly isOnTrial: boolean
}

export function mediaLegOf(notice: MediaNotice): MediaLeg {
  return {
    callId: notice.callId,
    firstRef: notice.ref,
    // From of the first request and of its answers alike: whoever called.
    callerTag: notice.fromTag,
    endedUs: null,
    isAnswered: false,
    lastUs: notice.tUs,
    accepted: null,
    refused: null,
    ends: new Map(),
    talk: new LegTalk(),
  }
}

/** Whether a message refuses something; what a refusal describes is no answer (§21.4.26). */
export function isRefusal({ status }: MediaNotice): boolean {
  return status >= 300
}

/** Whether a message adds to a description, and is none by itself (RFC 8840 §4.3). */
export function isPiece({ cseqMethod }: MediaNotice): boolean {
  return cseqMethod === METHOD_INFO
}

/** Whether a message ends its leg; a refusal does when it is that of the first offer. */
export function endsLeg(notice: MediaNotice, leg: MediaLeg): boolean {
  if (notice.isRequest) return notice.cseqMethod === METHOD_BYE
  // 401 and 407 ask for another attempt; 491 and 488 to a later offer leave the session as it is.
  if (notice.cseqMethod !== METHOD_INVITE || [401, 407, 491].includes(notice.status)) return false
  return isRefusal(notice) && !leg.isAnswered
}

/**
 * Takes what a message says of the offers before it: a 2xx accepts that of its exchange, and who
 * offers again had an answer (RFC 3264 §4). Gives the places of which another description holds.
 */
export function settleOffers(leg: MediaLeg, notice: MediaNotice): readonly MediaEnd[] {
  const { isRequest, status, cseqMethod, toTag } = notice
  const exchange = exchangeOf(notice, leg)
  // An INVITE within a dialog follows one whose answer may not have been captured.
  if (cseqMethod === METHOD_INVITE) leg.isAnswered ||= isRequest ? toTag !== 0 : status >= 200
  if (status >= 200) {
    leg.accepted = exchange
    return accept(leg, exchange)
  }
  const tag = speakerOf(notice)
  for (const { offered } of leg.ends.values()) {
    const isBefore = offered !== null && offered.tag === tag && offered.exchange !== exchange
    if (isBefore && notice.sdp.length > 0) return accept(leg, offered.exchange)
  }
  return []
}

function accept(leg: MediaLeg, exchange: number): readonly MediaEnd[] {
  leg.talk.accept(exchange)
  const settled: MediaEnd[] = []
  for (const end of leg.ends.values()) {
    if (end.offered?.exchange !== exchange) continue
    end.agreed = end.offered
    end.offered = null
    end.isLeft = false
    settled.push(end)
  }
  for (const tag of new Set(settled.map(({ agreed }) => agreed?.tag)))
    leaveOthers(leg, tag, exchange)
  return settled
}

/**
 * Takes back what a refused exchange offered. Gives the places that had a description before, and
 * those that had none.
 */
export function refuseOffers(
  leg: MediaLeg,
  notice: MediaNotice,
): { readonly kept: readonly MediaEnd[]; readonly gone: readonly MediaEnd[] } {
  const exchange = exchangeOf(notice, leg)
  leg.refused = exchange
  leg.talk.refuse(exchange)
  const offered = [...leg.ends.values()].filter((end) => end.offered?.exchange === exchange)
  const kept = offered.filter(({ agreed }) => agreed !== null)
  for (const end of kept) end.offered = null
  return { kept, gone: offered.filter(({ agreed }) => agreed === null) }
}

/** What a message's description says; undefined where it was refused before, at another hop. */
export function sayingOf(leg: MediaLeg, notice: MediaNotice): Saying | undefined {
  const exchange = exchangeOf(notice, leg)
  if (exchange === leg.refused) return undefined
  const tag = speakerOf(notice)
  const side = tag === leg.callerTag ? 'caller' : 'callee'
  const { tUs, sdp, status, cseqMethod } = notice
  const mayBeRefused =
    cseqMethod === METHOD_UPDATE || (cseqMethod === METHOD_INVITE && leg.isAnswered)
  const isDecided = status >= 200 || exchange === leg.accepted
  const isOnTrial = mayBeRefused && !isDecided && hasSpoken(leg, tag)
  return { tUs, sdp, side, tag, exchange, isOnTrial }
}

/** Where nothing holds yet, as in a call that is met in its middle, an offer is what is known. */
function hasSpoken(leg: MediaLeg, tag: number): boolean {
  for (const { agreed } of leg.ends.values()) if (agreed?.tag === tag) return true
  return false
}

/** A side names a place, for the first time or once more. */
export function nameEnd(end: MediaEnd, named: SdpSections, saying: Saying): void {
  end.lastUs = saying.tUs
  if (saying.isOnTrial) {
    end.offered = namingOf(named, saying, end.offered ?? end.agreed)
  } else {
    end.agreed = namingOf(named, saying, end.agreed ?? end.offered)
    end.isLeft = false
  }
}

/**
 * Who wants fax at a place now says nothing of the RTP before it, nor of the one that goes on where
 * the other side refuses.
 */
function namingOf({ sections, isRtp }: SdpSections, saying: Saying, before: Naming | null): Naming {
  const { sdp, tag, exchange } = saying
  if (before !== null && before.sdp === sdp) {
    if (isRtp) for (const section of sections) before.sections.add(section)
    return before
  }
  if (before !== null && !isRtp) return { ...before, tag, exchange }
  const described = before?.sdp.equals(sdp) === true ? before.described : null
  return { sdp, tag, exchange, sections: new Set(sections), described }
}

/** The hops of one exchange may name a place each; a later exchange names all that are left. */
export function leaveOthers(leg: MediaLeg, tag: number | undefined, exchange: number): void {
  for (const end of leg.ends.values()) {
    if (end.agreed?.tag === tag && end.agreed?.exchange !== exchange) end.isLeft = true
  }
}

/** What is known of a place: what holds first. */
export function namingsOf({ agreed, offered }: MediaEnd): readonly Naming[] {
  return [agreed, offered].filter((naming) => naming !== null)
}

/** Whether a place is another's who names it: it was left, or is not taken yet. */
export function givesWay({ isLeft, agreed }: MediaEnd): boolean {
  return isLeft || agreed === null
}

/** Tag of whoever a description is of. */
function speakerOf({ isRequest, fromTag, toTag }: MediaNotice): number {
  return isRequest ? fromTag : toTag
}

/**
 * A number for the exchange of offer and answer that a message is part of: the same at all hops.
 * Each side counts its own requests (RFC 3261 §12.2.1.1), so it holds whose CSeq it is: that of
 * From, which a response has of its request.
 */
function exchangeOf({ cseq, fromTag }: MediaNotice, { callerTag }: MediaLeg): number {
  return cseq * 2 + (fromTag === callerTag ? 1 : 0)
}
