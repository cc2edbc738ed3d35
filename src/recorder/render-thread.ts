// The recorder's side of the thread that makes sound: orders as promises, one after the other. The
// thread is started with the first order and ends with the recorder.
import { Worker } from 'node:worker_threads'
import { Failure, type FailureKind } from '../base/failure.ts'
import type { PressedKey } from './pressed-keys.ts'
import type {
  KeysOrder,
  RenderedSound,
  RenderOrder,
  RenderPlace,
  ThreadAnswer,
  ThreadOrder,
} from './render-order.ts'

const CLOSED = 'the sound is no longer made'

interface Waiting {
  resolve(answer: ThreadAnswer): void
  reject(error: Failure): void
}

export class RenderThread {
  readonly #place: RenderPlace
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #isClosed = false
  #lastId = 0

  constructor(place: RenderPlace) {
    this.#place = place
  }

  /** Makes a sound file. @throws Failure as `writeSoundFile` does */
  async render(order: Omit<RenderOrder, 'id'>): Promise<RenderedSound> {
    const answer = await this.#ask({ ...order, id: ++this.#lastId })
    if (answer.kind !== 'rendered') throw new Failure('internal', 'the thread gave another answer')
    return answer.sound
  }

  /** Keys that were pressed in these legs, in order of time. */
  async keysOf(legKeys: readonly string[]): Promise<readonly PressedKey[]> {
    const order: KeysOrder = { keysOf: legKeys, id: ++this.#lastId }
    const answer = await this.#ask(order)
    if (answer.kind !== 'keys') throw new Failure('internal', 'the thread gave another answer')
    return answer.keys
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
    this.#fail(CLOSED)
  }

  async #ask(order: ThreadOrder): Promise<ThreadAnswer> {
    if (this.#isClosed) throw new Failure('internal', CLOSED)
    this.#worker ??= this.#start()
    const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>()
    this.#waiting.set(order.id, { resolve, reject })
    // It keeps the process alive while somebody waits for it, and no longer.
    this.#worker.ref()
    this.#worker.postMessage(order)
    const answer = await promise.finally(() => {
      if (this.#waiting.size === 0) this.#worker?.unref()
    })
    if (answer.kind !== 'failed') return answer
    throw new Failure(answer.failureKind as FailureKind, answer.reason)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./render-worker.ts', import.meta.url), {
      workerData: this.#place,
    })
    worker.on('message', (answer: ThreadAnswer) => {
      this.#waiting.get(answer.id)?.resolve(answer)
      this.#waiting.delete(answer.id)
    })
    const end = (cause: unknown) => {
      if (this.#worker === worker) this.#worker = undefined
      this.#fail(`the thread that makes sound ended: ${String(cause)}`)
    }
    worker.on('error', end)
    worker.on('exit', end)
    worker.unref()
    return worker
  }

  #fail(reason: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Failure('internal', reason))
    this.#waiting.clear()
  }
}
