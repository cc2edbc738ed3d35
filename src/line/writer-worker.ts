// The storing thread of a server: opens the store for writing, brings its index up to date, and
// imports what it is told to, one file after the other, so that no request waits for a write.
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import { type FailureKind, isFailure } from '../base/failure.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import { isDiskFull } from '../store/disk-full.ts'
import type { StoredCalls } from '../store/stored-calls.ts'
import { FileImporter } from './file-importer.ts'
import type { LineSettings } from './line-settings.ts'
import { LiveKeeper } from './live-keeper.ts'
import type { SourceOrders } from './live-sources.ts'
import { runImport } from './import-run.ts'
import { dropOldDays } from './retention.ts'
import { type ReplayResult, recoverStore } from './replay.ts'
import type { WriterAnswer, WriterRequest } from './writer-messages.ts'

const { dataFolder, settings } = workerData as { dataFolder: string; settings: LineSettings }
let store = openStore(dataFolder, 'write', tellStored)
const numbers = new BlockNumbers()
let importer = new FileImporter(store, settings, { numbers })
let live: LiveKeeper | undefined
/** Between two tries to open a store again that failed under live traffic. */
const REPAIR_MS = 2_000
/** Between two looks at which days are kept too long. */
const RETENTION_MS = 600_000
/** Why the store could not be read or written; nobody knows how much of the last put is in it. */
let broken: FailureKind | undefined
let queue: Promise<unknown> = recover().then(dropOld)
setInterval(() => {
  queue = queue.then(dropOld)
}, RETENTION_MS).unref()

parentPort?.on('message', (request: WriterRequest) => {
  if (request.kind === 'close') {
    queue = queue.then(close)
    return
  }
  queue = queue.then(() =>
    request.kind === 'import' ? importOne(request) : startLive(request.sources),
  )
})

async function recover(): Promise<void> {
  try {
    post({ kind: 'ready', recovery: await bringUpToDate() })
  } catch (error) {
    post({ kind: 'failed', ...failureOf(error) })
  }
}

/** Where the disk is full, what is kept no longer makes the room. */
async function bringUpToDate(): Promise<ReplayResult> {
  try {
    return await recoverStore(store, settings)
  } catch (error) {
    broken = failureOf(error).failureKind
    if (broken !== 'full' || !(await dropOld())) throw error
    return openAgain()
  }
}

/**
 * Between imports: none shall meet a day that is being dropped. What failed is left as it is, but
 * for want of room. True where days were dropped.
 */
async function dropOld(): Promise<boolean> {
  if (broken !== undefined && broken !== 'full') return false
  try {
    const days = await dropOldDays(store, settings, systemClock.nowUs())
    if (days.length > 0) post({ kind: 'dropped', days })
    return days.length > 0
  } catch (error) {
    post({ kind: 'dropped', days: [], reason: failureOf(error).reason })
    return false
  }
}

async function importOne(request: Extract<WriterRequest, { kind: 'import' }>): Promise<void> {
  try {
    if (broken !== undefined) await openAgain()
    const result = await runImport(importer, [request.file])
    post({ kind: 'imported', id: request.id, result })
  } catch (error) {
    const failure = failureOf(error)
    broken = failure.failureKind
    post({ kind: 'import-failed', id: request.id, ...failure })
  }
}

/** Starts from what was committed, and reads again what stands in the blocks beyond that. */
async function openAgain(): Promise<ReplayResult> {
  await importer.close()
  await closeStore(store)
  store = openStore(dataFolder, 'write', tellStored)
  importer = new FileImporter(store, settings, { numbers })
  const recovery = await recoverStore(store, settings)
  numbers.raiseTo((await store.index.progress()).nextBlock)
  live?.reopened(store)
  broken = undefined
  return recovery
}

async function startLive(sources: readonly SourceOrders[]): Promise<void> {
  numbers.raiseTo((await store.index.progress()).nextBlock)
  live = new LiveKeeper({
    store,
    settings,
    numbers,
    sources,
    onState: (state) => post({ kind: 'live-state', state }),
    onStoreFailure: ({ kind }) => {
      broken = kind
      setTimeout(repair, REPAIR_MS)
    },
    onLoss: (reason) => post({ kind: 'live-lost', ...(reason === undefined ? {} : { reason }) }),
    onDeath: (failure) => post({ kind: 'live-died', reason: failure.message }),
  })
  try {
    post({ kind: 'live-started', state: await live.started() })
  } catch {
    // Told by onDeath.
  }
}

/** Tries again until the store can be written: a full disk may have room after a while. */
function repair(): void {
  queue = queue.then(async () => {
    if (broken === undefined) return
    try {
      await openAgain()
    } catch {
      setTimeout(repair, REPAIR_MS)
    }
  })
}

async function close(): Promise<void> {
  broken = undefined
  await live?.stop()
  await importer.close()
  await closeStore(store)
  parentPort?.close()
}

function tellStored({ hashes }: StoredCalls): void {
  post({ kind: 'stored', hashes })
}

function post(answer: WriterAnswer): void {
  parentPort?.postMessage(answer)
}

function failureOf(error: unknown): { failureKind: FailureKind; reason: string } {
  const reason = error instanceof Error ? error.message : String(error)
  if (isFailure(error)) return { failureKind: error.kind, reason }
  return { failureKind: isDiskFull(error) ? 'full' : 'internal', reason }
}
