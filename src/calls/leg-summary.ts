// A leg's messages in, what is told of the leg out: when it rang, was answered and ended, by whom,
// and how. Pure: the same messages give the same summary, whoever put them together.
// The rules follow RFC 3261 §9 (CANCEL), §12 (dialogs), §13 (INVITE), §15 (BYE), §22 (challenges).
import type { LegKind, LegState, Side } from './leg.ts'
import {
  FACT_CODE,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_FROM_TAG,
  FACT_HASH,
  FACT_PATH,
  FACT_T_US,
  FACT_TO_TAG,
  type LegTrail,
  messageCount,
  type Path,
  RESPONSE_CODE_BASE,
  statusOf,
} from './leg-record.ts'
import { METHODS } from '../sip/method.ts'

export interface LegSummary {
  readonly kind: LegKind
  readonly state: LegState
  /** The request that began it was seen; else the leg was joined in the middle. */
  readonly isOpened: boolean
  /** Ends of the first request; of a response turned round where no request was seen. */
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
}

const INVITE = METHODS.indexOf('INVITE')
const ACK = METHODS.indexOf('ACK')
const BYE = METHODS.indexOf('BYE')
const CANCEL = METHODS.indexOf('CANCEL')

/** Summarizes a trail whose lines are in order. An empty trail gives a leg of nothing at time 0. */
export function summarizeLeg(trail: LegTrail): LegSummary {
  const kind = kindOf(trail)
  const common = {
    kind,
    isOpened: isOpened(trail),
    path: firstPath(trail),
    lastUs: trail.facts[trail.facts.length - FACT_FIELDS + FACT_T_US] ?? 0,
    messages: messageCount(trail),
    retransmissions: countRepeats(trail),
  }
  return kind === 'call'
    ? { ...common, ...summarizeCall(trail) }
    : { ...common, ...summarizeRequest(trail) }
}

const KIND_OF_METHOD: Readonly<Record<string, LegKind>> = {
  INVITE: 'call',
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
    if (method === INVITE || method === BYE || method === CANCEL) return 'call'
    if (first < 0 && method !== 0) first = method
  }
  return KIND_OF_METHOD[METHODS[first] ?? ''] ?? 'other'
}

/** The method that a line is about: a request's own, a response's from CSeq. */
function methodAt(facts: ArrayLike<number>, at: number): number {
  const code = facts[at + FACT_CODE] ?? 0
  return code < RESPONSE_CODE_BASE ? code : (facts[at + FACT_CSEQ_METHOD] ?? 0)
}

/** A request without a To tag begins something, except ACK and CANCEL, which follow one. */
function isOpened(trail: LegTrail): boolean {
  const { facts } = trail
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    const code = facts[at + FACT_CODE] ?? 0
    const begins = code < RESPONSE_CODE_BASE && code !== ACK && code !== CANCEL && code !== BYE
    if (begins && (facts[at + FACT_TO_TAG] ?? 0) === 0) return true
  }
  return false
}

function firstPath(trail: LegTrail): Path | null {
  for (let at = 0; at < trail.facts.length; at += FACT_FIELDS) {
    if ((trail.facts[at + FACT_CODE] ?? 0) >= RESPONSE_CODE_BASE) continue
    return trail.paths[trail.facts[at + FACT_PATH] ?? 0] ?? null
  }
  const path = trail.paths[trail.facts[FACT_PATH] ?? 0]
  if (path === undefined) return null
  const { src, srcPort, dst, dstPort, transport } = path
  return { src: dst, srcPort: dstPort, dst: src, dstPort: srcPort, transport }
}

/** How many lines repeat the bytes of an earlier one between the same ends. */
function countRepeats(trail: LegTrail): number {
  return repeats(trail).reduce((sum, isRepeat) => sum + (isRepeat ? 1 : 0), 0)
}

/** For each line, whether it repeats the bytes of an earlier one between the same ends. */
export function repeats(trail: LegTrail): boolean[] {
  const seen = new Set<number>()
  const result: boolean[] = []
  for (let at = 0; at < trail.facts.length; at += FACT_FIELDS) {
    const key = (trail.facts[at + FACT_HASH] ?? 0) * 256 + (trail.facts[at + FACT_PATH] ?? 0)
    result.push(seen.has(key))
    seen.add(key)
  }
  return result
}

type Course = Pick<
  LegSummary,
  'state' | 'startUs' | 'ringUs' | 'answerUs' | 'endUs' | 'status' | 'endedBy'
>

/** What one pass over the messages of a call finds. */
class CallCourse {
  startUs: number | null = null
  ringUs: number | null = null
  answerUs: number | null = null
  endUs: number | null = null
  status: number | null = null
  endedBy: Side | null = null
  isCancelled = false
  hasBye = false
  /** CSeq of the latest INVITE that began an attempt, and of the final answer to one. */
  #attemptCseq = -1
  #finalCseq = -1
  #callerTag = 0
  #hasInvite = false
  readonly #reInviteCseqs: number[] = []

  request(facts: ArrayLike<number>, at: number): void {
    const code = facts[at + FACT_CODE] ?? 0
    const tUs = facts[at + FACT_T_US] ?? 0
    const fromTag = facts[at + FACT_FROM_TAG] ?? 0
    if (code === INVITE && (facts[at + FACT_TO_TAG] ?? 0) === 0) {
      this.#attempt(tUs, facts[at + FACT_CSEQ] ?? -1, fromTag)
    } else if (code === INVITE) {
      this.#reInviteCseqs.push(facts[at + FACT_CSEQ] ?? -1)
    } else if (code === CANCEL) {
      this.isCancelled = true
    } else if (code === BYE && !this.hasBye) {
      this.hasBye = true
      // Without the INVITE nobody knows who called: then the one who hangs up is not named.
      if (this.#hasInvite) this.endedBy = fromTag === this.#callerTag ? 'caller' : 'callee'
      this.endUs = tUs
    }
  }

  /** A challenged or redirected caller tries again in the same leg: what ended is open again. */
  #attempt(tUs: number, cseq: number, fromTag: number): void {
    if (!this.#hasInvite) {
      this.#hasInvite = true
      this.startUs = tUs
      this.#callerTag = fromTag
    }
    if (cseq > this.#attemptCseq) this.#attemptCseq = cseq
    if (this.answerUs === null && this.#finalCseq >= 0 && cseq > this.#finalCseq && !this.hasBye) {
      this.endUs = null
      this.endedBy = null
    }
  }

  response(facts: ArrayLike<number>, at: number): void {
    if ((facts[at + FACT_CSEQ_METHOD] ?? 0) !== INVITE || !this.#isOfAttempt(facts, at)) return
    const status = statusOf(facts[at + FACT_CODE] ?? 0)
    const tUs = facts[at + FACT_T_US] ?? 0
    const cseq = facts[at + FACT_CSEQ] ?? -1
    if (status < 200) {
      if ((status === 180 || status === 183) && this.answerUs === null) this.ringUs ??= tUs
      return
    }
    if (this.answerUs !== null) return
    if (status < 300) {
      this.answerUs = tUs
      this.status = status
      if (!this.hasBye) this.endUs = null
      if (!this.hasBye) this.endedBy = null
      return
    }
    // The same refusal again is a retransmission or the next hop's: the first one counts.
    if (status === this.status && cseq === this.#finalCseq) return
    this.status = status
    this.#finalCseq = cseq
    if (this.hasBye) return
    this.endUs = tUs
    this.endedBy = this.isCancelled ? 'caller' : 'callee'
  }

  /** Answers to a re-INVITE, of either side, say nothing about how the call began or ended. */
  #isOfAttempt(facts: ArrayLike<number>, at: number): boolean {
    const cseq = facts[at + FACT_CSEQ] ?? -1
    if (!this.#hasInvite) return !this.#reInviteCseqs.includes(cseq)
    return cseq <= this.#attemptCseq && (facts[at + FACT_FROM_TAG] ?? 0) === this.#callerTag
  }

  /** True when a later attempt was made after the last refusal. */
  get isOpen(): boolean {
    return this.#attemptCseq > this.#finalCseq
  }
}

function summarizeCall(trail: LegTrail): Course {
  const course = new CallCourse()
  const { facts } = trail
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    if ((facts[at + FACT_CODE] ?? 0) < RESPONSE_CODE_BASE) course.request(facts, at)
    else course.response(facts, at)
  }
  const { ringUs, answerUs, endUs, status, endedBy } = course
  const startUs = course.startUs ?? facts[FACT_T_US] ?? 0
  return { state: callState(course), startUs, ringUs, answerUs, endUs, status, endedBy }
}

function callState(course: CallCourse): LegState {
  if (course.answerUs !== null) return course.hasBye ? 'completed' : 'in-call'
  if (course.startUs === null && course.status === null) {
    return course.hasBye ? 'completed' : course.ringUs === null ? 'in-call' : 'ringing'
  }
  const { status } = course
  if (status !== null && !(course.isOpen && course.endUs === null)) return refusedState(status)
  if (course.isCancelled) return 'cancelled'
  if (course.hasBye) return 'completed'
  return course.ringUs === null ? 'trying' : 'ringing'
}

function refusedState(status: number): LegState {
  if (status === 487) return 'cancelled'
  if (status === 486 || status === 600) return 'busy'
  if (status === 401 || status === 407) return 'challenged'
  return status < 400 ? 'redirected' : 'rejected'
}

/** Legs that are no call: the last final answer to their requests tells how they ended. */
function summarizeRequest(trail: LegTrail): Course {
  const { facts } = trail
  let status: number | null = null
  let endUs: number | null = null
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    const found = statusOf(facts[at + FACT_CODE] ?? 0)
    if (found < 200) continue
    status = found
    endUs = facts[at + FACT_T_US] ?? null
  }
  const state = status === null ? 'pending' : status < 300 ? 'done' : refusedState(status)
  const startUs = facts[FACT_T_US] ?? 0
  return { state, startUs, ringUs: null, answerUs: null, endUs, status, endedBy: null }
}
