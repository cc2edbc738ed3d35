// A call's legs in, one sentence out that says what happened to it. Only what the messages show;
// where they show too little, the sentence says what is missing.
import { outcomeElsewhere, reasonText } from './given-reason.ts'
import type { Leg } from './leg.ts'
import { statusText } from './status-words.ts'
import { tellingLeg } from './telling-leg.ts'

/** One sentence without a full stop, for a person. `legs` are those of one call, oldest first. */
export function verdictOf(legs: readonly Leg[]): string {
  const [first] = legs
  if (first === undefined) return 'no message of this call was captured'
  if (first.kind !== 'call') return requestVerdict(first)
  return callVerdict({ leg: tellingLeg(first, legs), legs, startUs: first.startUs })
}

/** The leg that tells of a call, among all of them, and when the call began. */
interface Told {
  readonly leg: Leg
  readonly legs: readonly Leg[]
  readonly startUs: number
}

function callVerdict(told: Told): string {
  const { leg } = told
  const more = `${transfer(told)}${crossedCancel(leg)}${lostAck(leg)}${silence(told)}`
  const verdict = `${courseVerdict(told)}${more}`
  return isJoinedAtAnswer(leg) ? `joined after the INVITE; ${verdict}` : verdict
}

/** What came of it, another leg tells. Behind whoever joins legs an end is known by its address. */
function transfer({ leg, legs }: Told): string {
  if (leg.transferBy !== null) return `; the ${leg.transferBy} asked for a transfer`
  const other = legs.find(({ transferBy }) => transferBy !== null)
  if (other === undefined) return ''
  const who = other.transferBy === 'callee' ? endName(other) : (other.src ?? 'the calling side')
  return `; ${who} asked for a transfer`
}

/** Why such a call was answered and lasted no time, or why somebody talked to nobody. */
function crossedCancel({ isCancelCrossed }: Leg): string {
  return isCancelCrossed ? '; the caller had given up: its CANCEL and the answer crossed' : ''
}

/** One or two repeats are an ACK that was slow; with three the callee waited for some seconds. */
const ANSWER_REPEATS_TOLD_MIN = 3

/** Why such a call has no sound, or ends after half a minute (RFC 3261 §13.3.1.4). */
function lostAck({ answerRepeats }: Leg): string {
  if (answerRepeats < ANSWER_REPEATS_TOLD_MIN) return ''
  return `; the answer was sent ${answerRepeats + 1} times for want of an ACK`
}

/** Who answered nothing, where that is why whoever tried it refused, or why nothing came. */
function silence(told: Told): string {
  const { leg, legs } = told
  if (leg.ringUs !== null || leg.answerUs !== null) return ''
  const refuser = leg.state === 'rejected' ? refuserOf(originOf(told)) : null
  const tries = legs.filter(({ startUs, src }) => {
    return startUs >= leg.startUs && (refuser === null || src === refuser)
  })
  const silent = leg.silentAt === null ? tries.findLast((each) => each.silentAt !== null) : leg
  if (silent === undefined || silent.silentAt === leg.dst) return ''
  return `; no answer from ${silent.silentAt}`
}

/** True where answers to an INVITE were captured and the INVITE was not. */
function isJoinedAtAnswer(leg: Leg): boolean {
  return !leg.isOpened && (leg.ringUs !== null || leg.status !== null)
}

function courseVerdict(told: Told): string {
  switch (told.leg.state) {
    case 'completed':
      return completedVerdict(told)
    case 'in-call':
      return openVerdict(told)
    case 'cancelled':
      return cancelledVerdict(told)
    case 'busy':
      return `${refusal(told)}: the called side was busy`
    case 'redirected':
      return `${refusal(told)}: the caller was sent elsewhere and did not try again here`
    case 'challenged':
      return `${refusal(told)}: ${challenge(told.leg)}`
    case 'rejected':
      return refusal(told)
    default:
      return unansweredVerdict(told.leg)
  }
}

/** Tells a wrong password from none. */
function challenge({ isChallengedAgain }: Leg): string {
  return `credentials were asked for, and ${
    isChallengedAgain ? 'what came was not accepted' : 'none came'
  }`
}

function openVerdict({ leg, startUs }: Told): string {
  if (leg.answerUs === null) {
    return 'joined in the middle: neither the INVITE nor a BYE was captured'
  }
  if (!leg.isOpened) return 'no BYE was captured'
  return `answered after ${since(startUs, leg.answerUs)}; no BYE was captured`
}

function completedVerdict({ leg, startUs }: Told): string {
  const by = leg.endedBy === null ? '' : ` by the ${leg.endedBy}`
  const why = reasonOf(leg)
  if (isJoinedAtAnswer(leg) && leg.answerUs === null) {
    return `a BYE ended it${why}, and no final answer was captured`
  }
  if (leg.answerUs === null || leg.endUs === null) {
    return leg.endedBy === null
      ? `joined in the middle: ${capturedEnd(leg, why)}`
      : `ended${by}${why}; no answer to the INVITE was captured`
  }
  const lasted = `lasted ${since(leg.answerUs, leg.endUs)}`
  if (!leg.isOpened) return why === '' ? lasted : `${lasted}, ended${why}`
  return `answered after ${since(startUs, leg.answerUs)}, ${lasted}, ended${by}${why}`
}

/** Of a leg whose INVITE was not captured, nor its answer. */
function capturedEnd({ startUs, endUs }: Leg, why: string): string {
  if (endUs === null || endUs <= startUs) return `only its end${why} was captured`
  return `its last ${since(startUs, endUs)} were captured${why === '' ? '' : `, ended${why}`}`
}

function cancelledVerdict({ leg, startUs }: Told): string {
  const what = cancelledBy(leg)
  if (leg.endUs === null) return `${what}; no final answer to the INVITE was captured`
  if (leg.ringUs === null && !leg.isOpened) return what
  if (leg.ringUs === null) return `${what} before it rang, after ${since(startUs, leg.endUs)}`
  return `${what} after ringing for ${since(leg.ringUs, leg.endUs)}`
}

/** What ended it before an answer: the CANCEL of whoever called says so. */
function cancelledBy(leg: Leg): string {
  const outcome = outcomeElsewhere(leg)
  if (outcome === 'answered') return 'answered elsewhere'
  return `${outcome === 'refused' ? 'refused elsewhere' : 'the caller gave up'}${reasonOf(leg)}`
}

/** The Reason that was given for its end, to stand behind what ended it. */
function reasonOf(leg: Leg): string {
  const text = reasonText(leg)
  return text === null ? '' : ` with ${text}`
}

/** Who said no, when and why, and what the caller was told. */
function refusal(told: Told): string {
  const { leg, startUs } = told
  const status = leg.status ?? 0
  const after = leg.isOpened && leg.endUs !== null ? ` after ${since(startUs, leg.endUs)}` : ''
  const origin = originOf(told)
  return `${statusText(status)} from ${refuserOf(origin)}${after}${reasonOf(origin)}`
}

/**
 * The leg that was refused first: where the same answer came through several, the farthest. What
 * began before the leg that tells it was an earlier try.
 */
function originOf({ leg, legs }: Told): Leg {
  const [origin] = legs
    .filter((each) => each.status === leg.status && each.endUs !== null)
    .filter((each) => each.startUs >= leg.startUs)
    .toSorted((a, b) => (a.endUs ?? 0) - (b.endUs ?? 0))
  return origin ?? leg
}

function refuserOf(leg: Leg): string {
  return leg.refusedBy ?? endName(leg)
}

function endName(leg: Leg): string {
  return leg.dst ?? 'the called side'
}

function unansweredVerdict(leg: Leg): string {
  if (leg.isAcknowledged) return 'a final answer was acknowledged, but not captured'
  if (leg.ringUs !== null) {
    // It may ring still: a call that goes on is told of, too.
    if (leg.ringUs === leg.lastUs) return 'rang, and nothing more was captured'
    return `rang for ${since(leg.ringUs, leg.lastUs)} without an answer; nothing more was captured`
  }
  const sent = leg.retransmissions + 1
  if (leg.messages - leg.copies === sent) {
    const times = sent === 1 ? 'once' : `${sent} times in ${since(leg.startUs, leg.lastUs)}`
    return `no answer at all from ${endName(leg)}: INVITE sent ${times}`
  }
  return `no final answer from ${endName(leg)} within ${since(leg.startUs, leg.lastUs)}`
}

function requestVerdict(leg: Leg): string {
  if (leg.status === null) {
    const sent = leg.messages - leg.copies
    return `no answer from ${endName(leg)} to ${sent === 1 ? 'one message' : `${sent} messages`}`
  }
  const answer = `${statusText(leg.status)} from ${endName(leg)}`
  if (leg.state === 'challenged') return `${answer}: ${challenge(leg)}`
  return leg.state === 'pending' ? `${answer}, and no answer to what was sent after it` : answer
}

/** `840 ms`, `3.1 s`, `2 min 05 s`, `1 h 04 min`, `3 days 2 h`; the pages write spans alike. */
export function formatSpan(us: number): string {
  // The bounds lie where rounding would reach the next unit.
  if (us < 999_500) return `${Math.max(0, Math.round(us / 1000))} ms`
  if (us < 59_950_000) return `${(us / 1_000_000).toFixed(1)} s`
  const seconds = Math.round(us / 1_000_000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} days ${hours % 24} h`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

function since(fromUs: number, toUs: number): string {
  return formatSpan(toUs - fromUs)
}
