// For tests of what is let go of: the files that this process has open, as Linux tells them.
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

const OPEN_FILES = '/proc/self/fd'

/** Why a test that needs them is skipped; false where it is not. */
export const noOpenFiles = existsSync(OPEN_FILES) ? false : 'only Linux tells which files are open'

/** Paths of the files below a folder; those of removed ones end in ` (deleted)`. */
export function openFiles(folder: string): string[] {
  return readdirSync(OPEN_FILES)
    .map(pathOf)
    .filter((path) => path.startsWith(folder))
}

function pathOf(fd: string): string {
  try {
    return readlinkSync(join(OPEN_FILES, fd))
  } catch {
    // The one that the listing itself was read by.
    return ''
  }
}
