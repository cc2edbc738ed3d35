// Recordings of calls that have ended in, their sound files out: one job at a time, tried again
// while packets may still come, given up with a reason. What was said in a pause is left out.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { dayOf } from '../base/day.ts'
import { Failure, isFailure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import type { RecordedSession } from '../siprec/recorded-session.ts'
import { refuseUnread } from '../store/block-reader.ts'
import type { RecordingJob, RecordingStore, SoundStore } from '../store/recordings/contract.ts'
import {
  pausesOf,
  type Recording,
  type RecordingEvent,
  type RecordingMedia,
} from '../store/recordings/recording.ts'
import { type CallSigns, headerKeyOf, readSigns } from './call-signs.ts'
import { recorderLimits } from './limits.ts'
import { inOrder, withEvent } from './make-recording.ts'
import { pauseEvents, type PressedKey, pressedUs } from './pressed-keys.ts'
import { plainRule, type RecordingRule } from './recording-rules.ts'
import type { RenderedSound } from './render-order.ts'
import type { RenderThread } from './render-thread.ts'
import { readRecordedSession, sidesOf } from './siprec-session.ts'

export interface RenderParts {
  readonly finder: Finder
  readonly recordings: RecordingStore
  readonly sounds: SoundStore
  readonly clock: Clock
  readonly rules: readonly RecordingRule[]
  readonly thread: RenderThread
  /** Traffic is live: what a sound lacks at its end may still be on its way to the store. */
  readonly isLive: boolean
  /** Hears of a recording whose sound is there. */
  readonly onCompleted: (recording: Recording, rule: RecordingRule) => Promise<void>
}

export class RenderJobs {
  readonly #parts: RenderParts
  #isStopping = false
  #rendered = 0
  #retried = 0
  #givenUp = 0

  constructor(parts: RenderParts) {
    this.#parts = parts
  }

  /** Does the job that is longest due; false where none is. */
  async runOne(): Promise<boolean> {
    const { recordings, clock } = this.#parts
    const job = await recordings.takeJob('render', clock.nowUs())
    if (job === undefined) return false
    const recording = await recordings.byId(job.recordingId)
    try {
      if (recording !== undefined && recording.media.length === 0) {
        await this.#render(recording, job)
      }
      await recordings.endJob(job.jobId, 'done')
    } catch (error) {
      if (!this.#isStopping) await this.#failed(job, error)
    }
    return true
  }

  /** Ends the sound that is being made; its job is begun again after the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#parts.thread.close()
  }

  stats(): Readonly<Record<string, number>> {
    return {
      soundsRendered: this.#rendered,
      soundsRetried: this.#retried,
      soundsGivenUp: this.#givenUp,
    }
  }

  async #render(recording: Recording, job: RecordingJob): Promise<void> {
    const { recordings, sounds, clock, onCompleted } = this.#parts
    const rule = this.#parts.rules.find(({ name }) => name === recording.rule) ?? plainRule
    const legs = await this.#legsOf(recording)
    const signs = await this.#signsOf(recording, rule, legs)
    // Told first: what was pressed stands, whether a sound can be made or not.
    const told = await recordings.change(recording.recordingId, (now) => {
      return { ...withSigns(now, rule, signs), updatedAtUs: clock.nowUs() }
    })
    if (told.consent === 'missing' || told.consent === 'refused') {
      const failure = 'those recorded did not agree'
      await recordings.put({ ...told, state: 'absent', failure })
      return
    }
    const media = await this.#makeMedia(told, legs, job)
    const completing = recordings.change(recording.recordingId, (now) => {
      const nowUs = clock.nowUs()
      const event = { tUs: nowUs, kind: 'completed', participantId: null, by: null } as const
      const next = { ...now, media: [media], state: 'completed', failure: null } as const
      return withEvent(next, event, nowUs)
    })
    const completed = await completing.catch(async (error: unknown) => {
      // Deleted meanwhile: no row would tell of the file any more.
      await sounds.remove(media.soundKey)
      throw error
    })
    this.#rendered++
    await onCompleted(completed, rule)
  }

  async #makeMedia(
    recording: Recording,
    legs: readonly Leg[],
    job: RecordingJob,
  ): Promise<RecordingMedia> {
    const { sounds, thread } = this.#parts
    const { recordingId, format, startUs, endUs } = recording
    const mediaId = randomUUID()
    const path = join(await sounds.workFolder(), `${mediaId}.${format}`)
    const session = recording.source === 'siprec' ? await this.#sessionOf(legs) : undefined
    try {
      const made = await thread.render({
        legKeys: legs.map(({ legKey }) => legKey),
        ...(session === undefined ? { startUs } : { sides: [...sidesOf(session)] }),
        ...(session === undefined && endUs !== null ? { endUs } : {}),
        pauses: pausesOf(recording.events, endUs ?? Number.MAX_SAFE_INTEGER),
        format,
        channels: recording.channels === 2 ? 2 : 1,
        path,
      })
      if (this.#parts.isLive && job.attempts < END_ATTEMPTS_MAX) requireEnd(made, recording)
      const soundKey = `${dayOf(startUs)}/${recordingId}/${mediaId}.${format}`
      await sounds.take(soundKey, path)
      return { mediaId, format, soundKey, ...made, participants: heardOn(recording, made, session) }
    } finally {
      await rm(path, { force: true })
    }
  }

  async #legsOf({ legKeys }: Recording): Promise<Leg[]> {
    const legs: Leg[] = []
    for (const legKey of legKeys) {
      const leg = await this.#parts.finder.legByKey(legKey)
      if (leg !== undefined) legs.push(leg)
    }
    return legs
  }

  async #sessionOf([leg]: readonly Leg[]): Promise<RecordedSession | undefined> {
    if (leg === undefined) return undefined
    return readRecordedSession(this.#parts.finder.messagesWithBytes([leg], refuseUnread))
  }

  /** What messages and keys of the call say about its recording. */
  async #signsOf(
    recording: Recording,
    rule: RecordingRule,
    legs: readonly Leg[],
  ): Promise<CallSigns & { readonly keys: readonly PressedKey[] }> {
    const { finder, thread } = this.#parts
    const headers = rule.consent?.header ? [rule.consent.header] : []
    const events: RecordingEvent[] = []
    const headersUs = new Map<string, number>()
    for (const leg of legs) {
      const signs = await readSigns(finder.messagesWithBytes([leg]), headers)
      events.push(...signs.events)
      for (const [key, tUs] of signs.headersUs) headersUs.set(key, tUs)
    }
    // Keys are looked for only where one of them could mean something: it takes hearing the call.
    const areKeysWanted = rule.pause !== null || (rule.consent?.dtmf ?? null) !== null
    const keys = areKeysWanted ? await thread.keysOf(recording.legKeys) : []
    return { keys, events, headersUs }
  }

  async #failed(job: RecordingJob, error: unknown): Promise<void> {
    const { recordings, clock } = this.#parts
    const reason = error instanceof Error ? error.message : String(error)
    if (
      job.attempts < recorderLimits.renderAttemptsMax &&
      isWorthAnother(error, job, this.#parts.isLive)
    ) {
      this.#retried++
      await recordings.retryJob(job.jobId, clock.nowUs() + waitUs(job.attempts), reason)
      return
    }
    this.#givenUp++
    await recordings.endJob(job.jobId, 'given-up')
    await recordings.change(job.recordingId, (recording) => {
      const nowUs = clock.nowUs()
      const isEmpty = isFailure(error, 'not-found')
      const event = { tUs: nowUs, kind: 'failed', participantId: null, by: null } as const
      const state = isEmpty ? 'absent' : 'failed'
      return withEvent({ ...recording, state, failure: reason }, event, nowUs)
    })
  }
}

/** Attempts for sound that is not there: packets are stored seconds after the call's end. */
const EMPTY_ATTEMPTS_MAX = 5
/** Attempts for sound whose end is missing: it may just as well be that nobody spoke. */
const END_ATTEMPTS_MAX = 3
/** Sound may end so long before its call: somebody takes a moment to hang up. */
const SILENT_END_US = 2_000_000

/** A missing key comes no more; missing packets may, and a full disk or an absent program does. */
function isWorthAnother(error: unknown, { attempts }: RecordingJob, isLive: boolean): boolean {
  if (isFailure(error, 'conflict') || isFailure(error, 'bad-input')) return false
  return !isFailure(error, 'not-found') || (isLive && attempts < EMPTY_ATTEMPTS_MAX)
}

/** @throws Failure `busy` where the sound ends well before its call does */
function requireEnd(made: RenderedSound, { endUs }: Recording): void {
  if (endUs === null || made.startUs + made.durationMs * 1000 >= endUs - SILENT_END_US) return
  throw new Failure('busy', 'the last packets are not stored yet')
}

function waitUs(attempts: number): number {
  return Math.min(recorderLimits.retryUsMin * 2 ** (attempts - 1), recorderLimits.retryUsMax)
}

/** The recording with the pauses and the consent that its call shows. */
function withSigns(
  recording: Recording,
  rule: RecordingRule,
  signs: CallSigns & { readonly keys: readonly PressedKey[] },
): Recording {
  const pauses = rule.pause === null ? [] : pauseEvents(signs.keys, rule.pause)
  const { consent } = rule
  const times: number[] = []
  if (consent?.dtmf) times.push(pressedUs(signs.keys, consent.dtmf) ?? Number.NaN)
  if (consent?.header) times.push(signs.headersUs.get(headerKeyOf(consent.header)) ?? Number.NaN)
  const agreedUs = Math.min(...times.filter((tUs) => !Number.isNaN(tUs)))
  const isGiven = recording.consent === 'missing' && agreedUs !== Number.POSITIVE_INFINITY
  const given = { tUs: agreedUs, kind: 'consent-given', participantId: null, by: null } as const
  return {
    ...recording,
    consent: isGiven ? 'given' : recording.consent,
    events: inOrder([...recording.events, ...signs.events, ...pauses, ...(isGiven ? [given] : [])]),
  }
}

/** Who is heard on each channel. */
function heardOn(
  { participants }: Recording,
  { channels }: RenderedSound,
  session: RecordedSession | undefined,
): readonly (readonly string[])[] {
  const heard =
    session === undefined
      ? participants
      : participants.filter(({ participantId }) =>
          session.media.some(({ senders }) => senders.includes(participantId)),
        )
  const idsOf = (role: 'caller' | 'callee') =>
    heard.filter((one) => one.role === role).map(({ participantId }) => participantId)
  if (channels === 2) return [idsOf('caller'), idsOf('callee')]
  return [heard.map(({ participantId }) => participantId)]
}
