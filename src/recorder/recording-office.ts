// Everything that records in one data folder, put together: the store of recordings, the recorder,
// the jobs that make sound, and the clockwork that drives them. Opened by whoever holds the
// folder's writer lock, closed by the same.
import type { Clock } from '../base/clock.ts'
import type { Scope } from '../accounts/scope.ts'
import type { Trunks } from '../accounts/trunk.ts'
import type { Call } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import type { Recording } from '../store/recordings/recording.ts'
import { SoundFiles } from '../store/recordings/sound-files.ts'
import { SqliteRecordings } from '../store/recordings/sqlite-recordings.ts'
import { WatchedFolder } from './folder/watched-folder.ts'
import { Recorder } from './recorder.ts'
import { plainRule, type RecordingRule } from './recording-rules.ts'
import { RuleMatcher } from './rule-matcher.ts'
import { RenderJobs } from './render-jobs.ts'
import { RenderThread } from './render-thread.ts'
import { TranscribeJobs } from './transcribe-jobs.ts'
import { Transcriber } from './transcriber.ts'

export interface OfficeParts {
  readonly dataFolder: string
  readonly finder: Finder
  readonly clock: Clock
  readonly rules: readonly RecordingRule[]
  readonly trunks: Trunks
  readonly scopeOf: (account: string) => Scope | undefined
  readonly siprecPorts?: readonly number[]
  readonly settleUs?: number
  readonly silenceUs?: number
  /** NSS key log with the secrets of DTLS, for media whose keys were agreed on by it. */
  readonly keyLogFile?: string
  /** Where a PBX leaves recordings of its own. */
  readonly recordingsFolder?: string
  /** Command that makes transcripts. */
  readonly transcriber?: string
  readonly transcriptionsAtOnce?: number
  readonly onFault?: (error: unknown) => void
}

/** How often jobs are looked for, and what is old is deleted. */
const JOBS_MS = 250
const SWEEP_MS = 60_000
const SCAN_MS = 2_000

export class RecordingOffice {
  readonly recordings: SqliteRecordings
  readonly sounds: SoundFiles
  readonly recorder: Recorder
  readonly #renders: RenderJobs
  readonly #transcripts: TranscribeJobs | undefined
  readonly #folder: WatchedFolder | undefined
  readonly #onFault: (error: unknown) => void
  readonly #timers: NodeJS.Timeout[] = []
  #turn: Promise<void> = Promise.resolve()
  #isBusy = false
  #isClosed = false

  constructor(parts: OfficeParts) {
    const { dataFolder, finder, clock, rules } = parts
    this.#onFault = parts.onFault ?? (() => {})
    this.recordings = new SqliteRecordings(dataFolder, 'write')
    this.sounds = new SoundFiles(dataFolder)
    const { recordings, sounds } = this
    const transcriber =
      parts.transcriber === undefined ? undefined : new Transcriber(parts.transcriber)
    this.recorder = new Recorder({
      ...parts,
      recordings,
      sounds,
      ...(transcriber === undefined ? {} : { transcriberName: transcriber.name }),
    })
    const { keyLogFile } = parts
    const thread = new RenderThread({
      dataFolder,
      ...(keyLogFile === undefined ? {} : { keyLogFile }),
    })
    const shared = { finder, recordings, sounds, clock, rules }
    const onCompleted = async ({ recordingId }: Recording, { isTranscribed }: RecordingRule) => {
      if (isTranscribed && transcriber !== undefined) await this.recorder.transcribe(recordingId)
    }
    const isLive = parts.settleUs !== 0
    this.#renders = new RenderJobs({ ...shared, thread, isLive, onCompleted })
    const { recordingsFolder: folder } = parts
    if (folder !== undefined) {
      const matcher = new RuleMatcher(parts)
      const ruleOf = async (call: Call | undefined) =>
        call === undefined ? plainRule : matcher.onDemand(call)
      this.#folder = new WatchedFolder({ ...shared, folder, ruleOf, onCompleted })
    }
    if (transcriber === undefined) return
    const atOnceMax = parts.transcriptionsAtOnce ?? 1
    const onFault = this.#onFault
    this.#transcripts = new TranscribeJobs({ ...shared, transcriber, atOnceMax, onFault })
  }

  /** Takes up what was left, and goes on by itself from here. */
  async start(): Promise<void> {
    await this.sounds.clearWork()
    await this.recorder.start()
    this.#timers.push(
      setInterval(() => this.#step(() => this.#doJobs()), JOBS_MS),
      setInterval(() => this.#step(() => this.recorder.sweep()), SWEEP_MS),
    )
    const folder = this.#folder
    if (folder !== undefined) {
      this.#timers.push(setInterval(() => this.#step(() => folder.scan()), SCAN_MS))
    }
    for (const timer of this.#timers) timer.unref()
  }

  /** Does everything that is due, and returns when nothing more is: for imports and tests. */
  async finishDue(): Promise<void> {
    await this.recorder.idle()
    await this.#turn
    await this.#folder?.scan()
    await this.#doJobs()
    await this.#transcripts?.idle()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.recorder.idle()
    await this.#renders.stop()
    await this.#turn
    await this.#transcripts?.stop()
    await this.sounds.clearWork()
    await this.recordings.close()
  }

  stats(): Readonly<Record<string, number>> {
    return {
      ...this.recorder.stats(),
      ...this.#renders.stats(),
      ...this.#transcripts?.stats(),
      ...this.#folder?.stats(),
    }
  }

  /** One step after the other; one that is still busy is not begun again. */
  #step(work: () => Promise<unknown>): void {
    if (this.#isBusy || this.#isClosed) return
    this.#isBusy = true
    this.#turn = work()
      .then(() => {})
      .catch((error: unknown) => this.#onFault(error))
      .finally(() => {
        this.#isBusy = false
      })
  }

  async #doJobs(): Promise<void> {
    for (let isMore = true; isMore && !this.#isClosed; ) isMore = await this.#renders.runOne()
    if (!this.#isClosed) await this.#transcripts?.begin()
  }
}
