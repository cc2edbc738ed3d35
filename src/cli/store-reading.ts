// A data folder in, a finder over it for the time of one command out.
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import { openRecordingsToRead } from '../store/recordings/open-recordings.ts'

/** @throws Failure: see requireStore */
export async function withFinder<Result>(
  dataFolder: string,
  use: (finder: StoreFinder) => Promise<Result>,
): Promise<Result> {
  requireStore(dataFolder)
  const store = openStore(dataFolder, 'read')
  const recordings = openRecordingsToRead(dataFolder)
  try {
    const count = async (legKeys: readonly string[]) =>
      (await recordings?.countOfLegs(legKeys)) ?? 0
    return await use(new StoreFinder(store, count))
  } finally {
    await recordings?.close()
    await closeStore(store)
  }
}

/** @throws Failure `not-found` for a folder that holds no store, `forbidden` for somebody else's */
export function requireStore(dataFolder: string, part: 'index' | 'blocks' = 'index'): void {
  try {
    accessSync(join(dataFolder, part), constants.R_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw new Failure('forbidden', `${dataFolder}: no right to read it`)
    }
    const isRestored = part === 'index' && existsSync(join(dataFolder, 'blocks'))
    throw new Failure(
      'not-found',
      isRestored
        ? `${dataFolder} has blocks and no index: earshot reindex makes it`
        : `${dataFolder} holds no calls yet: import a capture, or name another folder with --data`,
    )
  }
}
