// What is stored of calls in, recordings of those that somebody wants out: it begins, ends and
// deletes them, and hands the making of sound and transcripts to jobs, which survive a crash.
// One at work for a data folder, in the process that holds its writer lock.
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Call, Leg } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import type { RecordingStore, SoundStore } from '../store/recordings/contract.ts'
import {
  type Consent,
  type Recording,
  type RecordingEventKind,
  refusePinned,
  type Transcription,
} from '../store/recordings/recording.ts'
import { recorderLimits } from './limits.ts'
import {
  beginEvents,
  beyond,
  emptyRecording,
  emptyTranscription,
  ended,
  endEvents,
  endOfTalk,
  inOrder,
  participantsOf,
  withCall,
  withEvent,
  withSession,
} from './make-recording.ts'
import type { RecordingRule } from './recording-rules.ts'
import { RuleMatcher, type RuleParts } from './rule-matcher.ts'
import { callOfSession } from './session-call.ts'
import { readRecordedSession } from './siprec-session.ts'

export interface RecorderParts extends RuleParts {
  readonly finder: Finder
  readonly recordings: RecordingStore
  readonly sounds: SoundStore
  readonly clock: Clock
  /** Ports on which recording clients are taken: their sessions are recordings without a rule. */
  readonly siprecPorts?: readonly number[]
  /** What makes transcripts, by its name; absent where nothing does. */
  readonly transcriberName?: string
  /** A call without an end has ended unseen when it was silent for so long. */
  readonly silenceUs?: number
  /** Time that a stored call gets for its last packets. */
  readonly settleUs?: number
  /** Hears of each piece of work that failed for a reason that nobody asked for. */
  readonly onFault?: (error: unknown) => void
}

/** Longer than any pause of a call that goes on. */
const SILENCE_US = 6 * 3_600 * 1_000_000
/** What a start looks through once more. */
const LOOK_BACK_US = 24 * 3_600 * 1_000_000
const LOOK_BACK_LEGS_MAX = 1_000

export class Recorder {
  readonly #parts: RecorderParts
  readonly #rules: RuleMatcher
  readonly #siprecPorts: ReadonlySet<number>
  readonly #settleUs: number
  readonly #silenceUs: number
  /** Calls to look at, in the order in which they came. */
  readonly #waiting = new Set<string>()
  /** Legs of recordings that run, for which each news counts. */
  readonly #running = new Set<string>()
  /** Calls of which somebody's request begins a recording. */
  readonly #beginning = new Set<string>()
  /** Recordings whose sound is going. */
  readonly #removing = new Set<string>()
  #work: Promise<void> = Promise.resolve()
  #isLooking = false
  #callsSeen = 0
  #callsTurnedAway = 0

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#rules = new RuleMatcher(parts)
    this.#siprecPorts = new Set(parts.siprecPorts)
    this.#silenceUs = parts.silenceUs ?? SILENCE_US
    this.#settleUs = parts.settleUs ?? recorderLimits.settleUs
  }

  /** Takes up what the process before left: jobs it had begun, recordings that ran. */
  async start(): Promise<void> {
    const { recordings } = this.#parts
    await recordings.releaseJobs()
    for (const state of ['recording', 'paused'] as const) {
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = { limit: 500, ...(cursor === '' ? {} : { cursor }) }
        const { rows, next } = await recordings.find({ state }, page)
        for (const { legKeys } of rows) for (const key of legKeys) this.#running.add(key)
        cursor = next
      }
    }
    this.stored([...this.#running])
    if (this.#rules.count > 0 || this.#siprecPorts.size > 0) await this.#lookBack()
  }

  /** Calls that were stored while nobody listened: between a commit and a crash, at most. */
  async #lookBack(): Promise<void> {
    const startUs = this.#parts.clock.nowUs() - LOOK_BACK_US
    const page = { limit: LOOK_BACK_LEGS_MAX, order: 'newest' } as const
    const { rows } = await this.#parts.finder.findLegs({ startUs, kind: 'call' }, page)
    this.stored(rows.map(({ legKey }) => legKey))
  }

  /**
   * Calls that are stored anew or further on (StoredListener). Looks at them one after the other.
   */
  stored(callLegKeys: Iterable<string>): void {
    if (this.#isIdle()) return
    for (const legKey of callLegKeys) {
      if (this.#waiting.size < recorderLimits.callsWaitingMax) this.#waiting.add(legKey)
      else this.#callsTurnedAway++
    }
    if (this.#isLooking) return
    this.#isLooking = true
    this.#work = this.#lookAtAll()
  }

  /** Resolves when everything that was stored so far has been looked at. */
  async idle(): Promise<void> {
    await this.#work
  }

  stats(): Readonly<Record<string, number>> {
    return {
      recordingsRunning: this.#running.size,
      callsLookedAt: this.#callsSeen,
      callsWaiting: this.#waiting.size,
      callsTurnedAway: this.#callsTurnedAway,
    }
  }

  // ── on demand ────────────────────────────────────────────────────────────────────────────────

  /**
   * Begins to record a call that runs, from now on; one that has ended is kept whole.
   * @throws Failure `conflict` where it is recorded already or was never answered
   */
  async begin(call: Call, by: string): Promise<Recording> {
    // What another request is about to begin is in no table yet.
    if (this.#beginning.has(call.callKey)) throw alreadyRunning()
    this.#beginning.add(call.callKey)
    try {
      return await this.#begin(call, by)
    } finally {
      this.#beginning.delete(call.callKey)
    }
  }

  async #begin(call: Call, by: string): Promise<Recording> {
    const { clock, recordings } = this.#parts
    const known = await recordings.ofLegs(call.legs.map(({ legKey }) => legKey))
    const running = known.find(({ state }) => state === 'recording' || state === 'paused')
    if (running !== undefined) throw alreadyRunning()
    if (call.answerUs === null) throw new Failure('conflict', 'the call was never answered')
    const rule = await this.#rules.onDemand(call)
    const nowUs = clock.nowUs()
    const startUs = call.endUs === null ? Math.max(call.answerUs, nowUs) : call.answerUs
    const recording = await this.#put(call, { rule, startUs, cause: 'demand', by })
    await this.#lookAtCall(call, [recording])
    return (await recordings.byId(recording.recordingId)) ?? recording
  }

  /** Ends a recording before its call does. @throws Failure `conflict` where it has ended */
  async stop(recordingId: string, by: string): Promise<Recording> {
    const nowUs = this.#parts.clock.nowUs()
    const stopped = await this.#parts.recordings.change(recordingId, (recording) => {
      requireRunning(recording)
      const over = ended(recording, {
        endUs: nowUs,
        nowUs,
        retentionDays: this.#retention(recording),
      })
      return {
        ...over,
        events: over.events.map((one) => (one.kind === 'stopped' ? { ...one, by } : one)),
      }
    })
    await this.#askForSound(stopped)
    return stopped
  }

  /** What is said from now on will be silence, until `resume`. @throws Failure `conflict` */
  async pause(recordingId: string, by: string): Promise<Recording> {
    return this.#turn(recordingId, by, 'paused')
  }

  async resume(recordingId: string, by: string): Promise<Recording> {
    return this.#turn(recordingId, by, 'resumed')
  }

  /** Those recorded agreed, or did not: then the sound is removed. */
  async consent(recordingId: string, isGiven: boolean, by: string): Promise<Recording> {
    const { recordings, sounds, clock } = this.#parts
    const nowUs = clock.nowUs()
    const consent: Consent = isGiven ? 'given' : 'refused'
    const kind = isGiven ? 'consent-given' : 'consent-refused'
    if (!isGiven) {
      // First: a row without media would leave nobody who knows of a file that a crash spared.
      const before = await recordings.byId(recordingId)
      for (const { soundKey } of before?.media ?? []) await sounds.remove(soundKey)
    }
    const changed = await recordings.change(recordingId, (recording) => {
      const next = withEvent(recording, { tUs: nowUs, kind, participantId: null, by }, nowUs)
      if (isGiven) return { ...next, consent }
      const isOver = next.endUs !== null
      const media = isOver ? [] : next.media
      return {
        ...next,
        consent,
        media,
        state: isOver ? 'absent' : next.state,
        failure: 'consent was refused',
      }
    })
    if (isGiven && changed.state === 'absent') return this.#again(changed)
    return changed
  }

  async pin(recordingId: string, by: string, reason: string): Promise<Recording> {
    const tUs = this.#parts.clock.nowUs()
    const event = { tUs, kind: 'pinned', participantId: null, by } as const
    return this.#parts.recordings.change(recordingId, (recording) => {
      if (this.#removing.has(recordingId)) throw new Failure('not-found', 'it is being deleted')
      return { ...withEvent(recording, event, tUs), pin: { tUs, by, reason } }
    })
  }

  async unpin(recordingId: string, by: string): Promise<Recording> {
    const tUs = this.#parts.clock.nowUs()
    const event = { tUs, kind: 'unpinned', participantId: null, by } as const
    return this.#parts.recordings.change(recordingId, (recording) => {
      return { ...withEvent(recording, event, tUs), pin: null }
    })
  }

  /**
   * Asks for a transcript. @throws Failure `conflict` where there is no sound, `unavailable` where
   * no transcriber is set
   */
  async transcribe(recordingId: string): Promise<Transcription> {
    const { recordings, clock, transcriberName: transcriber } = this.#parts
    if (transcriber === undefined) {
      throw new Failure('unavailable', 'no transcriber is set: see --transcriber')
    }
    const createdAtUs = clock.nowUs()
    const transcription = emptyTranscription(transcriber, createdAtUs)
    await recordings.change(recordingId, (recording) => {
      if (recording.media.length === 0) throw new Failure('conflict', 'the recording has no sound')
      if (recording.transcriptions.length >= recorderLimits.transcriptionsMax) {
        throw new Failure('conflict', 'the recording has been transcribed often enough')
      }
      const transcriptions = [...recording.transcriptions, transcription]
      return { ...recording, transcriptions, updatedAtUs: createdAtUs }
    })
    const subject = transcription.transcriptionId
    await recordings.addJob({ kind: 'transcribe', recordingId, subject, dueUs: createdAtUs })
    return transcription
  }

  /** Removes a recording with its sound. @throws Failure `conflict` where it is pinned */
  async remove(recordingId: string): Promise<void> {
    const { recordings, sounds, clock } = this.#parts
    const nowUs = clock.nowUs()
    this.#removing.add(recordingId)
    try {
      // Due from now on: what a crash or the disk leaves of it, the next sweep finds by its row.
      const { media } = await recordings.change(recordingId, (recording) => {
        refusePinned(recording)
        return { ...recording, deleteAfterUs: Math.min(nowUs, recording.deleteAfterUs ?? nowUs) }
      })
      for (const { soundKey } of media) await sounds.remove(soundKey)
      await recordings.remove(recordingId)
    } finally {
      this.#removing.delete(recordingId)
    }
  }

  /** Deletes what has been kept long enough, and ends what fell silent. Called now and then. */
  async sweep(): Promise<number> {
    const { recordings, clock } = this.#parts
    const due = await recordings.dueForDeletion(clock.nowUs(), recorderLimits.deletionsPerSweepMax)
    const faults: unknown[] = []
    for (const { recordingId } of due) {
      await this.remove(recordingId).catch((error: unknown) => faults.push(error))
    }
    this.stored([...this.#running])
    if (faults.length > 0) throw faults[0]
    return due.length
  }

  // ── calls ────────────────────────────────────────────────────────────────────────────────────

  #isIdle(): boolean {
    return this.#rules.count === 0 && this.#siprecPorts.size === 0 && this.#running.size === 0
  }

  async #lookAtAll(): Promise<void> {
    for (const legKey of this.#waiting) {
      this.#waiting.delete(legKey)
      try {
        await this.#lookAt(legKey)
      } catch (error) {
        this.#parts.onFault?.(error)
      }
      this.#callsSeen++
    }
    this.#isLooking = false
  }

  async #lookAt(legKey: string): Promise<void> {
    const { finder, recordings } = this.#parts
    const leg = await finder.legByKey(legKey)
    if (leg === undefined || leg.answerUs === null) return
    if (this.#isOurSession(leg) || (await this.#rules.isForeignSession(leg))) {
      await this.#lookAtSession(leg)
      return
    }
    const call = await finder.callByKey(leg.callKey)
    if (call === undefined || call.answerUs === null) return
    const known = await recordings.ofLegs(call.legs.map((one) => one.legKey))
    const own = known.filter(({ source }) => source === 'rtp')
    const startUs = own.length === 0 ? call.answerUs : beyond(own, leg, call)
    const rule = startUs === undefined ? undefined : await this.#rules.find(call)
    if (startUs !== undefined && rule !== undefined) {
      const parts = { rule, startUs, cause: 'rule', by: `rule ${rule.name}` } as const
      own.push(await this.#put(call, parts))
    }
    await this.#lookAtCall(call, own)
  }

  #isOurSession({ dstPort }: Leg): boolean {
    return dstPort !== null && this.#siprecPorts.has(dstPort)
  }

  /** Ends the recordings of a call that has ended. */
  async #lookAtCall(call: Call, own: readonly Recording[]): Promise<void> {
    const { clock, recordings } = this.#parts
    const nowUs = clock.nowUs()
    const endUs = endOfTalk(call) ?? (await this.#silentSinceUs(call.legs))
    if (endUs === undefined) return
    for (const recording of own) {
      if (recording.endUs !== null) {
        if (await this.#hasSoundNow(recording, call)) await this.#again(recording)
        continue
      }
      const retentionDays = this.#retention(recording)
      const over = await recordings.change(recording.recordingId, (one) => {
        const tied = withCall(one, call)
        const events = inOrder([...tied.events, ...endEvents(call, endUs)])
        return ended({ ...tied, events }, { endUs, nowUs, retentionDays })
      })
      await this.#askForSound(over)
    }
  }

  /** Media may be captured elsewhere than messages, and come after the recording was given up. */
  async #hasSoundNow(
    { state, consent, startUs }: Recording,
    { legs }: Pick<Call, 'legs'>,
  ): Promise<boolean> {
    if (state !== 'absent' || consent === 'missing' || consent === 'refused') return false
    const streams = await this.#parts.finder.streamsOf(legs)
    return streams.some(({ mediaType, endUs }) => mediaType === 'audio' && endUs > startUs)
  }

  async #put(
    call: Call,
    parts: {
      readonly rule: RecordingRule
      readonly startUs: number
      readonly cause: 'rule' | 'demand'
      readonly by: string
    },
  ): Promise<Recording> {
    const { rule, startUs, cause, by } = parts
    const nowUs = this.#parts.clock.nowUs()
    const recording: Recording = {
      ...withCall(emptyRecording({ source: 'rtp', cause, rule, startUs, nowUs }), call),
      participants: participantsOf(call),
      events: beginEvents(startUs, by),
    }
    await this.#parts.recordings.put(recording)
    for (const legKey of recording.legKeys) this.#running.add(legKey)
    return recording
  }

  // ── recording sessions ───────────────────────────────────────────────────────────────────────

  async #lookAtSession(leg: Leg): Promise<void> {
    const { finder, recordings, clock } = this.#parts
    const known = await recordings.ofLegs([leg.legKey])
    const own = known.find(({ source }) => source === 'siprec')
    if (own !== undefined && own.endUs !== null) return
    const session = await readRecordedSession(finder.messagesWithBytes([leg]))
    if (session === undefined) return
    const nowUs = clock.nowUs()
    const rule = this.#rules.ofSession(leg)
    const begun =
      own ??
      emptyRecording({ source: 'siprec', cause: 'siprec', rule, startUs: leg.startUs, nowUs })
    const call =
      (await callOfSession(finder, session, leg)) ?? (await finder.callByKey(leg.callKey))
    const bare = { ...begun, from: null, to: null }
    const tied = call === undefined ? bare : withCall(bare, call, [leg])
    const isOwnCall = call?.callKey === leg.callKey
    const told = withSession(isOwnCall ? { ...tied, from: null, to: null } : tied, session)
    const endUs = session.endUs ?? leg.endUs ?? (await this.#silentSinceUs([leg]))
    const recording =
      endUs === undefined
        ? { ...told, updatedAtUs: nowUs }
        : ended(told, { endUs, nowUs, retentionDays: rule.retentionDays })
    await recordings.put(recording)
    if (endUs !== undefined) await this.#askForSound(recording)
    else this.#running.add(leg.legKey)
  }

  /**
   * When these legs were heard last, in messages or media; undefined while that is not long ago.
   */
  async #silentSinceUs(legs: readonly Leg[]): Promise<number | undefined> {
    const beforeUs = this.#parts.clock.nowUs() - this.#silenceUs
    const told = Math.max(...legs.map(({ lastUs }) => lastUs))
    if (told >= beforeUs) return undefined
    const heard = (await this.#parts.finder.streamsOf(legs)).map(({ endUs }) => endUs)
    const lastUs = Math.max(told, ...heard)
    return lastUs < beforeUs ? lastUs : undefined
  }

  // ── what follows ─────────────────────────────────────────────────────────────────────────────

  async #askForSound(recording: Recording): Promise<void> {
    for (const legKey of recording.legKeys) this.#running.delete(legKey)
    const { recordings, clock } = this.#parts
    const dueUs = clock.nowUs() + this.#settleUs
    await recordings.addJob({ kind: 'render', recordingId: recording.recordingId, dueUs })
  }

  /** Makes the sound of one that had none, now that there may be one. */
  async #again(recording: Recording): Promise<Recording> {
    const { recordings, clock } = this.#parts
    const changed = await recordings.change(recording.recordingId, (one) => {
      return { ...one, state: 'processing', failure: null, updatedAtUs: clock.nowUs() }
    })
    await this.#askForSound(changed)
    return changed
  }

  async #turn(
    recordingId: string,
    by: string,
    kind: Extract<RecordingEventKind, 'paused' | 'resumed'>,
  ): Promise<Recording> {
    const tUs = this.#parts.clock.nowUs()
    return this.#parts.recordings.change(recordingId, (recording) => {
      requireRunning(recording)
      const next = withEvent(recording, { tUs, kind, participantId: null, by }, tUs)
      return { ...next, state: kind === 'paused' ? 'paused' : 'recording' }
    })
  }

  #retention({ rule }: Recording): number | null {
    return this.#rules.byName(rule)?.retentionDays ?? null
  }
}

function alreadyRunning(): Failure {
  return new Failure('conflict', 'the call is being recorded')
}

function requireRunning({ state }: Recording): void {
  if (state === 'recording' || state === 'paused') return
  throw new Failure('conflict', `the recording has ended: it is ${state}`)
}
