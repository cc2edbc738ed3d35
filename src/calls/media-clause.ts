// The streams of a call in, the one thing out that a person should know of them, to stand before
// the verdict, where a list shows it too: sound that is missing though its side had to send it, or
// that cannot arrive. What was not captured may be the capture's doing, so it says what was seen. A
// call of which no RTP was captured has nothing to tell, and one on hold is silent as it should be.
import { markCaptureLoss } from './capture-loss.ts'
import type { Leg, Side } from './leg.ts'
import { lostOf, mainPayload, PACKETS_MIN, streamOf } from './stream-figures.ts'
import type { StreamRecord, Talk } from './stream-record.ts'
import { formatSpan } from './verdict.ts'

/** The streams of each leg of a call, by the leg's key. */
export type CallMedia = ReadonlyMap<string, readonly StreamRecord[]>

const SIDES: readonly Side[] = ['caller', 'callee']
/** Whoever had to send for so long has sent, and streams that go on are stored as often. */
const ONE_WAY_US_MIN = 5_000_000
const LATE_US_MIN = 3_000_000
/** No timeout of RTP is shorter, and few people are silent for longer on a phone that then is. */
const STOPPED_US_MIN = 10_000_000
/** From here on speech is hard to follow, whatever the codec. */
const MISSING_RATIO_MIN = 0.05
/** The ACK may bring the last description of a call; what comes later is another agreement. */
const MOMENT_US = 1_000_000

/** A leg with what was heard of it. */
interface Heard {
  readonly leg: Leg
  /** Whether its sides are those of the call. */
  readonly isTold: boolean
  readonly records: readonly StreamRecord[]
  /** Those that are sound, by who sends them. */
  readonly sound: Readonly<Record<Side, readonly StreamRecord[]>>
  /** As long as any of them tells it. */
  readonly talk: Talk | null
}

/**
 * A clause to begin the verdict with, or undefined. `told` is the leg that tells of the call; what
 * another one shows happened behind whoever joins them.
 */
export function mediaClause(told: Leg, legs: readonly Leg[], media: CallMedia): string | undefined {
  for (const leg of [told, ...legs.filter((other) => other !== told)]) {
    const records = media.get(leg.legKey) ?? []
    if (leg.kind !== 'call' || leg.answerUs === null || records.length === 0) continue
    const heard = heardOf(leg, leg === told, records)
    for (const tell of [oneWay, elsewhere, unnamed, stopped, late, missing]) {
      const clause = tell(heard)
      if (clause !== undefined) return clause
    }
  }
  return undefined
}

function heardOf(leg: Leg, isTold: boolean, records: readonly StreamRecord[]): Heard {
  const sounds = records.filter(({ mediaType, packets }) => mediaType === 'audio' && packets > 0)
  const caller = sounds.filter(({ sender }) => sender === 'caller')
  const callee = sounds.filter(({ sender }) => sender === 'callee')
  let talk: Talk | null = null
  for (const record of records) {
    if ((record.talk?.untilUs ?? 0) > (talk?.untilUs ?? 0)) talk = record.talk
  }
  return { leg, isTold, records, sound: { caller, callee }, talk }
}

/** One side sent while both had to, and nothing was captured of the other one. */
function oneWay(heard: Heard): string | undefined {
  const { leg, records, sound, talk } = heard
  if (talk === null) return undefined
  // The record may have been made before the BYE was read.
  const untilUs = Math.min(talk.untilUs, leg.endUs ?? talk.untilUs)
  if (untilUs - talk.fromUs < ONE_WAY_US_MIN) return undefined
  for (const side of SIDES) {
    const other = otherOf(side)
    if (packetsOf(sound[other]) < PACKETS_MIN) continue
    // What only reports tell of may be this side's.
    const isOthers = ({ sender, mediaType }: StreamRecord) =>
      sender === other || mediaType === 'video'
    if (records.every(isOthers)) return `no RTP${from(heard, side)} was captured`
  }
  return undefined
}

/**
 * Behind address translation whoever has a private address says so, and what is sent there from
 * outside is lost; its own sound comes from another one.
 */
function elsewhere({ isTold, sound }: Heard): string | undefined {
  for (const side of SIDES) {
    const own = sound[side]
    const back = sound[otherOf(side)]
    if (back.some(({ dst }) => own.some(({ src }) => src === dst))) continue
    for (const { src, srcPort, dst, packets } of back) {
      // Of one hop: a relay has another address on its other side.
      const here = own.find((one) => one.dst === src && one.dstPort === srcPort)
      if (here === undefined || packets < PACKETS_MIN) continue
      if (!isPrivate(dst) || isPrivate(here.src) || here.src.includes(':')) continue
      const [to, its] = isTold ? [` to the ${side}`, 'its own '] : ['', '']
      return `RTP${to} went to ${dst}, and ${its}came from ${here.src}`
    }
  }
  return undefined
}

/** Nobody can play a type that no description explains. */
function unnamed(heard: Heard): string | undefined {
  if (heard.talk === null) return undefined
  for (const side of SIDES) {
    for (const record of heard.sound[side]) {
      const main = mainPayload(record)
      if (main === undefined || main.codec !== null || main.packets < PACKETS_MIN) continue
      return `RTP${from(heard, side)} has payload type ${main.payloadType}, which no SDP names`
    }
  }
  return undefined
}

/**
 * A side fell silent though the call went on and was not on hold. Whoever has handed it over is
 * done with it, though its BYE waits for what comes of that.
 */
function stopped(heard: Heard): string | undefined {
  const { leg, sound, talk } = heard
  const { endUs, transferBy } = leg
  if (endUs === null || talk === null || transferBy !== null) return undefined
  if (talk.untilUs < endUs - MOMENT_US) return undefined
  const silentUs = (side: Side): number =>
    endUs - Math.max(...sound[side].map((record) => record.endUs))
  const silent = SIDES.filter((side) => {
    return sound[side].length > 0 && silentUs(side) >= STOPPED_US_MIN
  })
  if (!isCertain(heard, silent)) return undefined
  const span = formatSpan(Math.min(...silent.map(silentUs)))
  return `no RTP${fromEach(heard, silent)} was captured in the last ${span}`
}

/** The first words of a side are lost where its sound begins long after the answer. */
function late(heard: Heard): string | undefined {
  const { leg, sound, talk } = heard
  const { answerUs } = leg
  if (answerUs === null || talk === null || !leg.isOpened) return undefined
  if (Math.abs(talk.fromUs - answerUs) > MOMENT_US) return undefined
  const lateUs = (side: Side): number =>
    Math.min(...sound[side].map(({ startUs }) => startUs)) - answerUs
  const behind = SIDES.filter((side) => {
    const us = lateUs(side)
    return sound[side].length > 0 && us >= LATE_US_MIN && answerUs + us <= talk.untilUs
  })
  if (!isCertain(heard, behind)) return undefined
  const span = formatSpan(Math.min(...behind.map(lateUs)))
  return `the first RTP${fromEach(heard, behind)} was captured ${span} after the answer`
}

/** Much of what a side sent is missing; not where the capture itself may have lost it. */
function missing(heard: Heard): string | undefined {
  const { leg, records } = heard
  const sounds = SIDES.flatMap((side) => heard.sound[side])
  if (!sounds.some(isLossy)) return undefined
  const { legKey, callKey } = leg
  const streams = records.map((record, i) =>
    streamOf(record, { streamKey: `${i}`, legKey, callKey }),
  )
  const suspects = markCaptureLoss(streams).filter(({ isCaptureSuspect }) => isCaptureSuspect)
  const lossy = sounds.filter(
    (record) => isLossy(record) && !suspects.some(({ ssrc }) => ssrc === record.ssrc),
  )
  const [worst] = lossy.toSorted((a, b) => missingRatio(b) - missingRatio(a))
  const side = worst?.sender ?? null
  if (worst === undefined || side === null) return undefined
  const percent = Math.round(missingRatio(worst) * 100)
  return `${percent} % of the RTP${from(heard, side)} is missing`
}

function isLossy(record: StreamRecord): boolean {
  return record.packets >= PACKETS_MIN && missingRatio(record) >= MISSING_RATIO_MIN
}

function missingRatio(record: StreamRecord): number {
  return lostOf(record) / Math.max(1, record.expected)
}

function packetsOf(records: readonly StreamRecord[]): number {
  return records.reduce((sum, { packets }) => sum + packets, 0)
}

/**
 * Whether times of some sides are far from those of the SIP for sure. The other side shows it where
 * it is near; an agent that measured both may have had another clock.
 */
function isCertain({ sound }: Heard, sides: readonly Side[]): boolean {
  if (sides.length < SIDES.length) {
    return sides.length > 0 && SIDES.every((side) => sound[side].length > 0)
  }
  return sides.every((side) => sound[side].every(({ blocks }) => blocks.length > 0))
}

/** Nobody in particular where it is both. */
function fromEach(heard: Heard, sides: readonly Side[]): string {
  const [side] = sides
  return side === undefined || sides.length > 1 ? '' : from(heard, side)
}

/** A side of the call; of another leg, whose callee is not the call's, by its address. */
function from({ isTold, sound }: Heard, side: Side): string {
  if (isTold) return ` from the ${side}`
  return ` from ${sound[side][0]?.src ?? sound[otherOf(side)][0]?.dst}`
}

function otherOf(side: Side): Side {
  return side === 'caller' ? 'callee' : 'caller'
}

/** RFC 1918, and what carriers share (RFC 6598). */
const PRIVATE =
  /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./

function isPrivate(address: string): boolean {
  return PRIVATE.test(address)
}
