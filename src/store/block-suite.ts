// The conformance suite of a block store: every backend passes it against its real engine. Takes a
// name and a way to open the store; registers tests, and refuses to know how bytes are kept.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { systemClock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import type { BlockStore } from './contract.ts'

export interface BlocksUnderTest {
  readonly store: BlockStore
  /** Closes the store and opens another one over what it kept. */
  readonly reopen: () => Promise<BlockStore>
}

/** Opens an empty store; what it needs is cleaned up after the test. */
export type OpenBlocks = (t: TestContext) => Promise<BlocksUnderTest>

const DAY = '2026-11-21'
const NEXT_DAY = '2026-11-22'

export function blockStoreSuite(name: string, open: OpenBlocks): void {
  void describe(name, () => {
    keeping(open)
    cutting(open)
    manyDays(open)
  })
}

function keeping(open: OpenBlocks): void {
  void test('an empty store has no days, and an unknown day has no bytes', async (t) => {
    const { store } = await open(t)
    assert.deepEqual(await store.days(), [])
    assert.equal(await store.length(DAY), 0)
  })

  void test('append says where the bytes begin, and read gives exactly them', async (t) => {
    const { store } = await open(t)
    const first = Buffer.from([0, 1, 2, 255, 0])
    const second = Buffer.from('second')
    assert.equal(await store.append(DAY, first), 0)
    assert.equal(await store.append(DAY, second), first.length)
    assert.deepEqual(await store.read(DAY, 0, first.length), first)
    assert.deepEqual(await store.read(DAY, first.length, second.length), second)
    assert.equal(await store.length(DAY), first.length + second.length)
  })

  void test('a day was written when something was last added to it', async (t) => {
    const { store } = await open(t)
    assert.equal(await store.writtenUs(DAY), 0)
    const beforeUs = systemClock.nowUs() - 1_000_000
    await store.append(DAY, Buffer.from('one'))
    assert.ok((await store.writtenUs(DAY)) > beforeUs)
    assert.ok((await store.writtenUs(DAY)) < beforeUs + 60_000_000)
  })

  void test('what was appended can be read before it is synced', async (t) => {
    const { store } = await open(t)
    await store.append(DAY, Buffer.from('one'))
    assert.equal((await store.read(DAY, 0, 3)).toString(), 'one')
    await store.append(DAY, Buffer.from('two'))
    assert.equal((await store.read(DAY, 0, 6)).toString(), 'onetwo')
  })

  void test('reading beyond the end of a day gives what is there', async (t) => {
    const { store } = await open(t)
    await store.append(DAY, Buffer.from('short'))
    assert.equal((await store.read(DAY, 2, 100)).toString(), 'ort')
    assert.equal((await store.read(DAY, 5, 100)).length, 0)
    assert.equal((await store.read(DAY, 500, 100)).length, 0)
  })

  void test('reading a day that is not there fails as not found', async (t) => {
    const { store } = await open(t)
    await assert.rejects(store.read(DAY, 0, 1), (error) => isFailure(error, 'not-found'))
  })

  void test('nothing appended changes nothing', async (t) => {
    const { store } = await open(t)
    await store.append(DAY, Buffer.from('abc'))
    assert.equal(await store.append(DAY, Buffer.alloc(0)), 3)
    assert.equal(await store.length(DAY), 3)
  })

  void test('days are kept apart and listed in order', async (t) => {
    const { store } = await open(t)
    await store.append(NEXT_DAY, Buffer.from('later'))
    assert.equal(await store.append(DAY, Buffer.from('earlier')), 0)
    assert.deepEqual(await store.days(), [DAY, NEXT_DAY])
    assert.equal((await store.read(NEXT_DAY, 0, 5)).toString(), 'later')
    assert.equal((await store.read(DAY, 0, 7)).toString(), 'earlier')
  })

  void test('bytes and places survive closing, and appending goes on behind them', async (t) => {
    const { store, reopen } = await open(t)
    await store.append(DAY, Buffer.from('kept'))
    await store.sync()
    const again = await reopen()
    assert.deepEqual(await again.days(), [DAY])
    assert.equal(await again.append(DAY, Buffer.from('more')), 4)
    assert.equal((await again.read(DAY, 0, 8)).toString(), 'keptmore')
  })

  void test('a mebibyte comes back as it was, in one piece and in many', async (t) => {
    const { store } = await open(t)
    const large = Buffer.alloc(1024 * 1024, 'every byte of this counts ')
    assert.equal(await store.append(DAY, large), 0)
    assert.ok((await store.read(DAY, 0, large.length)).equals(large))
    for (let at = 0; at < large.length; at += 300_000) {
      const piece = await store.read(DAY, at, 300_000)
      assert.ok(piece.equals(large.subarray(at, at + 300_000)))
    }
  })
}

function cutting(open: OpenBlocks): void {
  void test('truncate cuts off the end, and the next bytes take its place', async (t) => {
    const { store, reopen } = await open(t)
    await store.append(DAY, Buffer.from('whole torn'))
    await store.truncate(DAY, 5)
    assert.equal(await store.length(DAY), 5)
    assert.equal(await store.append(DAY, Buffer.from('!')), 5)
    await store.sync()
    const again = await reopen()
    assert.equal((await again.read(DAY, 0, 100)).toString(), 'whole!')
  })

  void test('drop takes a day away and leaves the others', async (t) => {
    const { store, reopen } = await open(t)
    await store.append(DAY, Buffer.from('gone'))
    await store.append(NEXT_DAY, Buffer.from('stays'))
    await store.read(DAY, 0, 4)
    await store.drop(DAY)
    assert.deepEqual(await store.days(), [NEXT_DAY])
    assert.equal(await store.length(DAY), 0)
    await assert.rejects(store.read(DAY, 0, 4), (error) => isFailure(error, 'not-found'))
    const again = await reopen()
    assert.deepEqual(await again.days(), [NEXT_DAY])
  })

  void test('a day that was dropped can be begun again', async (t) => {
    const { store } = await open(t)
    await store.append(DAY, Buffer.from('old bytes'))
    await store.read(DAY, 0, 9)
    await store.drop(DAY)
    assert.equal(await store.append(DAY, Buffer.from('new')), 0)
    assert.equal((await store.read(DAY, 0, 100)).toString(), 'new')
  })

  void test('a day that is hidden is not there, and is known until it is dropped', async (t) => {
    const { store, reopen } = await open(t)
    await store.append(DAY, Buffer.from('gone'))
    await store.append(NEXT_DAY, Buffer.from('stays'))
    await store.read(DAY, 0, 4)
    await store.hide(DAY)
    await store.hide('2026-01-01')
    const again = await reopen()
    assert.deepEqual([await again.days(), await again.hidden()], [[NEXT_DAY], [DAY]])
    assert.equal(await again.length(DAY), 0)
    await assert.rejects(again.read(DAY, 0, 4), (error) => isFailure(error, 'not-found'))
    await again.drop(DAY)
    assert.deepEqual([await again.days(), await again.hidden()], [[NEXT_DAY], []])
  })

  void test('dropping a day that is not there is no failure', async (t) => {
    const { store } = await open(t)
    await store.drop(DAY)
    assert.deepEqual(await store.days(), [])
  })
}

function manyDays(open: OpenBlocks): void {
  void test('hundreds of days can be written to and read from by turns', async (t) => {
    const { store } = await open(t)
    const days = manyDayNames()
    for (const round of ['one ', 'two ']) {
      for (const day of days) await store.append(day, Buffer.from(round + day))
    }
    await store.sync()
    for (const day of days) {
      assert.equal((await store.read(day, 0, 100)).toString(), `one ${day}two ${day}`)
    }
    assert.deepEqual(await store.days(), days)
  })

  void test('hundreds of days can be read at once', async (t) => {
    const { store } = await open(t)
    const days = manyDayNames()
    for (const day of days) await store.append(day, Buffer.from(day))
    for (let round = 0; round < 3; round++) {
      const read = await Promise.all(days.map((day) => store.read(day, 0, 100)))
      assert.deepEqual(read.map(String), days)
    }
  })
}

function manyDayNames(): string[] {
  return Array.from({ length: 200 }, (_, i) =>
    new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
  )
}
