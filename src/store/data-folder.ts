// The data folder: where each thing lies in it, and who may write.
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import type { BlockStore, LegIndex } from './contract.ts'
import { BlockFiles } from './files/block-files.ts'
import { SqliteIndex } from './sqlite/sqlite-index.ts'

export interface OpenStore {
  readonly blocks: BlockStore
  readonly index: LegIndex
}

/** Opens the store of a data folder. Readers see what a writer has committed. */
export function openStore(dataFolder: string, mode: 'read' | 'write'): OpenStore {
  return {
    blocks: new BlockFiles(join(dataFolder, 'blocks')),
    index: new SqliteIndex(join(dataFolder, 'index'), mode),
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
 * Takes the right to write. A lock whose process is gone is taken over.
 * @throws Failure `conflict` naming the process that has it
 */
export function lockForWriting(dataFolder: string): WriterLock {
  mkdirSync(dataFolder, { recursive: true })
  const path = join(dataFolder, 'writer.lock')
  const mine = `${process.pid} ${startOf(process.pid)}`
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600)
      writeFileSync(file, mine)
      closeSync(file)
      return { release: () => rmSync(path, { force: true }) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const holder = readHolder(path)
      if (holder !== undefined && isAlive(holder)) {
        throw new Failure(
          'conflict',
          `${dataFolder} is being written by process ${holder.pid}: stop it, or upload to it`,
        )
      }
      rmSync(path, { force: true })
    }
  }
  throw new Failure('busy', `cannot take ${path}`)
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
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
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
