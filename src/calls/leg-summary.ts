// A leg's messages in, what is told of the leg out: when it rang, was answered and ended, by whom,
// and how. Pure: the same messages give the same summary, whoever put them together.
// The rules follow RFC 3261 §9 (CANCEL), §12 (dialogs), §13 (INVITE), §15 (BYE), §22 (challenges).
import type { LegKind, LegState, Side } from './leg.ts'
import { CallCourse, isChallenge } from './call-course.ts'
import { outcomeElsewhere } from './given-reason.ts'
import {
  FACT_CODE,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_PATH,
  FACT_T_US,
  type LegTrail,
  messageCount,
  type Path,
  RESPONSE_CODE_BASE,
  statusOf,
} from './leg-record.ts'
import { type Repeat, repeats } from './repeats.ts'
import { bestWitness, WITNESS_OPENING, witnessAt } from './witness.ts'
import { METHOD_BYE, METHOD_CANCEL, METHOD_INVITE, METHODS } from '../sip/method.ts'

export interface LegSummary {
  readonly kind: LegKind
  readonly state: LegState
  /** The request that began it was seen; else the leg was joined in the middle. */
  readonly isOpened: boolean
  /** Ends of the message that tells best who called whom: see witness.ts. */
  readonly path: Path | null
  readonly startUs: number
  readonly ringUs: number | null
  readonly answerUs: number | null
  readonly endUs: number | null
  readonly lastUs: number
  readonly status: number | null
  readonly endedBy: Side | null
  readonly messages: number
  readonly retransmissions: number
  /** Messages that were captured before: neither sent again nor retransmissions. */
  readonly copies: number
  /** The caller acknowledged a final answer, and none was captured. */
  readonly isAcknowledged: boolean
  /** Credentials were asked for though some had been sent, and none were accepted. */
  readonly isChallengedAgain: boolean
  /** How often the answer of a call was sent again. */
  readonly answerRepeats: number
  /** The caller gave up, and the answer came all the same. */
  readonly isCancelCrossed: boolean
  /** Address that a refusal came from first, where it is not the end of `path`; else null. */
  readonly refusedBy: string | null
  /** The side that asked for a transfer, which the other one accepted. */
  readonly transferBy: Side | null
  /** Address that the INVITE was sent to and that answered nothing; null where an end rang. */
  readonly silentAt: string | null
  /** Reason of the message that ended it, or was to (RFC 3326); null where it says nothing. */
  readonly reason: string | null
}

/** Summarizes a trail whose lines are in order. An empty trail gives a leg of nothing at time 0. */
export function summarizeLeg(trail: LegTrail): LegSummary {
  const kind = kindOf(trail)
  const repeated = repeats(trail)
  const witness = bestWitness(trail)
  const course = kind === 'call' ? summarizeCall(trail, repeated) : summarizeRequest(trail)
  const path = pathAt(trail, witness)
  // Name by name: this runs for every leg, and putting two objects together takes several times
  // as long.
  return {
    kind,
    state: course.state,
    isOpened: witnessAt(trail, witness) === WITNESS_OPENING,
    path,
    startUs: course.startUs,
    ringUs: course.ringUs,
    answerUs: course.answerUs,
    endUs: course.endUs,
    lastUs: trail.facts[trail.facts.length - FACT_FIELDS + FACT_T_US] ?? 0,
    status: course.status,
    endedBy: course.endedBy,
    messages: messageCount(trail),
    retransmissions: countOf('retransmission', repeated),
    copies: countOf('copy', repeated),
    isAcknowledged: course.isAcknowledged,
    isChallengedAgain: course.isChallengedAgain,
    answerRepeats: course.answerRepeats,
    isCancelCrossed: course.isCancelCrossed,
    refusedBy: course.refusedBy === path?.dst ? null : course.refusedBy,
    transferBy: course.transferBy,
    silentAt: course.silentAt,
    reason: course.reason,
  }
}

/** True for a call that the called side, or what stands before it, refused. */
export function isRefused({
  status,
  answerUs,
  endedBy,
}: Pick<LegSummary, 'status' | 'answerUs' | 'endedBy'>): boolean {
  return status !== null && answerUs === null && endedBy === 'callee'
}

function countOf(wanted: Repeat, repeated: readonly Repeat[]): number {
  let count = 0
  for (const repeat of repeated) if (repeat === wanted) count++
  return count
}

/** ACK, PRACK and UPDATE exist within calls only: alone, they are what was captured of one. */
const KIND_OF_METHOD: Readonly<Record<string, LegKind>> = {
  INVITE: 'call',
  ACK: 'call',
  PRACK: 'call',
  UPDATE: 'call',
  REGISTER: 'registration',
  OPTIONS: 'options',
  SUBSCRIBE: 'subscription',
  NOTIFY: 'subscription',
  PUBLISH: 'subscription',
  MESSAGE: 'message',
}

/** Any INVITE makes a call, and so does a BYE alone: nothing else is ended by one. */
function kindOf(trail: LegTrail): LegKind {
  const { facts } = trail
  let first = -1
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    const method = methodAt(facts, at)
    if (method === METHOD_INVITE || method === METHOD_BYE || method === METHOD_CANCEL) return 'call'
    if (first < 0 && method !== 0) first = method
  }
  return KIND_OF_METHOD[METHODS[first] ?? ''] ?? 'other'
}

/** The method that a line is about: a request's own, a response's from CSeq. */
function methodAt(facts: ArrayLike<number>, at: number): number {
  const code = facts[at + FACT_CODE] ?? 0
  return code < RESPONSE_CODE_BASE ? code : (facts[at + FACT_CSEQ_METHOD] ?? 0)
}

/** Ends of a request; of a response turned round. */
function pathAt({ facts, paths }: LegTrail, at: number): Path | null {
  const path = paths[facts[at + FACT_PATH] ?? 0]
  if (path === undefined) return null
  if ((facts[at + FACT_CODE] ?? 0) < RESPONSE_CODE_BASE) return path
  const { src, srcPort, dst, dstPort, transport } = path
  return { src: dst, srcPort: dstPort, dst: src, dstPort: srcPort, transport }
}

type Course = Pick<
  LegSummary,
  | 'state'
  | 'startUs'
  | 'ringUs'
  | 'answerUs'
  | 'endUs'
  | 'status'
  | 'endedBy'
  | 'isAcknowledged'
  | 'isChallengedAgain'
  | 'answerRepeats'
  | 'isCancelCrossed'
  | 'refusedBy'
  | 'transferBy'
  | 'silentAt'
  | 'reason'
>

function summarizeCall(trail: LegTrail, repeated: readonly Repeat[]): Course {
  const course = new CallCourse(trail.paths)
  const { facts } = trail
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    const repeat = repeated[at / FACT_FIELDS] ?? 'none'
    if ((facts[at + FACT_CODE] ?? 0) >= RESPONSE_CODE_BASE) course.response(facts, at, repeat)
    else course.request(facts, at, repeat !== 'none')
  }
  const { ringUs, answerUs, status, answerRepeats, isCancelCrossed } = course
  const { transferBy, silentAt } = course
  const ending = course.ending()
  const startUs = course.startUs ?? facts[FACT_T_US] ?? 0
  const endUs = ending?.tUs ?? null
  const state = callState(course)
  const isChallengedAgain = state === 'challenged' && course.isChallengedAgain
  const reason = reasonOf(trail, course.reasonHash)
  const isElsewhere = outcomeElsewhere({ state, reason }) !== null
  const endedBy = isElsewhere ? null : (ending?.by ?? null)
  const isAcknowledged = course.isAcknowledged && answerUs === null && endUs === null
  const refusedBy = isRefused({ status, answerUs, endedBy }) ? course.refusedBy : null
  // Name by name, as in the summary.
  return {
    state,
    startUs,
    ringUs,
    answerUs,
    endUs,
    status,
    endedBy,
    isAcknowledged,
    isChallengedAgain,
    answerRepeats,
    isCancelCrossed,
    refusedBy,
    transferBy,
    silentAt,
    reason,
  }
}

function reasonOf({ reasons }: LegTrail, hash: number | undefined): string | null {
  if (hash === undefined) return null
  for (const reason of reasons) if (reason.hash === hash) return reason.text
  return null
}

function callState(course: CallCourse): LegState {
  const { status } = course
  if (course.answerUs !== null) return course.bye() === undefined ? 'in-call' : 'completed'
  if (status !== null && course.isRefused) return refusedState(status)
  if (course.isCancelled) return 'cancelled'
  if (course.bye() !== undefined) return 'completed'
  if (course.ringUs !== null) return 'ringing'
  return course.startUs === null ? 'in-call' : 'trying'
}

function refusedState(status: number): LegState {
  if (status === 487) return 'cancelled'
  if (status === 486 || status === 600) return 'busy'
  if (isChallenge(status)) return 'challenged'
  return status < 400 ? 'redirected' : 'rejected'
}

/**
 * Legs that are no call: the last final answer to the kind of request that began them tells how
 * they ended. An attempt after it that nobody answered leaves them open.
 */
function summarizeRequest(trail: LegTrail): Course {
  const { facts } = trail
  const method = methodAt(facts, 0)
  let status: number | null = null
  let endUs: number | null = null
  let finalCseq = -1
  let isAgain = false
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    if (methodAt(facts, at) !== method) continue
    const found = statusOf(facts[at + FACT_CODE] ?? 0)
    const cseq = facts[at + FACT_CSEQ] ?? -1
    if (found >= 200) {
      isAgain = isChallenge(found) && isChallenge(status) && (isAgain || cseq !== finalCseq)
      status = found
      endUs = facts[at + FACT_T_US] ?? null
      finalCseq = cseq
    } else if (found === 0 && status !== null && cseq > finalCseq) {
      endUs = null
    }
  }
  const state =
    status === null || endUs === null ? 'pending' : status < 300 ? 'done' : refusedState(status)
  const startUs = facts[FACT_T_US] ?? 0
  const noOne = { endedBy: null, refusedBy: null, transferBy: null, silentAt: null }
  const none = { ringUs: null, answerUs: null, reason: null, ...noOne }
  const isChallengedAgain = state === 'challenged' && isAgain
  const answered = { isAcknowledged: false, answerRepeats: 0, isCancelCrossed: false }
  return { state, startUs, endUs, status, isChallengedAgain, ...answered, ...none }
}
