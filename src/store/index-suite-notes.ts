// The part of the index suite about notes: texts that came with calls.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallNote } from '../calls/call-note.ts'
import { dayAfter } from '../base/day.ts'
import { limits } from '../base/limits.ts'
import { DAY, DAY_US, type OpenIndex } from './suite-index.ts'

const note = (facts: Partial<CallNote> = {}): CallNote => ({
  correlationId: 'a@b',
  tUs: DAY_US,
  protocolType: 100,
  text: 'routed',
  ...facts,
})
const placed = (one: CallNote) => ({ note: one, filedUnder: null })
const progress = { nextBlock: 1, indexedBefore: 1 }

export function noteSuite(open: OpenIndex): void {
  void test('notes of an id come back in order, each once, and none of another', async (t) => {
    const { index, reopen } = await open(t)
    const later = note({ tUs: DAY_US + 5, text: 'answered' })
    const nextDay = note({ tUs: DAY_US + 86_400_000_000, text: 'billed', protocolType: 60 })
    const other = note({ correlationId: 'c@d' })
    await index.putNotes([later, note(), other, nextDay, note()].map(placed))
    await index.commit(progress)
    const days = [DAY, dayAfter(DAY)]
    assert.deepEqual(await index.notesOf('a@b', days), [note(), later, nextDay])
    assert.deepEqual(await index.notesOf('a@b', [DAY]), [note(), later])
    assert.deepEqual(await index.notesOf('nobody', days), [])
    const again = await reopen()
    await again.putNotes([note()].map(placed))
    assert.deepEqual(await again.notesOf('c@d', days), [other])
    assert.equal((await again.notesOf('a@b', [DAY])).length, 2)
  })

  void test('a long note is cut, and a note filed elsewhere is found there', async (t) => {
    const { index } = await open(t)
    const long = note({ text: 'x'.repeat(limits.noteCharsMax + 1) })
    await index.putNotes([{ note: long, filedUnder: dayAfter(DAY) }])
    assert.deepEqual(await index.notesOf('a@b', [DAY]), [])
    const [kept] = await index.notesOf('a@b', [dayAfter(DAY)])
    assert.equal(kept?.text.length, limits.noteCharsMax)
  })
}
