// Recordings that somebody wants to read in, their transcripts out: a few jobs at a time, each
// tried again some times, all of them kept over a crash.
import type { Clock } from '../base/clock.ts'
import type { RecordingJob, RecordingStore, SoundStore } from '../store/recordings/contract.ts'
import type { Recording, Transcription } from '../store/recordings/recording.ts'
import { recorderLimits } from './limits.ts'
import type { Transcriber } from './transcriber.ts'

export interface TranscribeParts {
  readonly recordings: RecordingStore
  readonly sounds: SoundStore
  readonly clock: Clock
  readonly transcriber: Transcriber
  readonly atOnceMax: number
  readonly onFault: (error: unknown) => void
}

export class TranscribeJobs {
  readonly #parts: TranscribeParts
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #completed = 0
  #failed = 0

  constructor(parts: TranscribeParts) {
    this.#parts = parts
  }

  /** Begins as many of the jobs that are due as may run at once. */
  async begin(): Promise<void> {
    const { recordings, clock, atOnceMax, onFault } = this.#parts
    while (this.#running.size < atOnceMax) {
      const job = await recordings.takeJob('transcribe', clock.nowUs())
      if (job === undefined) return
      const work: Promise<void> = this.#run(job)
        .catch(onFault)
        .finally(() => this.#running.delete(work))
      this.#running.add(work)
    }
  }

  /** Ends the transcribers that run; their jobs are begun again after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.idle()
  }

  /** Resolves when no transcriber runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#running)
  }

  stats(): Readonly<Record<string, number>> {
    return {
      transcribersRunning: this.#running.size,
      transcriptionsCompleted: this.#completed,
      transcriptionsFailed: this.#failed,
    }
  }

  async #run(job: RecordingJob): Promise<void> {
    const { recordings, sounds, clock, transcriber } = this.#parts
    const { recordingId, subject, attempts } = job
    try {
      const recording = await this.#mark(job, { state: 'running', attempts })
      const [media] = recording.media
      if (media !== undefined) {
        const path = await sounds.localPath(media.soundKey)
        const workFolder = await sounds.workFolder()
        const { channels, durationMs } = media
        const segments = await transcriber.run(path, {
          channels,
          durationMs,
          workFolder,
          signal: this.#stopping.signal,
        })
        const text = segments.map((segment) => segment.text).join('\n')
        const completedAtUs = clock.nowUs()
        await this.#mark(job, { state: 'completed', completedAtUs, segments, text, error: null })
        this.#completed++
      }
      await recordings.endJob(job.jobId, 'done')
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      const isLast = attempts >= recorderLimits.transcriptionAttemptsMax
      if ((await recordings.byId(recordingId)) !== undefined) {
        await this.#mark(job, { state: isLast ? 'failed' : 'pending', attempts, error: reason })
      }
      if (isLast) {
        this.#failed++
        await recordings.endJob(job.jobId, 'given-up')
      } else {
        const waitUs = recorderLimits.retryUsMin * 2 ** (attempts - 1)
        await recordings.retryJob(job.jobId, clock.nowUs() + waitUs, `${subject}: ${reason}`)
      }
    }
  }

  /** Changes the job's transcription. */
  #mark({ recordingId, subject }: RecordingJob, to: Partial<Transcription>): Promise<Recording> {
    return this.#parts.recordings.change(recordingId, (recording) => ({
      ...recording,
      updatedAtUs: this.#parts.clock.nowUs(),
      transcriptions: recording.transcriptions.map((one) =>
        one.transcriptionId === subject ? { ...one, ...to } : one,
      ),
    }))
  }
}
