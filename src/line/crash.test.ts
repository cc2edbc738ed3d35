// Imports that are killed: whatever moment it is, importing the same capture again ends with the
// same legs, messages and streams as an import that nobody disturbed, and nothing in the store is
// wrong.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertSamePicture,
  faultsOf,
  importInto,
  makeFolder,
  partMedia,
  pictureOf,
  recover,
  withStore,
  writeCapture,
} from './store.fixture.ts'

const earshot = join(import.meta.dirname, '../../bin/earshot')
/** Parts of the blocks after which an import is killed; more moments than a checkpoint has. */
const moments = [0, 0.01, 0.48, 0.62, 0.97]

const cleanUps: (() => void)[] = []
const suite = { after: (work: () => void) => void cleanUps.push(work) }
let capture: string
let undisturbed: string
let expected: Awaited<ReturnType<typeof pictureOf>>

before(async () => {
  const folder = makeFolder(suite)
  const wish = { calls: 100, callsPerSecond: 5, hasMedia: true, fillers: 1_000 }
  capture = writeCapture(join(folder, 'calls.pcap'), wish)
  undisturbed = join(folder, 'undisturbed')
  await importInto(undisturbed, capture)
  expected = await pictureOf(undisturbed)
  assert.ok(expected.messages.length > 700)
  assert.ok(expected.streams.length > 150)
  assert.ok(expected.asserted.length > 20)
  const { blocks } = await withStore(undisturbed, 'read', (store) => store.index.counters())
  assert.ok(blocks > 1_100, `${blocks} blocks make no checkpoints`)
})

after(() => {
  for (const work of cleanUps) work()
})

for (const moment of moments) {
  test(`killed at ${Math.round(moment * 100)} % of its blocks it loses nothing`, async (t) => {
    const folder = makeFolder(t)
    await killImport(folder, moment)
    await importInto(folder, capture)
    await assertWhole(folder)
  })
}

test('killed while streams of one file get the calls of another it loses none', async (t) => {
  const { others, media } = partMedia(capture)
  const folder = makeFolder(t)
  await killImport(folder, 0.999, media, others)
  await importInto(folder, media, others)
  await assertWhole(folder)
})

test('an import killed twice loses and doubles nothing', async (t) => {
  const folder = makeFolder(t)
  await killImport(folder, 0.55)
  await killImport(folder, 0.85)
  await importInto(folder, capture)
  await assertWhole(folder)
})

test('after a kill, a command that only reads shows what was committed', async (t) => {
  const folder = makeFolder(t)
  await killImport(folder, 0.7)
  const { legs, messages } = await pictureOf(folder)
  assert.ok(legs.length <= expected.legs.length)
  const all = new Set(expected.messages)
  assert.deepEqual(
    messages.filter((message) => !all.has(message)),
    [],
  )
})

test('a torn end of the blocks is cut off, and only that', async (t) => {
  const folder = makeFolder(t)
  cpSync(undisturbed, folder, { recursive: true })
  const [path = ''] = blockPaths(folder)
  const { size } = statSync(path)
  appendFileSync(path, 'not even half of a block')
  const { bytesCut } = await recover(folder)
  assert.equal(bytesCut, 24)
  assert.equal(statSync(path).size, size)
  await assertWhole(folder)
})

test('a kill while a server takes an upload loses and doubles nothing', async (t) => {
  const folder = makeFolder(t)
  const child = start(['serve', '--data', folder, '--port', '0', '--hep', '0', capture])
  await untilBlocksReach(folder, 0.4, child)
  await kill(child)
  await importInto(folder, capture)
  await assertWhole(folder)
})

async function assertWhole(folder: string): Promise<void> {
  assertSamePicture(await pictureOf(folder), expected)
  assert.deepEqual(await faultsOf(folder), [])
}

async function killImport(
  folder: string,
  moment: number,
  ...files: readonly string[]
): Promise<void> {
  const child = start(['import', ...(files.length > 0 ? files : [capture]), '--data', folder])
  await untilBlocksReach(folder, moment, child)
  await kill(child)
}

/** A process group of its own, so that nothing of it survives the kill. */
function start(args: readonly string[]): ChildProcess {
  return spawn(earshot, args, { detached: true, stdio: 'ignore' })
}

async function kill(child: ChildProcess): Promise<void> {
  const { pid, exitCode } = child
  if (pid === undefined || exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-pid, 'SIGKILL')
  await gone
}

async function untilBlocksReach(folder: string, part: number, child: ChildProcess): Promise<void> {
  const goal = bytesOf(undisturbed) * part
  while (child.exitCode === null && (blockPaths(folder).length === 0 || bytesOf(folder) < goal)) {
    await sleep(1)
  }
}

function bytesOf(folder: string): number {
  return blockPaths(folder).reduce((sum, path) => sum + statSync(path).size, 0)
}

function blockPaths(folder: string): string[] {
  const blocks = join(folder, 'blocks')
  return existsSync(blocks) ? readdirSync(blocks).map((name) => join(blocks, name)) : []
}
