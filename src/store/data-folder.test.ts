// Who may write a data folder: one process, wherever it runs, and for as long as it lives.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isFailure } from '../base/failure.ts'
import { lockForWriting } from './data-folder.ts'
import { canMount, fillUp, mountDisk } from './disks.fixture.ts'

/** No system gives so large a number to a process. */
const NOBODY = 999_999_999

test('lockForWriting: a second writer is refused until the first one releases', (t) => {
  const folder = makeFolder(t)
  const first = lockForWriting(folder)
  assert.match(readFileSync(join(folder, 'writer.lock'), 'utf8'), new RegExp(`^${process.pid} `))
  assertRefused(folder, new RegExp(`is being written by process ${process.pid}: `))
  first.release()
  lockForWriting(folder).release()
  assert.deepEqual(readdirSync(folder), ['writer.held'])
})

test('lockForWriting: a folder is made for its owner alone, and a mode that it has stays', (t) => {
  const folder = join(makeFolder(t), 'data')
  const modeOf = () => statSync(folder).mode & 0o777
  lockForWriting(folder).release()
  assert.equal(modeOf(), 0o700)
  chmodSync(folder, 0o750)
  lockForWriting(folder).release()
  assert.equal(modeOf(), 0o750)
})

test('lockForWriting: on a full disk the right is had without a name, and kept from others', {
  skip: canMount() ? false : 'only root can mount a small disk',
  timeout: 60_000,
}, async (t) => {
  const disk = mountDisk(t, '64k')
  await kill(await writerIn(t, disk))
  fillUp(disk)
  const writer = await writerIn(t, disk)
  // The name of who was killed would be a lie.
  assert.deepEqual(readdirSync(disk).toSorted(), ['ballast', 'writer.held'])
  assertRefused(disk, /is being written by another process: /)
  await kill(writer)
  lockForWriting(disk).release()
})

test('lockForWriting: a writer whose process id means nothing here is refused too', async (t) => {
  const folder = makeFolder(t)
  const writer = await writerIn(t, folder)
  // What a writer in another container says of itself.
  writeFileSync(join(folder, 'writer.lock'), `${NOBODY} 1`)
  assertRefused(folder, new RegExp(`is being written by process ${NOBODY} of another container: `))
  await kill(writer)
  lockForWriting(folder).release()
})

test('lockForWriting: what a killed writer left is taken over', async (t) => {
  const folder = makeFolder(t)
  await kill(await writerIn(t, folder))
  assert.ok(readdirSync(folder).includes('writer.lock'))
  lockForWriting(folder).release()
})

function assertRefused(folder: string, words: RegExp): void {
  assert.throws(
    () => lockForWriting(folder),
    (error) => isFailure(error, 'conflict') && words.test(error.message),
  )
}

/** A process that has the lock and keeps it. */
async function writerIn(t: TestContext, folder: string): Promise<ChildProcess> {
  const module = join(import.meta.dirname, 'data-folder.ts')
  const program = `
    const { lockForWriting } = await import(${JSON.stringify(module)})
    globalThis.lock = lockForWriting(${JSON.stringify(folder)})
    process.stdout.write('locked')
    setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-lock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
