// The data folder: where each thing lies in it, and who may write.
import {
  accessSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import type { BlockStore, LegIndex, StoredListener } from './contract.ts'
import { isDiskFull } from './disk-full.ts'
import { BlockFiles } from './files/block-files.ts'
import { type HeldFile, holdFile } from './held-file.ts'
import { SqliteIndex } from './sqlite/sqlite-index.ts'
import { WriterTurns } from './writer-turns.ts'

/**
 * Makes the folder where it is missing, for its owner alone: captured calls lie in it, with their
 * sound and their keys. Whoever shall read beside the owner is let in by the folder's mode.
 */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

export interface OpenStore {
  readonly blocks: BlockStore
  readonly index: LegIndex
  /** Shared by all that write it. */
  readonly turns: WriterTurns
}

/** Opens the store of a data folder. Readers see what a writer has committed. */
export function openStore(
  dataFolder: string,
  mode: 'read' | 'write',
  onStored?: StoredListener,
): OpenStore {
  return {
    blocks: new BlockFiles(join(dataFolder, 'blocks')),
    index: new SqliteIndex(join(dataFolder, 'index'), mode, onStored),
    turns: new WriterTurns(),
  }
}

export async function closeStore(store: OpenStore): Promise<void> {
  await store.blocks.close()
  await store.index.close()
}

/** Held by the one process that writes. */
export interface WriterLock {
  release(): void
}

/**
 * Takes the right to write. The kernel keeps it for this process, and `writer.lock` says to others
 * which one that is; one whose process is gone is taken over.
 * @throws Failure `conflict` naming the process that has it
 */
export function lockForWriting(dataFolder: string): WriterLock {
  const path = join(dataFolder, 'writer.lock')
  const held = hold(dataFolder, path)
  try {
    sign(dataFolder, path)
  } catch (error) {
    held.release()
    throw error
  }
  return {
    release: () => {
      rmSync(path, { force: true })
      held.release()
    },
  }
}

const ATTEMPTS_MAX = 3

function hold(dataFolder: string, path: string): HeldFile {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const held = unlessUnwritable(dataFolder, () => {
      makePrivateFolder(dataFolder)
      accessSync(dataFolder, constants.W_OK)
      return holdFile(join(dataFolder, 'writer.held'))
    })
    if (held !== undefined) return held
    // Whoever took it just now may not have said who it is.
    const holder = readHolder(path)
    if (holder !== undefined) throw conflict(dataFolder, holder)
  }
  throw new Failure('conflict', `${dataFolder} is being written by another process: stop it`)
}

/** Says that it is this process that writes. */
function sign(dataFolder: string, path: string): void {
  const mine = `${path}.${process.pid}`
  try {
    const isNamed = unlessUnwritable(dataFolder, () => noteName(mine))
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (isNamed && linkTo(mine, path)) return
      const holder = readHolder(path)
      // An Earshot that knew of no other lock may be at it.
      if (holder !== undefined && isAlive(holder)) throw conflict(dataFolder, holder)
      removeStale(path, mine, holder)
      if (!isNamed) return
    }
  } finally {
    rmSync(mine, { force: true })
  }
  throw new Failure('busy', `cannot take ${path}`)
}

/**
 * False where the disk is full. The kernel's lock counts without a name, and whoever holds it may
 * be about to make room.
 */
function noteName(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 })
    return true
  } catch (error) {
    if (isDiskFull(error)) return false
    throw error
  }
}

function conflict(dataFolder: string, holder: Holder): Failure {
  const where = isAlive(holder) ? '' : ' of another container'
  return new Failure(
    'conflict',
    `${dataFolder} is being written by process ${holder.pid}${where}: stop it, or upload to it`,
  )
}

/** Writes into the data folder. @throws Failure `unavailable` naming it, where that fails */
export function unlessUnwritable<Result>(dataFolder: string, write: () => Result): Result {
  try {
    return write()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(
      'unavailable',
      `${dataFolder}: the data folder cannot be written: ${reason}`,
      { cause: error },
    )
  }
}

/** Gives a file a second name; false where the name is taken. The name is there whole or not. */
function linkTo(file: string, name: string): boolean {
  try {
    linkSync(file, name)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS')) throw error
  }
  // File systems without links: a copy is not whole at once, but nearly.
  try {
    copyFileSync(file, name, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Takes a lock away whose process is gone, and not the one that somebody took meanwhile. */
function removeStale(path: string, mine: string, seen: Holder | undefined): void {
  const aside = `${mine}.stale`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  const taken = readHolder(aside)
  if (taken?.pid !== seen?.pid || taken?.start !== seen?.start) linkTo(aside, path)
  rmSync(aside, { force: true })
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

interface Holder {
  readonly pid: number
  readonly start: string
}

function readHolder(path: string): Holder | undefined {
  try {
    const [pid = '', start = ''] = readFileSync(path, 'utf8').split(' ')
    return Number.isInteger(Number(pid)) && pid !== '' ? { pid: Number(pid), start } : undefined
  } catch {
    return undefined
  }
}

/** A process id is used again after a while; with its start it names one process. */
function isAlive({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // No right to signal it means that it is there.
    return hasCode(error, 'EPERM')
  }
  return start === startOf(pid)
}

/** When a process started, in ticks since the machine did; empty where the system does not say. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in parentheses that may hold spaces; the 22nd is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
