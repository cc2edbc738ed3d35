// The server's side of its storing thread: imports as promises, in the order in which they came.
import { Worker } from 'node:worker_threads'
import { Failure, type FailureKind } from '../base/failure.ts'
import type { ImportResult } from './import-result.ts'
import type { LiveState } from './arrival.ts'
import type { LineSettings } from './line-settings.ts'
import type { StoredListener } from '../store/contract.ts'
import { StoredCalls } from '../store/stored-calls.ts'
import { type SourceOrders, portsOf } from './live-sources.ts'
import type { ReplayResult } from './replay.ts'
import type { WriterAnswer, WriterRequest } from './writer-messages.ts'

interface Waiting {
  resolve(result: ImportResult): void
  reject(error: Failure): void
}

/** Days that were dropped, and why one could not be. */
export type DroppedDays = Omit<Extract<WriterAnswer, { kind: 'dropped' }>, 'kind'>

export class WriterThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #ready = Promise.withResolvers<ReplayResult>()
  readonly #gone = Promise.withResolvers<void>()
  readonly #counters = {
    imports: 0,
    importsFailed: 0,
    framesRead: 0,
    messagesRead: 0,
    problems: 0,
    daysDropped: 0,
  }
  readonly #storedListeners: StoredListener[] = []
  readonly #droppedListeners: ((dropped: DroppedDays) => void)[] = []
  readonly #liveStarted = Promise.withResolvers<LiveState>()
  #liveState: LiveState | undefined
  #onLoss: (reason: string | undefined) => void = () => {}
  #lastId = 0
  readonly #onDeath: (error: Failure) => void
  #isClosing = false

  /** The caller holds the folder's writer lock. `onDeath` hears of a thread that failed. */
  constructor(dataFolder: string, settings: LineSettings, onDeath: (error: Failure) => void) {
    this.#onDeath = onDeath
    // Whoever waits for it hears of it; nobody may.
    this.#liveStarted.promise.catch(() => {})
    this.#worker = new Worker(new URL('./writer-worker.ts', import.meta.url), {
      workerData: { dataFolder, settings },
    })
    this.#worker.on('message', (answer: WriterAnswer) => this.#take(answer))
    const fail = (cause: unknown) => {
      this.#gone.resolve()
      this.#fail(new Failure('internal', 'the storing thread failed', { cause }))
    }
    this.#worker.on('error', fail)
    this.#worker.on('exit', () => (this.#isClosing ? this.#gone.resolve() : fail('it ended')))
  }

  /** Resolves when the index is up to date with the blocks. */
  ready(): Promise<ReplayResult> {
    return this.#ready.promise
  }

  /** Calls the listener for what is stored from now on, recovery included; it must not throw. */
  onStored(listener: StoredListener): void {
    this.#storedListeners.push(listener)
  }

  /** Tells of days that are kept no longer; the listener must not throw. */
  onDropped(listener: (dropped: DroppedDays) => void): void {
    this.#droppedListeners.push(listener)
  }

  /**
   * Tells why live traffic is lost, when that begins, and undefined when it is stored again; the
   * listener must not throw.
   */
  onLoss(listener: (reason: string | undefined) => void): void {
    this.#onLoss = listener
  }

  /**
   * Imports a file after those before it.
   * @throws Failure `bad-input` for a file that is no capture, and what the store throws
   */
  async importFile(path: string, name: string): Promise<ImportResult> {
    if (this.#isClosing) throw new Failure('unavailable', 'the store is being closed')
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<ImportResult>()
    this.#waiting.set(id, { resolve, reject })
    this.#send({ kind: 'import', id, file: { path, name } })
    const result = await promise
    const [failed] = result.failed
    if (failed?.isNoCapture) throw new Failure('bad-input', `${failed.name}: ${failed.reason}`)
    return result
  }

  /**
   * Starts to take in live traffic. Resolves when every source was started, with how things stand:
   * a place that could not be opened is told there.
   */
  async startLive(sources: readonly SourceOrders[]): Promise<LiveState> {
    this.#worker.postMessage(
      { kind: 'start-live', sources } satisfies WriterRequest,
      portsOf(sources),
    )
    return this.#liveStarted.promise
  }

  /** What arrives and from whom, about a second old; undefined where nothing is taken in. */
  get liveState(): LiveState | undefined {
    return this.#liveState
  }

  counters(): Readonly<Record<string, number>> {
    const live = this.#liveState
    return {
      ...this.#counters,
      importsWaiting: this.#waiting.size,
      liveFrames: live?.frames ?? 0,
      liveMessages: live?.messages ?? 0,
      liveFramesLost: live?.framesLost ?? 0,
      liveBatchesWaiting: live?.batchesWaiting ?? 0,
    }
  }

  /** Ends what is under way and closes the store. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#send({ kind: 'close' })
    await this.#gone.promise
  }

  /** Nothing can be stored any more. */
  #fail(failure: Failure): void {
    this.#ready.reject(failure)
    this.#liveStarted.reject(failure)
    for (const waiting of this.#waiting.values()) waiting.reject(failure)
    this.#waiting.clear()
    if (!this.#isClosing) this.#onDeath(failure)
  }

  #send(request: WriterRequest): void {
    this.#worker.postMessage(request)
  }

  #take(answer: WriterAnswer): void {
    switch (answer.kind) {
      case 'ready':
        this.#ready.resolve(answer.recovery)
        break
      case 'failed':
        this.#ready.reject(new Failure(answer.failureKind as FailureKind, answer.reason))
        break
      case 'stored': {
        const calls = new StoredCalls(answer.hashes)
        for (const listener of this.#storedListeners) listener(calls)
        break
      }
      case 'dropped':
        this.#counters.daysDropped += answer.days.length
        for (const listener of this.#droppedListeners) listener(answer)
        break
      case 'live-started':
        this.#liveState = answer.state
        this.#liveStarted.resolve(answer.state)
        break
      case 'live-state':
        this.#liveState = answer.state
        break
      case 'live-lost':
        this.#onLoss(answer.reason)
        break
      case 'live-died':
        this.#fail(new Failure('internal', answer.reason))
        break
      case 'imported':
        if (isRefused(answer.result)) this.#counters.importsFailed++
        else this.#counters.imports++
        this.#counters.framesRead += answer.result.frames
        this.#counters.messagesRead += answer.result.messages
        this.#counters.problems += answer.result.problems
        this.#settle(answer.id)?.resolve(answer.result)
        break
      case 'import-failed': {
        this.#counters.importsFailed++
        const failure = new Failure(answer.failureKind as FailureKind, answer.reason)
        this.#settle(answer.id)?.reject(failure)
        break
      }
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}

/** Whether the one file of an import was no capture at all. */
function isRefused({ failed }: ImportResult): boolean {
  return failed.some(({ isNoCapture }) => isNoCapture)
}
