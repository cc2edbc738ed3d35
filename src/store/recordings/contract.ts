// What keeps recordings and what it can be asked, whoever keeps them: rows and jobs in one store,
// sound in another. Backends pass recording-suite.ts and sound-suite.ts against the real engine.
import type { Readable } from 'node:stream'
import type { Recording, RecordingSource, RecordingState } from './recording.ts'

/** Which recordings are meant. All parts that are given must hold. */
export interface RecordingFilter {
  /** Beginning in this span, µs since 1970, `endUs` not included. */
  readonly startUs?: number
  readonly endUs?: number
  /** Ended before this time. */
  readonly endedBeforeUs?: number
  /** Of any of these legs. */
  readonly legKeys?: readonly string[]
  /** Exact users. */
  readonly from?: string
  readonly to?: string
  readonly state?: RecordingState
  readonly source?: RecordingSource
  readonly rule?: string
  readonly isPinned?: boolean
  /** Words that must all have been said, in any order, whole or as the beginning of a word. */
  readonly text?: string
}

export interface RecordingPage {
  readonly limit: number
  /** `next` of the page before. */
  readonly cursor?: string
  /** By start; newest first by default. */
  readonly order?: 'newest' | 'oldest'
}

export interface RecordingCounters {
  readonly recordings: number
  readonly mediaFiles: number
  readonly mediaBytes: number
  readonly jobsWaiting: number
  /** Jobs that were given up. */
  readonly jobsFailed: number
}

export type JobKind = 'render' | 'transcribe'

/** Work that must be done sooner or later, whatever happens to the process meanwhile. */
export interface RecordingJob {
  readonly jobId: number
  readonly kind: JobKind
  readonly recordingId: string
  /** Of a transcribe job, its transcription; else ''. */
  readonly subject: string
  /** Attempts begun, this one included. */
  readonly attempts: number
}

export interface RecordingStore {
  /** Adds a recording, or takes the place of the one with its id. */
  put(recording: Recording): Promise<void>
  byId(recordingId: string): Promise<Recording | undefined>
  /** Recordings of any of these legs, oldest first. */
  ofLegs(legKeys: readonly string[]): Promise<readonly Recording[]>
  /** How many there are of any of these legs. */
  countOfLegs(legKeys: readonly string[]): Promise<number>
  /** @throws Failure `bad-input` for a cursor that is none */
  find(
    filter: RecordingFilter,
    page: RecordingPage,
  ): Promise<{ readonly rows: readonly Recording[]; readonly next: string | null }>
  /**
   * Changes a recording in one step: nobody else's change is lost.
   * @throws Failure `not-found`, and whatever `change` throws
   */
  change(recordingId: string, change: (recording: Recording) => Recording): Promise<Recording>
  /**
   * Forgets a recording and its jobs; the sound is the caller's to remove first.
   * @throws Failure `not-found`, or `conflict` where it is pinned
   */
  remove(recordingId: string): Promise<void>
  /** Those whose time has come, not pinned, oldest first. */
  dueForDeletion(nowUs: number, limit: number): Promise<readonly Recording[]>
  /** The recording that was made of a file, by its name. */
  ofOrigin(originName: string): Promise<Recording | undefined>
  /** Whether a recording was made of this file and removed since: it is not made again. */
  isRemovedOrigin(originName: string): Promise<boolean>

  /** Adds a job, or moves the waiting one of the same kind and subject to this time. */
  addJob(job: {
    readonly kind: JobKind
    readonly recordingId: string
    readonly subject?: string
    readonly dueUs: number
  }): Promise<void>
  /** Takes the job that is longest due; nobody else gets it. Undefined where none is. */
  takeJob(kind: JobKind, nowUs: number): Promise<RecordingJob | undefined>
  /** When the next waiting job of a kind is due; undefined where none waits. */
  nextJobUs(kind: JobKind): Promise<number | undefined>
  /** The work is done, or given up for good. */
  endJob(jobId: number, outcome: 'done' | 'given-up'): Promise<void>
  /** The attempt failed, or found nothing to work on yet: again at `dueUs`. */
  retryJob(jobId: number, dueUs: number, error: string): Promise<void>
  /** Gives back the jobs that a process took and did not live to end. */
  releaseJobs(): Promise<void>

  counters(): Promise<RecordingCounters>
  close(): Promise<void>
}

/** Sound files by key. A key is made of `a-z 0-9 - . /` and is written once. */
export interface SoundStore {
  /** Takes a finished file into the store by its path; the file is gone from there afterwards. */
  take(soundKey: string, path: string): Promise<void>
  /** Bytes of a file. @throws Failure `not-found` */
  size(soundKey: string): Promise<number>
  /** A file's bytes from `start` to before `end`. @throws Failure `not-found` */
  read(soundKey: string, start: number, end: number): Promise<Readable>
  /** Path under which a program on this machine can read it; it stays the store's. */
  localPath(soundKey: string): Promise<string>
  remove(soundKey: string): Promise<void>
  /** A folder of its own for work in progress, on the same disk. */
  workFolder(): Promise<string>
  /** Removes that folder with all that a crash or a stop left in it; nobody may be at work. */
  clearWork(): Promise<void>
}
