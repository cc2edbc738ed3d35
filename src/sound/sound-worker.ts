// The thread that makes sound for requests: orders in, one after the other, files out. It reads the
// store through connections of its own, so that neither requests nor capture wait for it.
import { parentPort, workerData } from 'node:worker_threads'
import { isFailure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { KeyLogFile } from '../source/key-log-file.ts'
import { openStore } from '../store/data-folder.ts'
import { makeSound } from './make-sound.ts'
import type { SoundAnswer, SoundOrder, SoundPlace } from './sound-order.ts'

const { dataFolder, keyLogFile } = workerData as SoundPlace
const finder = new StoreFinder(openStore(dataFolder, 'read'))
const secrets = keyLogFile === undefined ? undefined : new KeyLogFile(keyLogFile, true)
let queue: Promise<void> = Promise.resolve()

parentPort?.on('message', (order: SoundOrder) => {
  queue = queue.then(() => take(order))
})

async function take({ id, legKeys, wish, path }: SoundOrder): Promise<void> {
  try {
    const legs: Leg[] = []
    for (const legKey of legKeys) {
      const leg = await finder.legByKey(legKey)
      if (leg !== undefined) legs.push(leg)
    }
    post({ id, isMade: true, isWhole: await makeSound(finder, legs, wish, path, secrets) })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    post({ id, isMade: false, failureKind: isFailure(error) ? error.kind : 'internal', reason })
  }
}

function post(answer: SoundAnswer): void {
  parentPort?.postMessage(answer)
}
