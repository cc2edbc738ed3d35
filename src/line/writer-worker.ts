// The storing thread of a server: opens the store for writing, brings its index up to date, and
// imports what it is told to, one file after the other, so that no request waits for a write.
import { parentPort, workerData } from 'node:worker_threads'
import { isFailure } from '../base/failure.ts'
import type { JoinSettings } from '../calls/leg-head.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import { FileImporter } from './file-importer.ts'
import { runImport } from './import-run.ts'
import { recoverStore } from './replay.ts'
import type { WriterAnswer, WriterRequest } from './writer-messages.ts'

const { dataFolder, settings } = workerData as { dataFolder: string; settings: JoinSettings }
const store = openStore(dataFolder, 'write')
const importer = new FileImporter(store, settings)
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
    const result = await runImport(importer, [request.file])
    post({ kind: 'imported', id: request.id, result })
  } catch (error) {
    post({ kind: 'import-failed', id: request.id, ...failureOf(error) })
  }
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
