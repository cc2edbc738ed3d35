// The long way round: twenty imports of a large capture killed at seeded moments, through the
// commands that people use; and a capture whose times are all over the centuries.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hashText53 } from '../base/hash.ts'
import { rebuildIndex } from './replay.ts'
import {
  ASSERTED,
  assertSamePicture,
  importInto,
  joinSettings,
  makeFolder,
  type Picture,
  pictureOf,
  withStore,
  writeCapture,
} from './store.fixture.ts'

const earshot = join(import.meta.dirname, '../../bin/earshot')
const run = promisify(execFile)
const RUNS = 20
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024

const cleanUps: (() => void)[] = []
const suite = { after: (work: () => void) => void cleanUps.push(work) }
let capture: string
let blockBytes: number
let expected: Picture

before(async () => {
  const folder = makeFolder(suite)
  const wish = { calls: 3_000, callsPerSecond: 50, fillers: 1_500 }
  capture = writeCapture(join(folder, 'calls.pcap'), wish)
  const undisturbed = join(folder, 'undisturbed')
  await run(earshot, ['import', capture, '--data', undisturbed])
  expected = await listings(undisturbed)
  blockBytes = bytesOfBlocks(undisturbed)
  assert.ok(expected.messages.length > 20_000)
})

after(() => {
  for (const work of cleanUps) work()
})

for (let i = 0; i < RUNS; i++) {
  const part = (hashText53(`moment ${i}`) % 1_000) / 1_000
  test(`killed at ${part} of the blocks, then imported again: all as ever`, async (t) => {
    const folder = makeFolder(t)
    const child = spawn(earshot, ['import', capture, '--data', folder], {
      detached: true,
      stdio: 'ignore',
    })
    while (child.exitCode === null && bytesOfBlocks(folder) < blockBytes * part) await sleep(1)
    await kill(child)
    await run(earshot, ['import', capture, '--data', folder])
    assertSamePicture(await listings(folder), expected)
    const { stdout } = await run(earshot, ['check', '--data', folder])
    assert.match(stdout, /nothing wrong/)
  })
}

test('times all over the centuries: few days, the same legs when repeated', async (t) => {
  const folder = makeFolder(t)
  const path = join(folder, 'times.pcap')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    path,
    withTimesAllOver(readFileSync(writeCapture(path, { calls: 700, callsPerSecond: 9 }))),
  )
  const data = join(folder, 'data')
  const { messages, problemCounts } = await importInto(data, path)
  assert.ok((problemCounts['store.days.too-many'] ?? 0) > messages / 3)
  const before = await pictureOf(data)
  assert.equal(before.messages.length, messages)
  const again = await importInto(data, path)
  assert.deepEqual([again.legsAdded, again.messagesAdded], [0, 0])
  assertSamePicture(await pictureOf(data), before)
  await withStore(data, 'write', (store) => rebuildIndex(store, joinSettings))
  assertSamePicture(await pictureOf(data), before)
})

/** What the listings print as JSON, without the places in blocks. */
async function listings(folder: string): Promise<Picture> {
  const lines = async (command: string, ...words: string[]): Promise<string[]> => {
    const options = { maxBuffer: OUTPUT_BYTES_MAX }
    const argv = [command, '--data', folder, '--json', ...words]
    const { stdout } = await run(earshot, argv, options)
    return stdout
      .replace(/"(?:messageId|streamKey)":"[^"]*",?/g, '')
      .trimEnd()
      .split('\n')
  }
  return {
    legs: await lines('legs'),
    messages: await lines('messages'),
    streams: await lines('streams'),
    asserted: await lines('legs', `from:${ASSERTED}*`),
  }
}

/** Moves every Call-ID's messages in a little-endian pcap to a day of their own, until 2106. */
function withTimesAllOver(pcap: Buffer): Buffer {
  for (let at = 24; at < pcap.length; ) {
    const end = at + 16 + pcap.readUInt32LE(at + 8)
    const [callId = ''] = /^Call-ID: .*$/m.exec(pcap.toString('latin1', at, end)) ?? []
    const day = hashText53(callId) % 49_000
    pcap.writeUInt32LE(day * 86_400 + (pcap.readUInt32LE(at) % 86_400), at)
    at = end
  }
  return pcap
}

async function kill(child: ChildProcess): Promise<void> {
  const { pid, exitCode } = child
  if (pid === undefined || exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-pid, 'SIGKILL')
  await gone
}

function bytesOfBlocks(folder: string): number {
  const blocks = join(folder, 'blocks')
  if (!existsSync(blocks)) return 0
  return readdirSync(blocks).reduce((sum, name) => sum + statSync(join(blocks, name)).size, 0)
}
