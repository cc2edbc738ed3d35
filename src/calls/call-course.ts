// The messages of a call in, in order, one at a time; what they did to it out: when it rang, was
// answered, refused or ended, and by whom. It looks at INVITE, ACK, CANCEL and BYE and their
// answers, and at an accepted REFER: what else happens within a dialog says nothing about how the
// call went.
// RFC 3261 §9 (CANCEL), §13 (INVITE), §15 (BYE), §22 (challenges).
import { AttemptHops } from './attempt-hops.ts'
import type { Side } from './leg.ts'
import {
  FACT_CODE,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FROM_TAG,
  FACT_HASH,
  FACT_PATH,
  FACT_T_US,
  FACT_TO_TAG,
  type Path,
  statusOf,
} from './leg-record.ts'
import type { Repeat } from './repeats.ts'
import {
  METHOD_ACK,
  METHOD_BYE,
  METHOD_CANCEL,
  METHOD_INVITE,
  METHOD_REFER,
} from '../sip/method.ts'

/** When something ended, µs since 1970, and by whom where the messages tell. */
export interface Ending {
  readonly tUs: number
  readonly by: Side | null
  /** FACT_HASH of the message that may say why. */
  readonly hash: number
}

/** Takes the lines of a trail in order (see leg-record.ts). Tags are indexes, 0 for none. */
export class CallCourse {
  /** Of the first INVITE; null where none was seen. */
  startUs: number | null = null
  ringUs: number | null = null
  answerUs: number | null = null
  /** Last final answer to an INVITE that began an attempt. */
  status: number | null = null
  /** Address from which the refusal came that the attempt under way has met. */
  refusedBy: string | null = null
  /** The latest attempt has an ACK that tells of a final answer which was not captured. */
  isAcknowledged = false

  /** The side whose REFER the other one accepted within the call (RFC 3515, RFC 5589). */
  transferBy: Side | null = null
  /** The attempt under way was asked for credentials, and so was one before it. */
  isChallengedAgain = false
  /** How often the answer was sent again: until its ACK comes (RFC 3261 §13.3.1.4). */
  answerRepeats = 0

  /** CSeq of the latest attempt under each From tag that the caller has had. */
  readonly #attempts = new Map<number, number>()
  /** The latest attempt of all. */
  #callerTag = 0
  #attemptCseq = -1
  /** CSeq of the refusal that came last with the To tag it had. */
  #finalCseq = -1
  #finalTag = 0
  /** The refusal that the attempt under way has met, and whether it came back to the caller. */
  #refusal: Ending | undefined
  #isFinal = false
  /** FACT_HASH of the CANCEL by which the sender of the attempt under way gave it up. */
  #cancelHash: number | undefined
  readonly #hops: AttemptHops
  readonly #reInviteCseqs: number[] = []
  /** Tags of the callees that rang and that answered: more than one where a call forked. */
  readonly #earlyTags: number[] = []
  readonly #answeredTags: number[] = []
  /** Tags of the callees whose dialogs went on: an ACK was sent to them, or by them. */
  readonly #ackedTags: number[] = []
  /** The first BYE of each dialog with its callee's tag, in order of time. */
  readonly #byes: { readonly tag: number; readonly ending: Ending }[] = []
  #byeAnswer: Ending | undefined
  /** Where the refusal with each To tag came from first. */
  readonly #refusers = new Map<number, string | null>()
  readonly #answerRepeats = new Map<number, number>()

  /** `paths` are those of the trail. */
  constructor(paths: readonly Path[]) {
    this.#hops = new AttemptHops(paths)
  }

  /** True while the latest attempt stands refused. */
  get isRefused(): boolean {
    return this.#refusal !== undefined
  }

  get isCancelled(): boolean {
    return this.#cancelHash !== undefined
  }

  /** The caller had given up when the answer came (RFC 3261 §9.1, §15). */
  get isCancelCrossed(): boolean {
    return this.isCancelled && this.answerUs !== null && !this.#hops.isForked
  }

  request(facts: ArrayLike<number>, at: number, isRepeat: boolean): void {
    const code = facts[at + FACT_CODE] ?? 0
    if (code === METHOD_CANCEL) this.#cancel(facts, at)
    else if (code === METHOD_BYE) this.#addBye(facts, at)
    else if (code === METHOD_ACK) this.#addAck(facts, at)
    else if (code !== METHOD_INVITE) return
    else if ((facts[at + FACT_TO_TAG] ?? 0) === 0) this.#attempt(facts, at, isRepeat)
    else this.#reInviteCseqs.push(facts[at + FACT_CSEQ] ?? -1)
  }

  response(facts: ArrayLike<number>, at: number, repeat: Repeat): void {
    const status = statusOf(facts[at + FACT_CODE] ?? 0)
    const method = facts[at + FACT_CSEQ_METHOD] ?? 0
    const tUs = facts[at + FACT_T_US] ?? 0
    if (method === METHOD_BYE && status >= 200) {
      const by = this.#sideOf(facts[at + FACT_FROM_TAG] ?? 0)
      this.#byeAnswer ??= { tUs, by, hash: facts[at + FACT_HASH] ?? 0 }
    }
    if (method === METHOD_REFER && isAccepted(status) && this.answerUs !== null) {
      this.transferBy ??= this.#sideOf(facts[at + FACT_FROM_TAG] ?? 0)
    }
    if (method !== METHOD_INVITE || !this.#isOfAttempt(facts, at)) return
    this.#hops.answer(facts[at + FACT_PATH] ?? 0)
    const toTag = facts[at + FACT_TO_TAG] ?? 0
    if (status >= 300) this.#refuse(facts, at, status)
    else if (status >= 200) {
      this.#answer(tUs, status, toTag)
      if (repeat === 'retransmission') this.#answerAgain(facts[at + FACT_PATH] ?? 0)
    } else if (status > 100) this.#ring(facts, at, status)
  }

  /**
   * Address that the INVITE went to last and that answered nothing: why whoever sent it there
   * refused, or why nothing came. None where an end rang or answered.
   */
  get silentAt(): string | null {
    if (this.ringUs !== null || this.answerUs !== null || this.startUs === null) return null
    return this.#hops.silentTo(this.refusedBy)
  }

  /** How the call ended: by a BYE, or by the refusal of its last attempt. */
  ending(): Ending | undefined {
    return this.bye() ?? (this.answerUs === null ? this.#refusal : undefined)
  }

  /** FACT_HASH of the message that may say why it ended; a CANCEL says it before the end. */
  get reasonHash(): number | undefined {
    return this.ending()?.hash ?? (this.answerUs === null ? this.#cancelHash : undefined)
  }

  /**
   * The BYE that ended the call. Where several callees answered, all whom the caller acknowledged
   * must be gone; one that only rang may be sent away and the call goes on with another
   * (RFC 3261 §13.2.2.4).
   */
  bye(): Ending | undefined {
    const answered = this.#answeredTags
    if (answered.length > 1) return this.#lastBye()
    for (const { tag, ending } of this.#byes) {
      const isEarly = this.#earlyTags.includes(tag)
      if (answered.length === 0 || answered.includes(tag) || !isEarly) return ending
    }
    // Where one direction alone was captured, the answer tells of the BYE.
    return this.#byes.length === 0 ? this.#byeAnswer : undefined
  }

  /**
   * A CANCEL of a proxy's own ends one branch, not the call (RFC 3261 §16.10), and one of a
   * re-INVITE nothing at all.
   */
  #cancel(facts: ArrayLike<number>, at: number): void {
    const isFromSender = this.#hops.isFromSender(facts[at + FACT_PATH] ?? 0)
    if (!isFromSender || !this.#isOfAttempt(facts, at)) return
    this.#cancelHash ??= facts[at + FACT_HASH] ?? 0
  }

  /** The BYE after which none of several callees is left. Without any ACK, each of them counts. */
  #lastBye(): Ending | undefined {
    const acked = this.#answeredTags.filter((tag) => this.#ackedTags.includes(tag))
    const kept = acked.length === 0 ? this.#answeredTags : acked
    const byes = this.#byes.filter(({ tag }) => this.#answeredTags.includes(tag))
    const isOver = kept.every((one) => byes.some(({ tag }) => tag === one))
    return isOver ? byes.at(-1)?.ending : undefined
  }

  #addBye(facts: ArrayLike<number>, at: number): void {
    const calleeTag = this.#calleeTag(facts, at)
    for (const { tag } of this.#byes) if (tag === calleeTag) return
    const by = this.#sideOf(facts[at + FACT_FROM_TAG] ?? 0)
    const tUs = facts[at + FACT_T_US] ?? 0
    this.#byes.push({ tag: calleeTag, ending: { tUs, by, hash: facts[at + FACT_HASH] ?? 0 } })
  }

  #addAck(facts: ArrayLike<number>, at: number): void {
    const tag = this.#calleeTag(facts, at)
    if (!this.#ackedTags.includes(tag)) this.#ackedTags.push(tag)
    // A proxy acknowledges what its branches say by itself (RFC 3261 §16.7, §17.1.1.3).
    const isByCaller = this.#hops.isFromSender(facts[at + FACT_PATH] ?? 0)
    if (isByCaller && tag !== this.#finalTag && this.startUs !== null) {
      this.isAcknowledged ||= this.#isOfLatest(facts, at)
    }
  }

  /** The callee's tag in a request of either side. */
  #calleeTag(facts: ArrayLike<number>, at: number): number {
    const fromTag = facts[at + FACT_FROM_TAG] ?? 0
    return this.#attempts.has(fromTag) ? (facts[at + FACT_TO_TAG] ?? 0) : fromTag
  }

  /** Without the INVITE nobody knows who called: then no side is named. */
  #sideOf(fromTag: number): Side | null {
    if (this.startUs === null) return null
    return this.#attempts.has(fromTag) ? 'caller' : 'callee'
  }

  /**
   * An INVITE that begins a dialog. After a refusal the caller tries again, or a proxy tries the
   * next end: what had ended is open again. The same bytes once more are no new attempt.
   */
  #attempt(facts: ArrayLike<number>, at: number, isRepeat: boolean): void {
    if (isRepeat) return
    const isOfCaller = (facts[at + FACT_FROM_TAG] ?? 0) === this.#callerTag
    const isLater = (facts[at + FACT_CSEQ] ?? -1) > this.#attemptCseq
    if (this.startUs === null) this.#begin(facts, at)
    else if (isOfCaller && !isLater) this.#goOn(facts[at + FACT_PATH] ?? 0)
    else if (isOfCaller || this.#isRetry(facts, at, isLater)) this.#begin(facts, at)
  }

  /**
   * Some callers change their tag when they try again, and begin to count anew. Where it is not
   * the same sender, another tag without a refusal before it is the same call on its further way.
   */
  #isRetry(facts: ArrayLike<number>, at: number, isLater: boolean): boolean {
    if (this.isRefused && isLater) return true
    return this.answerUs === null && this.#hops.isFromSender(facts[at + FACT_PATH] ?? 0)
  }

  #begin(facts: ArrayLike<number>, at: number): void {
    this.startUs ??= facts[at + FACT_T_US] ?? 0
    this.#callerTag = facts[at + FACT_FROM_TAG] ?? 0
    this.#attemptCseq = facts[at + FACT_CSEQ] ?? -1
    this.#attempts.set(this.#callerTag, this.#attemptCseq)
    this.#hops.begin(facts[at + FACT_PATH] ?? 0)
    this.#reopen()
  }

  /** After the caller was told, only the caller goes on: a proxy's late branch leads nowhere. */
  #goOn(path: number): void {
    this.#hops.add(path)
    if (!this.isRefused || (this.#isFinal && !this.#hops.isFromSender(path))) return
    this.#reopen()
  }

  #reopen(): void {
    this.#refusal = undefined
    this.refusedBy = null
    this.#isFinal = false
    this.#cancelHash = undefined
    this.isAcknowledged = false
  }

  #ring(facts: ArrayLike<number>, at: number, status: number): void {
    const toTag = facts[at + FACT_TO_TAG] ?? 0
    if (!this.#earlyTags.includes(toTag)) this.#earlyTags.push(toTag)
    const isOfAnother = toTag !== this.#finalTag && this.#isOfLatest(facts, at)
    // One branch has refused and another rings. 199 tells of one that is over (RFC 6228).
    if (isOfAnother && !this.#isFinal && status !== 199) this.#refusal = undefined
    if ((status === 180 || status === 183) && this.answerUs === null) {
      this.ringUs ??= facts[at + FACT_T_US] ?? 0
    }
  }

  #answer(tUs: number, status: number, toTag: number): void {
    if (!this.#answeredTags.includes(toTag)) this.#answeredTags.push(toTag)
    if (this.answerUs !== null) return
    this.answerUs = tUs
    this.status = status
  }

  /** Each hop passes on what the one behind it sends again: counted is the hop that did it most. */
  #answerAgain(path: number): void {
    const times = (this.#answerRepeats.get(path) ?? 0) + 1
    this.#answerRepeats.set(path, times)
    this.answerRepeats = Math.max(this.answerRepeats, times)
  }

  #refuse(facts: ArrayLike<number>, at: number, status: number): void {
    const cseq = facts[at + FACT_CSEQ] ?? -1
    if (this.answerUs !== null || !this.#isOfLatest(facts, at)) return
    const path = facts[at + FACT_PATH] ?? 0
    if (this.#isUnheard(status, path)) return
    // Of a proxy's branches one that refuses is one, unless it refuses for all (RFC 3261 §16.7).
    this.#isFinal = this.#hops.isToSender(path) && (!this.#hops.isForked || status >= 600)
    const toTag = facts[at + FACT_TO_TAG] ?? 0
    const isSame = status === this.status && cseq === this.#finalCseq && toTag === this.#finalTag
    // The same refusal again is a retransmission or the next hop's: the first one counts.
    if (isSame && this.isRefused) return
    this.isChallengedAgain = isChallenge(status) && isChallenge(this.status)
    this.status = status
    this.refusedBy = this.#refuserOf(toTag, path)
    this.#finalCseq = cseq
    this.#finalTag = toTag
    // Only a caller's CANCEL or BYE is answered with 487 (RFC 3261 §9.2, §15.1.2).
    const by = status === 487 ? 'caller' : 'callee'
    const own = facts[at + FACT_HASH] ?? 0
    const hash = by === 'caller' ? (this.#cancelHash ?? own) : own
    this.#refusal = { tUs: facts[at + FACT_T_US] ?? 0, by, hash }
  }

  /** A proxy passes one of its branches' answers on as it is, with the tag (RFC 3261 §16.7). */
  #refuserOf(toTag: number, path: number): string | null {
    const refuser = this.#refusers.get(toTag) ?? this.#hops.sourceOf(path)
    if (toTag !== 0) this.#refusers.set(toTag, refuser)
    return refuser
  }

  /**
   * What a branch says after the proxy has answered for all of them, or another branch has refused
   * for all, and the 487 of a branch that the proxy cancelled by itself, do not reach the caller
   * (RFC 3261 §16.7, §16.8).
   */
  #isUnheard(status: number, path: number): boolean {
    if (this.#hops.isToSender(path)) return this.#isFinal && this.#hops.isForked
    const isGivenUp = this.isCancelled || this.#byes.length > 0
    return this.#isFinal || (status === 487 && !isGivenUp)
  }

  /** Answers to a re-INVITE, of either side, say nothing about how the call began or ended. */
  #isOfAttempt(facts: ArrayLike<number>, at: number): boolean {
    const cseq = facts[at + FACT_CSEQ] ?? -1
    if (this.startUs === null) return !this.#reInviteCseqs.includes(cseq)
    const attemptCseq = this.#attempts.get(facts[at + FACT_FROM_TAG] ?? 0)
    return attemptCseq !== undefined && cseq <= attemptCseq
  }

  /** A late copy of what refused an earlier attempt changes nothing. */
  #isOfLatest(facts: ArrayLike<number>, at: number): boolean {
    if (this.startUs === null) return true
    const isOfCaller = (facts[at + FACT_FROM_TAG] ?? 0) === this.#callerTag
    return isOfCaller && (facts[at + FACT_CSEQ] ?? -1) === this.#attemptCseq
  }
}

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300
}

/** Credentials are asked for (RFC 3261 §22). */
export function isChallenge(status: number | null): boolean {
  return status === 401 || status === 407
}
