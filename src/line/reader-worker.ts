// The reading thread: a path comes in, and the file's blocks, legs and checkpoints go out to the
// thread that stores them. It waits when that one is behind, so memory stays bounded.
import { randomInt } from 'node:crypto'
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import type { FailureKind } from '../base/failure.ts'
import { limits } from '../base/limits.ts'
import type { MediaNotice } from '../calls/sdp-backlog.ts'
import {
  type CaptureFileResult,
  fileFailureOf,
  READ_BYTES,
  readCaptureFile,
} from '../source/capture-file.ts'
import { CaptureSecrets } from '../source/capture-secrets.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import { CaptureLine } from './capture-line.ts'
import { messageOutput, noticesFrom } from './line-messages.ts'
import { LineMemory } from './line-memory.ts'
import {
  type EarlierAnswer,
  type FileReport,
  PROGRESS_BYTES_READ,
  PROGRESS_BYTES_TOTAL,
  PROGRESS_MESSAGES,
  type ReaderMessage,
  type ReaderOrders,
  type ReadOrder,
} from './worker-messages.ts'

/** Blocks in the kernel's memory; more are on their way only where days alternate. */
const BLOCKS_MAX = 2 * limits.batchesInFlightMax

parentPort?.once('message', (orders: ReaderOrders) => {
  const reading = new Reading(orders)
  parentPort?.on('message', (order: ReadOrder) => {
    void reading.read(order)
  })
})

class Reading {
  readonly #orders: ReaderOrders
  readonly #inFlight: Int32Array
  readonly #progress: Float64Array
  readonly #numbers: BlockNumbers

  constructor(orders: ReaderOrders) {
    this.#orders = orders
    this.#inFlight = new Int32Array(orders.inFlight)
    this.#progress = new Float64Array(orders.progress)
    this.#numbers = new BlockNumbers(orders.blockNumbers)
  }

  async read(order: ReadOrder): Promise<void> {
    try {
      post({ kind: 'file-read', report: await this.#readFile(order) }, [])
    } catch (error) {
      post({ kind: 'file-failed', ...failureOf(error) }, [])
    }
  }

  async #readFile(order: ReadOrder): Promise<FileReport> {
    const { settings } = this.#orders
    const { earlier } = order
    const progress = this.#progress
    const { memory: back } = this.#orders
    // Blocks of an earlier file lie in the memory of its line, not of this one's.
    for (const _ of received(back));
    const memory = new LineMemory({ blocksMax: BLOCKS_MAX, readBytes: READ_BYTES })
    const forReading = memory.reserve(READ_BYTES)
    const secrets = new CaptureSecrets(order.path, settings.keyLogFile)
    let beganUs: number | undefined
    const line = new CaptureLine({
      settings,
      numbers: this.#numbers,
      allocate: () => {
        for (const block of received(back)) memory.giveBack(block)
        return memory.forBlock()
      },
      kernel: memory.kernel,
      seed: randomInt(2 ** 31),
      secrets,
      ...(earlier === undefined ? {} : { earlier: () => askEarlier(earlier, beganUs ?? 0) }),
      output: messageOutput((message, transfer) => this.#hand(message, transfer)),
    })
    const result = await readCaptureFile(order.path, {
      emit: (frame) => {
        beganUs ??= frame.tUs
        line.push(frame)
      },
      memory: forReading,
      ahead: line,
      emitSecrets: (keyLog) => secrets.add(keyLog),
      onProgress: (bytesRead, bytesTotal) => {
        progress[PROGRESS_BYTES_READ] = bytesRead
        progress[PROGRESS_BYTES_TOTAL] = bytesTotal ?? Number.NaN
        progress[PROGRESS_MESSAGES] = line.messages
      },
    })
    line.finish()
    progress[PROGRESS_MESSAGES] = line.messages
    return reportOf(result, line)
  }

  /** Posts what the store must deal with, after waiting until it is not too far behind. */
  #hand(message: ReaderMessage, transfer: ArrayBufferLike[]): void {
    const inFlight = this.#inFlight
    for (;;) {
      const waiting = Atomics.load(inFlight, 0)
      if (waiting < limits.batchesInFlightMax) break
      Atomics.wait(inFlight, 0, waiting)
    }
    Atomics.add(inFlight, 0, 1)
    post(message, transfer)
  }
}

/** Waits for the thread that stores: what comes next depends on the answer. */
function askEarlier({ port, isAnswered }: EarlierAnswer, tUs: number): MediaNotice[] {
  post({ kind: 'ask-earlier', tUs }, [])
  Atomics.wait(new Int32Array(isAnswered), 0, 0)
  return noticesFrom(receiveMessageOnPort(port)?.message)
}

/** Memory of blocks that has come back, without waiting for more. */
function* received(port: MessagePort): Generator<Uint8Array> {
  for (;;) {
    const memory: unknown = receiveMessageOnPort(port)?.message
    if (!(memory instanceof Uint8Array)) return
    yield memory
  }
}

function reportOf(result: CaptureFileResult, line: CaptureLine): FileReport {
  const { messages, problems } = line.counts()
  const all = new Map(problems)
  for (const { code, count } of result.problems) all.set(code, (all.get(code) ?? 0) + count)
  return {
    isCapture: result.format !== undefined,
    isComplete: result.isComplete,
    reason: result.problems.map(({ code, detail }) => `${code}: ${detail}`)[0] ?? '',
    frames: result.frames,
    fileBytes: result.fileBytes,
    messages,
    problems: Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function post(message: ReaderMessage, transfer: ArrayBufferLike[]): void {
  parentPort?.postMessage(
    message,
    transfer.filter((memory) => memory instanceof ArrayBuffer),
  )
}

/** What is wrong with the file, where the system says; anything else is our own failure. */
function failureOf(error: unknown): { failureKind: FailureKind; reason: string } {
  const failure = fileFailureOf(error)
  if (failure !== undefined) return { failureKind: failure.kind, reason: failure.message }
  return { failureKind: 'internal', reason: error instanceof Error ? error.message : String(error) }
}
