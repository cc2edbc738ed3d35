// A recording: sound kept of a call, with everything that is told of it: who spoke, what was done
// to it while it ran, its sound files and what was said in them. Shapes, and what a pin means;
// nothing is kept here.
import { Failure } from '../../base/failure.ts'

/**
 * How far a recording is.
 * - `recording`: the call runs; `paused`: it runs, and what is said now will be silence
 * - `processing`: the call has ended and its sound is being made
 * - `completed`: its sound files are there
 * - `failed`: no sound could be made, `failure` says why
 * - `absent`: there is nothing to hear: no media came, or the consent that a rule asks for is
 *   missing
 */
export type RecordingState =
  | 'recording'
  | 'paused'
  | 'processing'
  | 'completed'
  | 'failed'
  | 'absent'

/** Where the sound comes from: RTP that was captured, a recording client, a file of a PBX. */
export type RecordingSource = 'rtp' | 'siprec' | 'folder'

/** What began it: a rule, somebody who asked for it, a recording client, a file that appeared. */
export type RecordingCause = 'rule' | 'demand' | 'siprec' | 'folder'

/** Whether those recorded agreed; `missing` where a rule asks for it and nothing says so yet. */
export type Consent = 'not-required' | 'missing' | 'given' | 'refused'

export const RECORDING_STATES = [
  'recording',
  'paused',
  'processing',
  'completed',
  'failed',
  'absent',
] as const satisfies readonly RecordingState[]

export const RECORDING_SOURCES = [
  'rtp',
  'siprec',
  'folder',
] as const satisfies readonly RecordingSource[]

/** Somebody who can be heard. What is not known is null. */
export interface Participant {
  /** Unique within the recording; of SIPREC, the participant_id of RFC 7865 §6.5. */
  readonly participantId: string
  readonly role: 'caller' | 'callee' | 'other'
  /** Address of record as written, `sip:bob@example.com` or `tel:+4420…`. */
  readonly aor: string | null
  /** User part of it: a number, or a user's name. */
  readonly user: string | null
  readonly displayName: string | null
}

/**
 * What can happen to a recording, in the order of its life. `joined`, `left`, `held` and
 * `unheld` have a participant; `digits-hidden` says that keys pressed in a pause are not told.
 */
export type RecordingEventKind =
  | 'started'
  | 'joined'
  | 'held'
  | 'unheld'
  | 'left'
  | 'paused'
  | 'resumed'
  | 'digits-hidden'
  | 'consent-given'
  | 'consent-refused'
  | 'stopped'
  | 'completed'
  | 'failed'
  | 'pinned'
  | 'unpinned'

export const RECORDING_EVENT_KINDS = [
  'started',
  'joined',
  'held',
  'unheld',
  'left',
  'paused',
  'resumed',
  'digits-hidden',
  'consent-given',
  'consent-refused',
  'stopped',
  'completed',
  'failed',
  'pinned',
  'unpinned',
] as const satisfies readonly RecordingEventKind[]

export interface RecordingEvent {
  /** µs since 1970: of the packet that shows it, or of the request that asked for it. */
  readonly tUs: number
  readonly kind: RecordingEventKind
  readonly participantId: string | null
  /** What did it: `rule NAME`, `account ID`, `dtmf`, `info`, `siprec`, `folder`; null: the call. */
  readonly by: string | null
}

export type SoundFormat = 'wav' | 'mp3'

/** One sound file. Its bytes lie in the sound store under `soundKey`. */
export interface RecordingMedia {
  readonly mediaId: string
  readonly format: SoundFormat
  readonly bytes: number
  readonly startUs: number
  readonly durationMs: number
  readonly channels: number
  readonly sampleRateHz: number
  /** By channel: who is heard on it, `participantId`s. */
  readonly participants: readonly (readonly string[])[]
  readonly soundKey: string
  /** SHA-256 of the file, hexadecimal. */
  readonly digest: string
}

export type TranscriptionState = 'pending' | 'running' | 'completed' | 'failed'

export const TRANSCRIPTION_STATES = [
  'pending',
  'running',
  'completed',
  'failed',
] as const satisfies readonly TranscriptionState[]

/** A stretch of speech. Milliseconds from the beginning of the recording. */
export interface TranscriptSegment {
  readonly startMs: number
  readonly endMs: number
  /** Channel that it was heard on, null where the transcriber heard them mixed. */
  readonly channel: number | null
  readonly text: string
}

export interface Transcription {
  readonly transcriptionId: string
  readonly state: TranscriptionState
  /** The transcriber's name or command. */
  readonly transcriber: string
  readonly createdAtUs: number
  readonly completedAtUs: number | null
  /** All segments, one a line; empty until it is completed. */
  readonly text: string
  readonly segments: readonly TranscriptSegment[]
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly error: string | null
}

/** Deletion is held off: by whom, since when and why. */
export interface Pin {
  readonly tUs: number
  readonly by: string
  readonly reason: string
}

/** One recording. Times are µs since 1970. */
export interface Recording {
  /** A UUID. */
  readonly recordingId: string
  /** The call that it is of, null while none is known. A call may get another key: see legKeys. */
  readonly callKey: string | null
  /** Its legs, which keep their keys; empty while no call is known. */
  readonly legKeys: readonly string[]
  readonly callIds: readonly string[]
  readonly conversationId: string | null
  readonly from: string | null
  readonly to: string | null
  readonly startUs: number
  /** Null while it runs. */
  readonly endUs: number | null
  /** From start to end; null while it runs. */
  readonly durationMs: number | null
  readonly state: RecordingState
  /** Why it failed or is absent. */
  readonly failure: string | null
  readonly source: RecordingSource
  readonly cause: RecordingCause
  /** Channels of the sound: 2 has the caller left and the callee right. */
  readonly channels: number
  readonly format: SoundFormat
  /** Name of the rule that wanted it. */
  readonly rule: string | null
  readonly consent: Consent
  readonly pin: Pin | null
  /** When it may be deleted; null: kept until somebody deletes it. */
  readonly deleteAfterUs: number | null
  readonly createdAtUs: number
  readonly updatedAtUs: number
  readonly media: readonly RecordingMedia[]
  readonly participants: readonly Participant[]
  /** In order of time. */
  readonly events: readonly RecordingEvent[]
  readonly transcriptions: readonly Transcription[]
  /** Of a file that was found, its path below the watched folder; else null. */
  readonly originName: string | null
}

/** The stretches between `paused` and `resumed`, or the end: what must not be heard. */
export function pausesOf(
  events: readonly RecordingEvent[],
  endUs: number,
): readonly { readonly startUs: number; readonly endUs: number }[] {
  const pauses: { startUs: number; endUs: number }[] = []
  let pausedAtUs: number | undefined
  for (const { kind, tUs } of events.toSorted((a, b) => a.tUs - b.tUs)) {
    if (kind === 'paused') pausedAtUs ??= tUs
    else if (kind === 'resumed' && pausedAtUs !== undefined) {
      pauses.push({ startUs: pausedAtUs, endUs: tUs })
      pausedAtUs = undefined
    }
  }
  if (pausedAtUs !== undefined) pauses.push({ startUs: pausedAtUs, endUs })
  return pauses
}

/** @throws Failure `conflict` for a recording that is kept from being deleted */
export function refusePinned({ pin }: Pick<Recording, 'pin'>): void {
  if (pin === null) return
  throw new Failure('conflict', `the recording is pinned by ${pin.by}: ${pin.reason}`)
}
