// Capture files in, a store with their calls out. Reads in a thread of its own and stores in this
// one. The same file again adds nothing; a file after a crash adds what was missing.
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { Failure, type FailureKind, isFailure } from '../base/failure.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { StoreWriter } from '../store/store-writer.ts'
import type { ImportProgress } from './import-result.ts'
import { keepLineMessage, type LineMessage, memoryOf, transferOf } from './line-messages.ts'
import type { LineSettings } from './line-settings.ts'
import { startReadingThread } from './reading-thread.ts'
import { recoverStore } from './replay.ts'
import {
  type EarlierAnswer,
  type FileReport,
  PROGRESS_BYTES_READ,
  PROGRESS_BYTES_TOTAL,
  PROGRESS_FIELDS,
  PROGRESS_MESSAGES,
  type ReaderMessage,
  type ReaderOrders,
  type ReadOrder,
} from './worker-messages.ts'

/** What one file brought. */
export interface ImportedFile extends FileReport {
  readonly legs: number
  readonly calls: number
  readonly streams: number
  readonly legsAdded: number
  readonly messagesAdded: number
}

const FAILURES_OF_FILES: readonly FailureKind[] = ['not-found', 'forbidden', 'bad-input']

export class FileImporter {
  readonly #store: OpenStore
  readonly #settings: LineSettings
  readonly #numbers: BlockNumbers
  readonly #inFlight = new Int32Array(new SharedArrayBuffer(4))
  readonly #progress = new Float64Array(new SharedArrayBuffer(8 * PROGRESS_FIELDS))
  /** What was posted and is being put: each ends when its memory went back. */
  readonly #keeping = new Set<Promise<void>>()
  /** Something was stored that the index has not followed up. */
  #isBehind = false
  #storeFailure: Failure | undefined
  /** A thread that was started already, until it is used. */
  #thread: Worker | undefined
  #worker: Worker | undefined
  #memory: MessagePort | undefined
  #name = ''

  /**
   * The store must be open for writing, and this process must hold its lock. `numbers` where
   * others build blocks for it at the same time; `thread` where one was started already.
   */
  constructor(
    store: OpenStore,
    settings: LineSettings,
    parts: { numbers?: BlockNumbers; thread?: Worker } = {},
  ) {
    this.#numbers = parts.numbers ?? new BlockNumbers()
    this.#thread = parts.thread
    this.#store = store
    this.#settings = settings
  }

  /**
   * Imports one file; one at a time. What could be read of a damaged file is stored. Once the store
   * failed it must be opened again, with an importer of its own.
   * @throws Failure: one of `FAILURES_OF_FILES` for the file, another one for the store
   */
  async import(path: string, name: string): Promise<ImportedFile> {
    this.#name = name
    this.#progress.fill(0)
    if (this.#storeFailure !== undefined) throw this.#storeFailure
    await this.#catchUp().catch((error: unknown) => {
      throw ofStore(error)
    })
    const hasEarlier = (await this.#store.index.days()).length > 0
    const firstBlock = this.#numbers.next
    const writer = new StoreWriter(this.#store)
    try {
      const report = await this.#read(path, writer, hasEarlier)
      await writer.idle()
      const { legs, streams, legsAdded, messagesAdded } = writer.stats()
      const calls = await writer.countCalls()
      if (hasEarlier) await this.#bindStreams(writer, firstBlock)
      return { ...report, legs, calls, streams, legsAdded, messagesAdded }
    } catch (error) {
      // Blocks may be stored that no checkpoint told of: their numbers must not be given again.
      this.#isBehind = true
      await writer.idle().catch((failure: unknown) => {
        this.#storeFailure = ofStore(failure)
      })
      throw this.#storeFailure ?? error
    } finally {
      // The memory of this file's blocks must not come back among those of the next one's.
      await Promise.allSettled(this.#keeping)
      writer.leave()
    }
  }

  /** How far the import under way is. */
  progress(): ImportProgress {
    const total = this.#progress[PROGRESS_BYTES_TOTAL] ?? Number.NaN
    return {
      name: this.#name,
      bytesRead: this.#progress[PROGRESS_BYTES_READ] ?? 0,
      bytesTotal: Number.isNaN(total) ? undefined : total,
      messages: this.#progress[PROGRESS_MESSAGES] ?? 0,
    }
  }

  async close(): Promise<void> {
    this.#memory?.close()
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  /** Follows up what the import before left behind, and learns which numbers are given. */
  async #catchUp(): Promise<void> {
    if (this.#isBehind) await recoverStore(this.#store, this.#settings)
    this.#isBehind = false
    this.#numbers.raiseTo((await this.#store.index.progress()).nextBlock)
  }

  #startWorker(): Worker {
    const { port1, port2 } = new MessageChannel()
    this.#memory = port1
    // What a thread before this one had posted is not waited for any more.
    Atomics.store(this.#inFlight, 0, 0)
    const orders: ReaderOrders = {
      memory: port2,
      settings: this.#settings,
      blockNumbers: this.#numbers.memory,
      inFlight: this.#inFlight.buffer,
      progress: this.#progress.buffer,
    }
    const thread = this.#thread ?? startReadingThread()
    this.#thread = undefined
    thread.postMessage(orders, [port2])
    return thread
  }

  async #read(path: string, writer: StoreWriter, hasEarlier: boolean): Promise<FileReport> {
    this.#worker ??= this.#startWorker()
    const worker = this.#worker
    const { port1, port2 } = new MessageChannel()
    const isAnswered = new SharedArrayBuffer(4)
    const earlier: EarlierAnswer = { port: port1, isAnswered }
    const { promise, resolve, reject } = Promise.withResolvers<FileReport>()
    const onMessage = (message: ReaderMessage) => {
      if (message.kind === 'file-read') resolve(message.report)
      else if (message.kind === 'file-failed') {
        reject(new Failure(message.failureKind as FailureKind, message.reason))
      } else if (message.kind === 'ask-earlier') void this.#tellEarlier(earlier, message.tUs)
      else {
        const keeping = this.#keep(message, writer).finally(() => this.#keeping.delete(keeping))
        this.#keeping.add(keeping)
      }
    }
    const onEnd = (cause: unknown) => {
      this.#worker = undefined
      const why = cause instanceof Error ? `: ${cause.message}` : ''
      reject(new Failure('internal', `the reading thread ended${why}`, { cause }))
    }
    worker.on('message', onMessage)
    worker.on('error', onEnd)
    worker.on('exit', onEnd)
    const answer = hasEarlier ? { port: port2, isAnswered } : undefined
    worker.postMessage({ path, earlier: answer } satisfies ReadOrder, hasEarlier ? [port2] : [])
    try {
      return await promise
    } finally {
      port1.close()
      worker.off('message', onMessage)
      worker.off('error', onEnd)
      worker.off('exit', onEnd)
    }
  }

  /** What this file and those before it say of each other's streams. */
  async #bindStreams(writer: StoreWriter, firstBlock: number): Promise<void> {
    const { StreamBinding } = await import('./stream-binding.ts')
    const binding = new StreamBinding(this.#store, this.#settings, { writer, firstBlock })
    if (!(await binding.run())) return
    const nextBlock = this.#numbers.next
    await writer.commit({ nextBlock, indexedBefore: nextBlock })
    await writer.idle()
  }

  /** A store that cannot be read is heard of by whoever writes it: the reader must not wait. */
  async #tellEarlier(answer: EarlierAnswer, tUs: number): Promise<void> {
    const { earlierMedia } = await import('./earlier-media.ts')
    const notices = await earlierMedia(this.#store, tUs).catch(() => [])
    answer.port.postMessage(notices)
    const isAnswered = new Int32Array(answer.isAnswered)
    Atomics.store(isAnswered, 0, 1)
    Atomics.notify(isAnswered, 0)
  }

  async #keep(message: LineMessage, writer: StoreWriter): Promise<void> {
    await keepLineMessage(message, writer)
    const memory = memoryOf(message)
    if (memory !== undefined) this.#memory?.postMessage(memory, transferOf(memory))
    Atomics.sub(this.#inFlight, 0, 1)
    Atomics.notify(this.#inFlight, 0)
  }
}

/** What the store says is not to be taken for what is wrong with the file: others can be read. */
function ofStore(error: unknown): Failure {
  if (!isFailure(error)) return new Failure('internal', 'the store failed', { cause: error })
  if (!isOfFile(error)) return error
  return new Failure('unavailable', `the store failed: ${error.message}`, { cause: error })
}

/** Whether a failure of `import` is one of the file. */
export function isOfFile(failure: Failure): boolean {
  return FAILURES_OF_FILES.includes(failure.kind)
}
