// The thread that makes sound for requests: orders in, one after the other, files out. It reads the
// store through connections of its own, so that neither requests nor capture wait for it, and holds
// them no longer than an order takes: of a day that is dropped meanwhile they would keep the room.
import { parentPort, workerData } from 'node:worker_threads'
import { isFailure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { KeyLogFile } from '../source/key-log-file.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import { isDiskFull } from '../store/disk-full.ts'
import { makeSound } from './make-sound.ts'
import type { SoundAnswer, SoundOrder, SoundPlace } from './sound-order.ts'

const { dataFolder, keyLogFile } = workerData as SoundPlace
const secrets = keyLogFile === undefined ? undefined : new KeyLogFile(keyLogFile, true)
let queue: Promise<void> = Promise.resolve()

parentPort?.on('message', (order: SoundOrder) => {
  queue = queue.then(async () => parentPort?.postMessage(await answerTo(order)))
})

async function answerTo({ id, legKeys, wish, path }: SoundOrder): Promise<SoundAnswer> {
  const store = openStore(dataFolder, 'read')
  try {
    const finder = new StoreFinder(store)
    const legs: Leg[] = []
    for (const legKey of legKeys) {
      const leg = await finder.legByKey(legKey)
      if (leg !== undefined) legs.push(leg)
    }
    return { id, isMade: true, isWhole: await makeSound(finder, legs, wish, path, secrets) }
  } catch (error) {
    return { id, isMade: false, ...toRefusal(error) }
  } finally {
    await closeStore(store)
  }
}

function toRefusal(error: unknown): { failureKind: string; reason: string } {
  if (isFailure(error)) return { failureKind: error.kind, reason: error.message }
  // Errors do not cross between threads with their codes: what matters is told here.
  if (isDiskFull(error)) return { failureKind: 'full', reason: 'the disk is full' }
  return { failureKind: 'internal', reason: error instanceof Error ? error.message : String(error) }
}
