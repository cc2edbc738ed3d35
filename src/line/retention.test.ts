// What a server keeps no longer: which days go, what is left of them, and what must not go.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../base/clock.ts'
import { DAY_US, type Day, dayOf } from '../base/day.ts'
import type { Leg } from '../calls/leg.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import { canMount, fillUp, mountDisk } from '../store/disks.fixture.ts'
import { noOpenFiles, openFiles } from '../store/open-files.fixture.ts'
import type { LineSettings } from './line-settings.ts'
import { dropOldDays } from './retention.ts'
import {
  faultsOf,
  importInto,
  joinSettings,
  makeFolder,
  pictureOf,
  recover,
  withStore,
  writeCapture,
} from './store.fixture.ts'
import { WriterThread } from './writer-thread.ts'

const NOW_US = Date.UTC(2026, 10, 30, 12) * 1000
const DAYS_AGO = [40, 8, 7, 2, 0]

const dayAgo = (days: number): string => dayOf(NOW_US - days * DAY_US)

/** A store of calls of several days, each of which was written when it was captured. */
async function oldStore(t: TestContext): Promise<string> {
  const folder = makeFolder(t)
  for (const days of DAYS_AGO) {
    const startUs = NOW_US - days * DAY_US - 7_200_000_000
    const path = join(folder, 'calls.pcap')
    writeCapture(path, { calls: 20, callsPerSecond: 20, startUs, seed: days + 1 })
    await importInto(folder, path)
    touch(folder, days, startUs)
  }
  return folder
}

function touch(folder: string, days: number, tUs: number): void {
  const path = join(folder, 'blocks', `${dayAgo(days)}.pcapng.zst`)
  utimesSync(path, tUs / 1e6, tUs / 1e6)
}

async function drop(folder: string, keeping: Pick<LineSettings, 'keepDays' | 'keepGigabytes'>) {
  return withStore(folder, 'write', (store) => dropOldDays(store, keeping, NOW_US))
}

async function daysOf(folder: string): Promise<string[]> {
  const { legs } = await pictureOf(folder)
  return [...new Set(legs.map((leg) => dayOf(JSON.parse(leg).startUs)))].sort()
}

test('days older than is kept are gone, with their blocks and calls', async (t) => {
  const folder = await oldStore(t)
  assert.deepEqual(await drop(folder, {}), [])
  assert.deepEqual(await drop(folder, { keepDays: 100 }), [])
  assert.deepEqual(await drop(folder, { keepDays: 7 }), [dayAgo(40), dayAgo(8)])
  assert.deepEqual(await daysOf(folder), [dayAgo(7), dayAgo(2), dayAgo(0)])
  for (const days of [40, 8]) {
    assert.ok(!existsSync(join(folder, 'blocks', `${dayAgo(days)}.pcapng.zst`)))
    assert.ok(!existsSync(join(folder, 'index', `${dayAgo(days)}.sqlite`)))
  }
  assert.deepEqual(await faultsOf(folder), [])
  assert.equal((await recover(folder)).blocksRead, 0)
})

test('an old capture that was imported lately is kept as if it were new', async (t) => {
  const folder = await oldStore(t)
  touch(folder, 40, NOW_US - 3 * DAY_US)
  assert.deepEqual(await drop(folder, { keepDays: 7 }), [dayAgo(8)])
})

test('of too much the earliest days go, never the latest nor one being written', async (t) => {
  const folder = await oldStore(t)
  touch(folder, 8, NOW_US - 60_000_000)
  const bytes = await withStore(folder, 'read', async ({ blocks, index }) => {
    return (await blocks.length(dayAgo(7))) + (await index.length(dayAgo(7)))
  })
  const room = { keepGigabytes: (bytes * 3.5) / 1e9 }
  assert.deepEqual(await drop(folder, room), [dayAgo(40), dayAgo(7)])
  assert.deepEqual(await drop(folder, room), [])
  assert.deepEqual(await drop(folder, { keepGigabytes: 1e-9 }), [dayAgo(2)])
  assert.deepEqual(await daysOf(folder), [dayAgo(8), dayAgo(0)])
})

const cutShort: Record<string, (folder: string, day: Day) => Promise<void>> = {
  'its blocks were hidden': (folder, day) => {
    return withStore(folder, 'write', ({ blocks }) => blocks.hide(day))
  },
  'its index was gone': (folder, day) => {
    return withStore(folder, 'write', async ({ blocks, index }) => {
      await blocks.hide(day)
      await index.drop(day)
    })
  },
  'its index was gone but for its log': async (folder, day) => {
    await withStore(folder, 'write', ({ blocks }) => blocks.hide(day))
    const path = join(folder, 'index', `${day}.sqlite`)
    for (const ending of ['-wal', '-shm']) writeFileSync(path + ending, 'left over')
    rmSync(path)
  },
}

for (const [when, crash] of Object.entries(cutShort)) {
  test(`a drop that was cut short when ${when} is ended, and no block read for it`, async (t) => {
    const folder = await oldStore(t)
    const day = dayAgo(40)
    const written = await withStore(folder, 'read', ({ index }) => index.progress())
    await crash(folder, day)
    const { blocksFound, blocksRead } = await recover(folder)
    assert.deepEqual([blocksFound, blocksRead], [0, 0])
    const left = ['blocks', 'index'].flatMap((part) => readdirSync(join(folder, part)))
    assert.deepEqual(
      left.filter((name) => name.startsWith(day)),
      [],
    )
    assert.deepEqual(await daysOf(folder), DAYS_AGO.slice(1).map(dayAgo))
    assert.deepEqual(await faultsOf(folder), [])
    assert.deepEqual(await withStore(folder, 'read', ({ index }) => index.progress()), written)
  })
}

test('who reads beside it has the rest, and no file of what was dropped', async (t) => {
  const folder = await oldStore(t)
  const store = openStore(folder, 'read')
  t.after(() => store.index.close())
  const finder = new StoreFinder(store)
  const all = { limit: 1_000, order: 'oldest' } as const
  const [first] = (await finder.findLegs({}, all)).rows
  assert.ok(first !== undefined)
  for await (const { bytes } of finder.messagesWithBytes([first])) assert.ok(bytes.length > 0)
  await drop(folder, { keepDays: 7 })
  assert.equal(await finder.legByKey(first.legKey), undefined)
  assert.equal(await finder.callByKey(first.callKey), undefined)
  const left = (await finder.findLegs({}, all)).rows
  assert.ok(left.length > 0 && left.every(({ startUs }) => dayOf(startUs) >= dayAgo(7)))
  await assert.rejects(store.blocks.read(dayAgo(40), 0, 10), { kind: 'not-found' })
})

test('who reads on beside it holds nothing that was dropped, which would still take room', {
  skip: noOpenFiles,
}, async (t) => {
  const folder = await oldStore(t)
  const store = openStore(folder, 'read')
  t.after(() => closeStore(store))
  const finder = new StoreFinder(store)
  const all = { limit: 1_000, order: 'oldest' } as const
  const readAll = async (legs: readonly Leg[]): Promise<void> => {
    for await (const { bytes } of finder.messagesWithBytes(legs)) assert.ok(bytes.length > 0)
  }
  const { rows } = await finder.findLegs({}, all)
  await readAll(rows.filter(({ startUs }) => dayOf(startUs) !== dayAgo(0)))
  await drop(folder, { keepDays: 7 })
  // Nobody asks for what is gone; the first day that is read anew lets go of its blocks.
  await readAll((await finder.findLegs({}, all)).rows)
  const removed = openFiles(folder).filter((path) => path.endsWith(' (deleted)'))
  assert.deepEqual(removed, [])
})

test('who reads beside it has a day anew that was dropped and imported again since', async (t) => {
  const folder = await oldStore(t)
  const store = openStore(folder, 'read')
  t.after(() => closeStore(store))
  const finder = new StoreFinder(store)
  const all = { limit: 1_000, order: 'oldest' } as const
  const bytesOfDay = async (): Promise<Map<string, number>> => {
    const { rows } = await finder.findLegs({ endUs: NOW_US - 30 * DAY_US }, all)
    const bytes = new Map(rows.map(({ callId }) => [callId ?? '', 0]))
    for await (const message of finder.messagesWithBytes(rows)) {
      const callId = /^Call-ID: (.*)\r$/m.exec(message.bytes.toString())?.[1] ?? 'none'
      bytes.set(callId, (bytes.get(callId) ?? Number.NaN) + message.bytes.length)
    }
    return bytes
  }
  const before = await bytesOfDay()
  // Nobody looks in between: imports may wait behind the drop.
  await drop(folder, { keepDays: 7 })
  const path = join(folder, 'calls.pcap')
  const startUs = NOW_US - 40 * DAY_US - 7_200_000_000
  writeCapture(path, { calls: 30, callsPerSecond: 20, startUs, seed: 99 })
  await importInto(folder, path)
  const after = await bytesOfDay()
  assert.ok(after.size >= 30 && before.size >= 20)
  assert.ok([...after.keys()].every((callId) => !before.has(callId)))
  assert.ok([...after.values()].every((bytes) => bytes > 0))
  if (noOpenFiles !== false) return
  assert.deepEqual(
    openFiles(folder).filter((file) => file.endsWith(' (deleted)')),
    [],
  )
})

test('a server drops at its start what it keeps no longer, and tells', async (t) => {
  const folder = makeFolder(t)
  const startUs = systemClock.nowUs() - 10 * DAY_US
  const path = join(folder, 'calls.pcap')
  writeCapture(path, { calls: 5, callsPerSecond: 5, startUs })
  await importInto(folder, path)
  const blocks = join(folder, 'blocks', `${dayOf(startUs)}.pcapng.zst`)
  utimesSync(blocks, startUs / 1e6, startUs / 1e6)
  const settings = { ...joinSettings, keepDays: 5, keepGigabytes: 0 }
  const writer = new WriterThread(folder, settings, (failure) => assert.fail(failure))
  const dropped = new Promise((resolve) => writer.onDropped(({ days }) => resolve(days)))
  assert.deepEqual(await dropped, [dayOf(startUs)])
  assert.equal(writer.counters()['daysDropped'], 1)
  await writer.close()
  assert.ok(!existsSync(blocks))
})

test('a server whose disk is full of what it keeps no longer makes room by that, and starts', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, async (t) => {
  const disk = mountDisk(t, '8m')
  const folder = join(disk, 'data')
  const path = join(makeFolder(t), 'calls.pcap')
  const nowUs = systemClock.nowUs()
  const [old, recent] = [dayOf(nowUs - 10 * DAY_US), dayOf(nowUs - DAY_US)]
  for (const [days, calls] of [
    [10, 400],
    [1, 5],
  ] as const) {
    writeCapture(path, { calls, callsPerSecond: 20, startUs: nowUs - days * DAY_US })
    await importInto(folder, path)
  }
  const oldUs = nowUs - 10 * DAY_US
  utimesSync(join(folder, 'blocks', `${old}.pcapng.zst`), oldUs / 1e6, oldUs / 1e6)
  // To be made again, for which there is no room.
  rmSync(join(folder, 'index', `${recent}.sqlite`))
  fillUp(disk)
  const settings = { ...joinSettings, keepDays: 5, keepGigabytes: 0 }
  const writer = new WriterThread(folder, settings, (failure) => assert.fail(failure))
  t.after(() => writer.close())
  await writer.ready()
  assert.equal(writer.counters()['daysDropped'], 1)
  await writer.close()
  assert.deepEqual(await daysOf(folder), [recent])
  assert.deepEqual(await faultsOf(folder), [])
})

test('a server whose index cannot be brought up to date drops nothing', async (t) => {
  const folder = makeFolder(t)
  const startUs = systemClock.nowUs() - 10 * DAY_US
  const path = join(folder, 'calls.pcap')
  for (const days of [0, 1]) {
    writeCapture(path, { calls: 5, callsPerSecond: 5, startUs: startUs + days * DAY_US })
    await importInto(folder, path)
  }
  const blocks = join(folder, 'blocks', `${dayOf(startUs)}.pcapng.zst`)
  utimesSync(blocks, startUs / 1e6, startUs / 1e6)
  // As a newer Earshot wrote it.
  const newer = new DatabaseSync(join(folder, 'index', `${dayOf(startUs + DAY_US)}.sqlite`))
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  const settings = { ...joinSettings, keepDays: 5, keepGigabytes: 0 }
  const writer = new WriterThread(folder, settings, (failure) => assert.fail(failure))
  await assert.rejects(writer.ready(), { kind: 'conflict' })
  await writer.close()
  assert.ok(existsSync(blocks))
})
