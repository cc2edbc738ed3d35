// The setting of a followed folder in, the folder followed out: looks again and again, tells in the
// log what was taken and what could not be, and counts.
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import { FollowFolder, type FollowFolderParts } from './follow-folder.ts'
import { FollowedFiles } from './followed-files.ts'

/** Between two looks; a file is taken when it was the same at two of them. */
const LOOK_MS = 2_000

export interface Following {
  readonly begin: () => void
  readonly counters: () => Readonly<Record<string, number>>
  /** Resolves when the file under way was taken. */
  readonly stop: () => Promise<void>
}

/** Undefined where no folder is to be followed. */
export function openFollowing(
  { dataFolder, followFolder: folder }: Settings,
  importFile: FollowFolderParts['importFile'],
  log: Logger,
): Following | undefined {
  if (folder === undefined) return undefined
  const files = new FollowedFiles(dataFolder, folder)
  const following = new FollowFolder({
    folder,
    files,
    importFile,
    onTaken: (name, messages) => log.info({ folder, name, messages }, 'imported a followed file'),
    onFault: (name, reason) => log.warn({ folder, name, reason }, 'cannot take a followed file'),
  })
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let isStopped = false
  const look = async (): Promise<void> => {
    await following.look().catch((error: unknown) => {
      log.error({ err: error, folder }, 'cannot follow the folder')
    })
    if (!isStopped) timer = setTimeout(begin, LOOK_MS)
  }
  const begin = (): void => {
    looking = look()
  }
  return {
    begin,
    counters: () => following.counters,
    stop: async () => {
      isStopped = true
      following.stop()
      clearTimeout(timer)
      await looking
      files.close()
    },
  }
}
