// Starts the thread that reads captures. Loads nothing else: the thread takes in what it needs
// while whoever started it does the same.
import { Worker } from 'node:worker_threads'

/** A thread that waits for its `ReaderOrders` (worker-messages.ts). */
export function startReadingThread(): Worker {
  return new Worker(new URL('./reader-worker.ts', import.meta.url))
}
