// The conformance suite of a leg index: every backend passes it against its real engine. Takes a
// name and a way to open an index; registers tests, and refuses to know how rows are kept.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../base/limits.ts'
import { parseKey } from '../calls/keys.ts'
import type { PackedLeg } from '../calls/leg-record-codec.ts'
import type { BlockRow, FoundLeg, LegIndex } from './contract.ts'
import { joinSuite } from './index-suite-joins.ts'
import { noteSuite } from './index-suite-notes.ts'
import { mergeSuite } from './index-suite-merges.ts'
import { searchSuite } from './index-suite-search.ts'
import { streamSuite } from './index-suite-streams.ts'
import { LegTally } from './leg-tally.ts'
import {
  callIdsOf,
  DAY,
  DAY_US,
  findAll,
  HOUR_US,
  type OpenIndex,
  pictureOf,
} from './suite-index.ts'
import { makeInvite } from './suite-legs.ts'

export function legIndexSuite(name: string, open: OpenIndex): void {
  void describe(name, () => {
    committing(open)
    blocks(open)
    counting(open)
    paging(open)
    dropping(open)
    mergeSuite(open)
    joinSuite(open)
    searchSuite(open)
    noteSuite(open)
    streamSuite(open)
  })
}

function committing(open: OpenIndex): void {
  void test('an empty index has come nowhere and holds nothing', async (t) => {
    const { index } = await open(t)
    assert.deepEqual(await index.progress(), { nextBlock: 1, indexedBefore: 1 })
    assert.deepEqual(await index.days(), [])
    assert.equal(await index.length(DAY), 0)
    assert.deepEqual(await findAll(index), [])
    assert.equal(await index.legByKey('20261121-abc'), undefined)
    assert.deepEqual(await index.legsOfCall('20261121-abc'), [])
    assert.equal(await index.block(1, DAY), undefined)
    assert.deepEqual(await index.blocks(DAY), [])
  })

  void test('puts are hidden from other readers until they are committed', async (t) => {
    const { index, reader } = await open(t)
    await index.putLegs([makeInvite('first', DAY_US)])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    const other = reader()
    assert.deepEqual(callIdsOf(await findAll(other)), ['first'])
    await index.putLegs([makeInvite('second', DAY_US + 1)])
    await index.putBlock(blockRow(2))
    assert.deepEqual(callIdsOf(await findAll(other)), ['first'])
    assert.equal(await other.block(2, DAY), undefined)
    await index.commit({ nextBlock: 3, indexedBefore: 3 })
    assert.deepEqual(callIdsOf(await findAll(other)), ['first', 'second'])
    assert.deepEqual(await other.block(2, DAY), blockRow(2))
  })

  void test('a reader that came first sees the days that a writer makes later', async (t) => {
    const { index, reader } = await open(t)
    const other = reader()
    assert.deepEqual(await findAll(other), [])
    await index.putLegs([makeInvite('today', DAY_US)])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    assert.deepEqual(callIdsOf(await findAll(other)), ['today'])
    assert.deepEqual(await other.progress(), { nextBlock: 2, indexedBefore: 2 })
  })

  void test('the writer itself sees its puts at once', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite('mine', DAY_US)])
    assert.deepEqual(callIdsOf(await findAll(index)), ['mine'])
  })

  void test('progress, legs and blocks survive closing', async (t) => {
    const { index, reopen } = await open(t)
    await index.putLegs([makeInvite('kept', DAY_US)])
    await index.putBlock(blockRow(1))
    await index.commit({ nextBlock: 7, indexedBefore: 5 })
    const before = await pictureOf(index)
    const again = await reopen()
    assert.deepEqual(await again.progress(), { nextBlock: 7, indexedBefore: 5 })
    assert.deepEqual(await pictureOf(again), before)
    assert.deepEqual(await again.blocks(DAY), [blockRow(1)])
  })

  void test('puts that were not committed are forgotten with closing', async (t) => {
    const { index, reopen } = await open(t)
    await index.putLegs([makeInvite('kept', DAY_US)])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    const before = await pictureOf(index)
    await index.putLegs([makeInvite('kept', DAY_US + 1), makeInvite('lost', DAY_US + 2)])
    await index.putBlock(blockRow(2))
    const again = await reopen()
    assert.deepEqual(await pictureOf(again), before)
    assert.deepEqual(await again.blocks(DAY), [])
    assert.equal((await again.counters()).messages, 1)
  })

  void test('what a put says it changed is what it changed', async (t) => {
    const { index } = await open(t)
    const legs = [makeInvite('a', DAY_US), makeInvite('b', DAY_US + 1)]
    const tally = new LegTally()
    const first = await index.putLegs(legs, tally)
    assert.deepEqual([first.legsAdded, first.messagesAdded], [2, 2])
    const second = await index.putLegs(legs, tally)
    assert.deepEqual([second.legsAdded, second.messagesAdded], [0, 0])
    assert.deepEqual([tally.legs, tally.callLegs], [2, 2])
    for (const { legKey } of await findAll(index)) {
      const { day, hash } = parseKey(legKey) ?? { day: '', hash: 0 }
      assert.ok(tally.isCallLeg(day, hash))
    }
  })
}

function blocks(open: OpenIndex): void {
  void test('a block is found with the day that it is of, and with a wrong hint', async (t) => {
    const { index } = await open(t)
    await index.putBlock(blockRow(3))
    await index.putBlock({ ...blockRow(4), day: '2026-01-02' })
    await index.commit({ nextBlock: 5, indexedBefore: 5 })
    assert.deepEqual(await index.block(3, DAY), blockRow(3))
    assert.deepEqual(await index.block(3, '2026-11-22'), blockRow(3))
    assert.equal((await index.block(4, DAY))?.day, '2026-01-02')
    assert.equal(await index.block(5, DAY), undefined)
    await index.putBlock({ ...blockRow(5), day: '2025-01-02' })
    assert.equal((await index.block(5, DAY))?.day, '2025-01-02')
    await index.drop('2026-01-02')
    assert.equal(await index.block(4, DAY), undefined)
  })

  void test('the blocks of a day come in the order of their numbers', async (t) => {
    const { index } = await open(t)
    for (const block of [12, 3, 7]) await index.putBlock(blockRow(block))
    const numbers = (await index.blocks(DAY)).map(({ block }) => block)
    assert.deepEqual(numbers, [3, 7, 12])
    assert.deepEqual(await index.blocks('2026-11-20'), [])
  })

  void test('blocks are found by digest, all of those that share one', async (t) => {
    const { index } = await open(t)
    await index.putBlock({ ...blockRow(1), digest: 'aaaaaaaaaaaaaaaa' })
    await index.putBlock({ ...blockRow(2), digest: 'aaaaaaaaaaaaaaaa' })
    await index.putBlock({ ...blockRow(3), digest: 'bbbbbbbbbbbbbbbb' })
    const found = await index.blocksByDigest(DAY, 'aaaaaaaaaaaaaaaa')
    assert.deepEqual(new Set(found.map(({ block }) => block)), new Set([1, 2]))
    assert.deepEqual(await index.blocksByDigest(DAY, 'cccccccccccccccc'), [])
    assert.deepEqual(await index.blocksByDigest('2026-11-20', 'aaaaaaaaaaaaaaaa'), [])
  })

  void test('numbers beyond 32 bits come back whole', async (t) => {
    const { index } = await open(t)
    const row = { ...blockRow(2 ** 33 + 1), line: 2 ** 33, offset: 2 ** 40 + 3 }
    await index.putBlock(row)
    assert.deepEqual(await index.block(row.block, DAY), row)
  })
}

function counting(open: OpenIndex): void {
  void test('counters tell legs, messages, blocks and their span', async (t) => {
    const { index } = await open(t)
    await index.putBlock(blockRow(1))
    await index.putBlock(blockRow(2))
    await index.putLegs([
      makeInvite('a', DAY_US + 5),
      makeInvite('b', DAY_US + 24 * HOUR_US),
      makeInvite('c', DAY_US + 9),
    ])
    await index.commit({ nextBlock: 3, indexedBefore: 3 })
    const { indexBytes, ...counters } = await index.counters()
    assert.deepEqual(counters, {
      days: 2,
      legs: 3,
      messages: 3,
      streams: 0,
      blocks: 2,
      rawBytes: 2 * blockRow(1).rawLength,
      firstUs: DAY_US + 5,
      lastUs: DAY_US + 24 * HOUR_US,
    })
    assert.ok(indexBytes > 0)
  })

  void test('nothing is counted twice when it is put again', async (t) => {
    const { index } = await open(t)
    for (let round = 0; round < 2; round++) {
      await index.putBlock(blockRow(1))
      await index.putLegs([makeInvite('a', DAY_US)])
      await index.commit({ nextBlock: 2, indexedBefore: 2 })
    }
    const { legs, messages, rawBytes, blocks } = await index.counters()
    assert.deepEqual(
      { legs, messages, rawBytes, blocks },
      {
        legs: 1,
        messages: 1,
        rawBytes: blockRow(1).rawLength,
        blocks: 1,
      },
    )
  })
}

function paging(open: OpenIndex): void {
  for (const order of ['oldest', 'newest'] as const) {
    void test(`pages in ${order} order give every leg once, over days and ties`, async (t) => {
      const { index } = await open(t)
      const legs: PackedLeg[] = []
      for (let i = 0; i < 60; i++) {
        // Twenty of each day, in threes that begin in one microsecond.
        const startUs = DAY_US + (i % 3) * 24 * HOUR_US + Math.floor(i / 9) * 1_000
        legs.push(makeInvite(`leg ${i}`, startUs))
      }
      await index.putLegs(legs)
      const whole = await index.findLegs({}, { limit: 1000, order })
      assert.equal(whole.length, legs.length)
      const starts = whole.map(({ summary }) => summary.startUs)
      const sorted = starts.toSorted((a, b) => (order === 'oldest' ? a - b : b - a))
      assert.deepEqual(starts, sorted)
      for (const limit of [1, 7, 20, 21, 59]) {
        const paged = await readPages(index, limit, order)
        assert.deepEqual(callIdsOf(paged), callIdsOf(whole), `pages of ${limit}`)
      }
    })
  }

  void test('a page goes on behind a leg that was merged or dropped meanwhile', async (t) => {
    const { index } = await open(t)
    await index.putLegs(['a', 'b', 'c'].map((callId, i) => makeInvite(callId, DAY_US + i)))
    const [, second] = await index.findLegs({}, { limit: 2, order: 'oldest' })
    assert.ok(second !== undefined)
    await index.putLegs([makeInvite('b', DAY_US - 1)])
    const rest = await index.findLegs({}, { limit: 9, order: 'oldest', after: second.position })
    assert.deepEqual(callIdsOf(rest), ['c'])
  })

  void test('no leg is asked for, none is given', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite('a', DAY_US)])
    assert.deepEqual(await index.findLegs({}, { limit: 0, order: 'oldest' }), [])
  })

  void test('pages go on over more days than anybody holds open', async (t) => {
    const { index, reader } = await open(t)
    const legs = Array.from({ length: 150 }, (_, i) =>
      makeInvite(`${i}`, DAY_US + i * 24 * HOUR_US),
    )
    await index.putLegs(legs)
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    await index.putLegs(legs)
    await index.commit({ nextBlock: 3, indexedBefore: 3 })
    for (const each of [index, reader()]) {
      const paged = await readPages(each, 40, 'oldest')
      assert.deepEqual(
        callIdsOf(paged),
        legs.map(({ callId }) => callId),
      )
      assert.equal((await each.counters()).messages, legs.length)
    }
  })

  void test('a leg filed under another day is found there, with its own time', async (t) => {
    const { index } = await open(t)
    const early = { ...makeInvite('early', 5), filedUnder: DAY }
    const late = { ...makeInvite('late', DAY_US + 10_000 * 24 * HOUR_US), filedUnder: DAY }
    const own = makeInvite('own', DAY_US + HOUR_US)
    await index.putLegs([late, own, early])
    assert.deepEqual(await index.days(), [DAY])
    assert.deepEqual(callIdsOf(await findAll(index)), ['early', 'own', 'late'])
    const starts = (await findAll(index)).map(({ summary }) => summary.startUs)
    assert.deepEqual(
      starts,
      [early, own, late].map(({ summary }) => summary.startUs),
    )
    const { legsAdded, messagesAdded } = await index.putLegs([early, late])
    assert.deepEqual([legsAdded, messagesAdded], [0, 0])
    assert.deepEqual(callIdsOf(await findAll(index)), ['early', 'own', 'late'])
  })

  void test('a great many legs of one microsecond are all kept', async (t) => {
    const { index } = await open(t)
    const legs = Array.from({ length: 3_000 }, (_, i) => makeInvite(`tie ${i}`, DAY_US))
    const { legsAdded } = await index.putLegs(legs)
    assert.equal(legsAdded, legs.length)
    const paged = await readPages(index, limits.pageRowsMax, 'oldest')
    assert.equal(new Set(callIdsOf(paged)).size, legs.length)
  })
}

function dropping(open: OpenIndex): void {
  void test('drop takes a day with its legs and blocks and leaves the others', async (t) => {
    const { index, reopen } = await open(t)
    await index.putLegs([makeInvite('gone', DAY_US), makeInvite('stays', DAY_US + 24 * HOUR_US)])
    await index.putBlock(blockRow(1))
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    await index.drop(DAY)
    assert.deepEqual(await index.days(), ['2026-11-22'])
    assert.deepEqual(callIdsOf(await findAll(index)), ['stays'])
    assert.equal(await index.block(1, DAY), undefined)
    assert.deepEqual(callIdsOf(await findAll(await reopen())), ['stays'])
  })

  void test('a day that was dropped can be made again', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite('old', DAY_US, { from: 'carol' })])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    await index.drop(DAY)
    await index.putLegs([makeInvite('new', DAY_US, { from: 'carol' })])
    await index.commit({ nextBlock: 3, indexedBefore: 3 })
    const found = await index.findLegs({ from: 'carol' }, { limit: 9, order: 'oldest' })
    assert.deepEqual(callIdsOf(found), ['new'])
  })

  void test('clear leaves the progress alone', async (t) => {
    const { index, reopen } = await open(t)
    await index.putLegs([makeInvite('one', DAY_US), makeInvite('two', DAY_US + 24 * HOUR_US)])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    await index.putLegs([makeInvite('never', DAY_US)])
    const progress = { nextBlock: 2, indexedBefore: 1 }
    await index.clear(progress)
    assert.deepEqual([await index.days(), await index.progress()], [[], progress])
    const again = await reopen()
    assert.deepEqual([await findAll(again), await again.progress()], [[], progress])
  })

  void test('what is dropped before it was committed is gone too', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite('never', DAY_US)])
    await index.drop(DAY)
    await index.commit({ nextBlock: 1, indexedBefore: 1 })
    assert.deepEqual(await index.days(), [])
    await index.drop('2026-01-01')
  })
}

async function readPages(
  index: LegIndex,
  limit: number,
  order: 'oldest' | 'newest',
): Promise<FoundLeg[]> {
  const legs: FoundLeg[] = []
  for (;;) {
    const after = legs.at(-1)?.position
    const page = await index.findLegs(
      {},
      { limit, order, ...(after === undefined ? {} : { after }) },
    )
    legs.push(...page)
    if (page.length < limit) return legs
  }
}

function blockRow(block: number): BlockRow {
  return {
    block,
    line: 1,
    day: DAY,
    offset: block * 1000,
    length: 900,
    rawLength: 5000,
    frames: 12,
    firstUs: DAY_US,
    lastUs: DAY_US + 5,
    digest: '0123456789abcdef',
  }
}
