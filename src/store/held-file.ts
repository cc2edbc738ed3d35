// A path in, a lock on the file there out, which the kernel keeps for this process. It ends with
// the process, however that ends, and counts in all containers of a machine, to which the process
// ids of the others mean nothing.
import { DatabaseSync } from 'node:sqlite'

/** Held by one process at a time. */
export interface HeldFile {
  release(): void
}

/** Who finds the lock taken waits so long: its holder may be about to say who it is, or to end. */
const WAIT_MS = 200
/** https://www.sqlite.org/rescode.html#busy */
const BUSY = 5

/**
 * Holds a file, which is made and stays empty; undefined where another process holds it. Nobody
 * may remove it meanwhile: a lock on a file that is gone keeps nobody out.
 */
export function holdFile(path: string): HeldFile | undefined {
  const file = new DatabaseSync(path, { timeout: WAIT_MS })
  try {
    // Node has no lock of its own to offer. In memory: no journal comes to lie beside the file.
    file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return { release: () => file.close() }
  } catch (error) {
    file.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return undefined
    throw error
  }
}
