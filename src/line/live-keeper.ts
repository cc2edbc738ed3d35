// The storing side of the live line: starts the capture thread, puts what it hands on, and answers
// each piece, so that it knows how far we are behind. When the store fails, what comes is lost and
// counted until the store was opened again.
import { Worker } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import type { BlockNumbers } from '../store/block-numbers.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { StoreWriter } from '../store/store-writer.ts'
import type { LiveState } from './arrival.ts'
import { earlierMedia } from './earlier-media.ts'
import { keepLineMessage, type LineMessage, memoryOf, transferOf } from './line-messages.ts'
import type { LineSettings } from './line-settings.ts'
import type { LiveMessage, LiveOrder, LiveOrders } from './live-messages.ts'
import { portsOf, type SourceOrders } from './live-sources.ts'

export interface LiveKeeperParts {
  readonly store: OpenStore
  readonly settings: LineSettings
  readonly numbers: BlockNumbers
  readonly sources: readonly SourceOrders[]
  /** Hears about once a second how things stand. */
  readonly onState: (state: LiveState) => void
  /** The store failed: it must be opened again and given to `reopened`. */
  readonly onStoreFailure: (failure: Failure) => void
  /** Hears why what comes is lost, when that begins, and undefined when it is stored again. */
  readonly onLoss: (reason: string | undefined) => void
  /** The capture thread ended though nobody stopped it. */
  readonly onDeath: (failure: Failure) => void
}

export class LiveKeeper {
  readonly #parts: LiveKeeperParts
  readonly #worker: Worker
  readonly #started = Promise.withResolvers<LiveState>()
  readonly #stopped = Promise.withResolvers<void>()
  #store: OpenStore
  #writer: StoreWriter
  #isBroken = false
  /** Messages of lines before this one point to blocks that were lost. */
  #firstLine = 1
  #lastLine = 1
  #framesLost = 0
  /** It was told that what comes is lost. */
  #isLossTold = false
  /** A block was stored since the store was opened. */
  #hasStored = false
  #isStopping = false

  constructor(parts: LiveKeeperParts) {
    this.#parts = parts
    this.#store = parts.store
    this.#writer = this.#openWriter(parts.store)
    const orders: LiveOrders = {
      settings: parts.settings,
      blockNumbers: parts.numbers.memory,
      sources: parts.sources,
    }
    this.#worker = new Worker(new URL('./live-worker.ts', import.meta.url), {
      workerData: orders,
      transferList: portsOf(parts.sources),
    })
    this.#worker.on('message', (message: LiveMessage) => this.#take(message))
    const onEnd = (cause: unknown): void => {
      const reason = cause instanceof Error ? `: ${cause.message}` : ''
      const failure = new Failure('internal', `the capture thread ended${reason}`, { cause })
      this.#started.reject(failure)
      this.#stopped.resolve()
      if (!this.#isStopping) parts.onDeath(failure)
    }
    this.#worker.on('error', onEnd)
    this.#worker.on('exit', onEnd)
  }

  /** Resolves when every source was started, whether its place could be opened or not. */
  started(): Promise<LiveState> {
    return this.#started.promise
  }

  /** The store was opened again; from now on things are stored there. */
  reopened(store: OpenStore): void {
    this.#store = store
    this.#writer = this.#openWriter(store)
    this.#isBroken = false
    this.#hasStored = false
    this.#firstLine = this.#lastLine + 1
    this.#send({ kind: 'begin-anew' })
  }

  /** Stops the sources and stores what they had brought. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#send({ kind: 'stop' })
    await this.#stopped.promise
    this.#writer.leave()
    await this.#writer.idle().catch(() => {})
    await this.#worker.terminate()
  }

  #openWriter(store: OpenStore): StoreWriter {
    const writer = new StoreWriter({ ...store, isCounting: false })
    store.turns.tell(writer, this.#parts.numbers.next)
    return writer
  }

  #take(message: LiveMessage): void {
    switch (message.kind) {
      case 'line':
        this.#lastLine = Math.max(this.#lastLine, message.line)
        void this.#keep(message.line, message.message)
        break
      case 'begun':
        void this.#tellEarlier(message.line, message.tUs)
        break
      case 'idle':
        if (!this.#isBroken) this.#store.turns.tell(this.#writer, message.indexedBefore)
        break
      case 'started':
        this.#started.resolve(message.state)
        this.#tell(message.state)
        break
      case 'state':
        this.#tell(message.state)
        break
      case 'stopped':
        this.#tell(message.state)
        this.#stopped.resolve()
        break
    }
  }

  async #keep(line: number, message: LineMessage): Promise<void> {
    const isCheckpoint = message.kind === 'checkpoint'
    const isTaken = !this.#isBroken && line >= this.#firstLine
    const writer = this.#writer
    const isLost = !(isTaken && (await keepLineMessage(message, writer)))
    if (message.kind === 'block') {
      if (isLost) this.#framesLost += message.block.frames
      else this.#hasStored = true
    }
    if (isTaken && writer === this.#writer) this.#tellLoss(writer, isCheckpoint)
    const memory = isTaken ? memoryOf(message) : undefined
    const order: LiveOrder = { kind: 'stored', isCheckpoint, isLost, line, memory }
    this.#worker.postMessage(order, memory === undefined ? [] : transferOf(memory))
  }

  /** Of a disk that is full the store can be opened again, and fails with the next block. */
  #tellLoss(writer: StoreWriter, isCheckpoint: boolean): void {
    const { failure } = writer
    if (failure === undefined) {
      if (!isCheckpoint || !this.#isLossTold || !this.#hasStored) return
      this.#isLossTold = false
      this.#parts.onLoss(undefined)
    } else if (!this.#isBroken) {
      this.#isBroken = true
      writer.leave()
      if (!this.#isLossTold) this.#parts.onLoss(failure.message)
      this.#isLossTold = true
      this.#parts.onStoreFailure(failure)
    }
  }

  /** What the line before handed on is in the index by then. */
  async #tellEarlier(line: number, tUs: number): Promise<void> {
    try {
      await this.#writer.idle()
      const notices = await earlierMedia(this.#store, tUs)
      if (notices.length > 0) this.#send({ kind: 'earlier', line, notices })
    } catch {
      // A store that failed is opened again, and then the next line begins.
    }
  }

  #tell(state: LiveState): void {
    this.#parts.onState({ ...state, framesLost: state.framesLost + this.#framesLost })
  }

  #send(order: LiveOrder): void {
    this.#worker.postMessage(order)
  }
}
