// Starts the thread that reads captures. Loads nothing else: the thread takes in what it needs
// while whoever started it does the same.
import { Worker } from 'node:worker_threads'

/** Most of what the reading thread makes lives for one message; a larger nursery moves less. */
const YOUNG_GENERATION_MB = 24

/** A thread that waits for its `ReaderOrders` (worker-messages.ts). */
export function startReadingThread(): Worker {
  return new Worker(new URL('./reader-worker.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
}
