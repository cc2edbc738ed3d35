// The storing thread of a server: opens the store for writing, brings its index up to date, and
// imports what it is told to, one file after the other, so that no request waits for a write.
import { parentPort, workerData } from 'node:worker_threads'
import { isFailure } from '../base/failure.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import { FileImporter } from './file-importer.ts'
import type { LineSettings } from './line-settings.ts'
import { runImport } from './import-run.ts'
import { recoverStore } from './replay.ts'
import type { WriterAnswer, WriterRequest } from './writer-messages.ts'

const { dataFolder, settings } = workerData as { dataFolder: string; settings: LineSettings }
let store = openStore(dataFolder, 'write')
let importer = new FileImporter(store, settings)
/** The store could not be written; nobody knows how much of the last put is in it. */
let isBroken = false
let queue: Promise<void> = recover()

parentPort?.on('message', (request: WriterRequest) => {
  if (request.kind === 'close') {
    queue = queue.then(close)
    return
  }
  queue = queue.then(() => importOne(request))
})

async function recover(): Promise<void> {
  try {
    post({ kind: 'ready', recovery: await recoverStore(store, settings) })
  } catch (error) {
    post({ kind: 'failed', ...failureOf(error) })
  }
}

async function importOne(request: Extract<WriterRequest, { kind: 'import' }>): Promise<void> {
  try {
    if (isBroken) await openAgain()
    const result = await runImport(importer, [request.file])
    post({ kind: 'imported', id: request.id, result })
  } catch (error) {
    isBroken = true
    post({ kind: 'import-failed', id: request.id, ...failureOf(error) })
  }
}

/** Starts from what was committed, and reads again what stands in the blocks beyond that. */
async function openAgain(): Promise<void> {
  await importer.close()
  await closeStore(store)
  store = openStore(dataFolder, 'write')
  importer = new FileImporter(store, settings)
  await recoverStore(store, settings)
  isBroken = false
}

async function close(): Promise<void> {
  await importer.close()
  await closeStore(store)
  parentPort?.close()
}

function post(answer: WriterAnswer): void {
  parentPort?.postMessage(answer)
}

function failureOf(error: unknown): { failureKind: string; reason: string } {
  const reason = error instanceof Error ? error.message : String(error)
  return { failureKind: isFailure(error) ? error.kind : 'internal', reason }
}
