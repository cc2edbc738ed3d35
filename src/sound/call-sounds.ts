// What a server makes of calls' sound when it is asked: a call and a wish in, the path of a file
// out. Files are made in a thread of their own, once for all who ask at the same time, and kept as
// long as there is room and their calls are. A call that has grown since is another file; one of
// which blocks are lost or damaged has a file for a moment, for they may be healed.
import { createHash } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import type { Day } from '../base/day.ts'
import { Failure, type FailureKind } from '../base/failure.ts'
import { parseKey } from '../calls/keys.ts'
import type { Call } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import { KeptFiles } from './kept-files.ts'
import { soundServerLimits as limits } from './limits.ts'
import type { SoundAnswer, SoundOrder, SoundPlace, SoundWish } from './sound-order.ts'

/** Changes when the same call would be made into other bytes than before. */
const MAKING = 2

interface Waiting {
  /** Whether all packets could be read. */
  resolve(isWhole: boolean): void
  reject(error: Failure): void
}

export class CallSounds {
  readonly #place: SoundPlace
  readonly #files: KeptFiles
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  /** By file name: what is being made. */
  readonly #making = new Map<string, Promise<string>>()
  readonly #counters = { soundsMade: 0, soundsFailed: 0, soundsRefused: 0 }
  #opened: Promise<void> | undefined
  #worker: Worker | undefined
  #lastId = 0

  constructor(place: SoundPlace, clock: Clock, keptBytesMax: number = limits.keptBytesMax) {
    this.#place = place
    this.#clock = clock
    this.#files = new KeptFiles(join(place.dataFolder, 'sound-made'), keptBytesMax, clock)
  }

  /**
   * The file of a wish; `finder` is that of the asker, so that nothing is heard that must not be.
   * @throws Failure `busy` when too many wait, and what `makeSound` throws
   */
  async file(finder: Finder, call: Call, wish: SoundWish): Promise<string> {
    this.#opened ??= this.#files.open()
    await this.#opened
    const name = await nameOf(finder, call, wish)
    const making = this.#making.get(name)
    if (making !== undefined) return making
    const found = this.#findOrMake(call, wish, name)
    this.#making.set(name, found)
    try {
      return await found
    } finally {
      this.#making.delete(name)
    }
  }

  /** The same where it was made before, and whole; undefined where it would have to be made. */
  async madeFile(finder: Finder, call: Call, wish: SoundWish): Promise<string | undefined> {
    this.#opened ??= this.#files.open()
    await this.#opened
    const name = await nameOf(finder, call, wish)
    return (await this.#files.has(name)) ? this.#files.path(name) : undefined
  }

  /** Removes what was made of calls of other days than these: those are kept no longer. */
  async keepOnly(days: readonly Day[]): Promise<void> {
    this.#opened ??= this.#files.open()
    await this.#opened
    const isBeingMade = (name: string): boolean =>
      [...this.#making.keys()].some((making) => name.startsWith(making))
    await this.#files.remove((name) => !days.includes(dayIn(name)) && !isBeingMade(name))
  }

  counters(): Readonly<Record<string, number>> {
    const { dropped } = this.#files
    return { ...this.#counters, soundsWaiting: this.#waiting.size, soundsDropped: dropped }
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
    this.#fail('the server is stopping')
  }

  async #findOrMake(call: Call, wish: SoundWish, name: string): Promise<string> {
    const partName = `${name}-${Math.floor(this.#clock.nowUs() / limits.partKeptUs)}`
    for (const known of [name, partName]) {
      if (await this.#files.has(known)) return this.#files.path(known)
    }
    if (this.#waiting.size >= limits.ordersWaitingMax) {
      this.#counters.soundsRefused++
      const { retryAfterMs } = limits
      throw new Failure('busy', 'too many sounds are being made', { retryAfterMs })
    }
    const legKeys = call.legs.map(({ legKey }) => legKey)
    let madeName = partName
    try {
      const path = this.#files.path(partName)
      if (await this.#order({ id: ++this.#lastId, legKeys, wish, path })) {
        await rename(path, this.#files.path(name))
        madeName = name
      }
    } catch (error) {
      this.#counters.soundsFailed++
      throw error
    }
    this.#counters.soundsMade++
    await this.#files.trim(madeName)
    return this.#files.path(madeName)
  }

  async #order(order: SoundOrder): Promise<boolean> {
    this.#worker ??= this.#start()
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    this.#waiting.set(order.id, { resolve, reject })
    this.#worker.postMessage(order)
    return promise
  }

  #start(): Worker {
    const worker = new Worker(new URL('./sound-worker.ts', import.meta.url), {
      workerData: this.#place,
    })
    worker.on('message', (answer: SoundAnswer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.isMade) waiting?.resolve(answer.isWhole)
      else waiting?.reject(new Failure(answer.failureKind as FailureKind, answer.reason))
    })
    const end = (cause: unknown) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
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

/** A name for what would be made: its day, and the same as long as the call and its streams are. */
async function nameOf(finder: Finder, call: Call, wish: SoundWish): Promise<string> {
  const streams = await finder.streamsOf(call.legs)
  const facts = [
    MAKING,
    wish,
    call.legs.map(({ legKey, messages, lastUs }) => [legKey, messages, lastUs]),
    streams.map(({ streamKey, packets, endUs }) => [streamKey, packets, endUs]),
  ]
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 40)
  return `${parseKey(call.callKey)?.day}-${digest}`
}

function dayIn(name: string): Day {
  return name.slice(0, '2026-11-30'.length)
}
