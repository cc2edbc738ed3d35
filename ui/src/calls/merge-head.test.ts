// A list that is fetched in pages while new calls arrive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call, LegState } from '../../../src/calls/leg.ts'
import type { CallPage } from '../api/types.ts'
import { countNew, mergeHead } from './merge-head.ts'

function call(startUs: number, state: LegState = 'completed'): Call {
  return {
    callKey: `call-${startUs}`,
    conversationId: '',
    legs: [],
    joins: [],
    from: null,
    to: null,
    startUs,
    ringUs: null,
    answerUs: null,
    endUs: null,
    durationMs: null,
    status: null,
    state,
    kind: 'call',
    verdict: '',
    mosMin: null,
    recordings: 0,
  }
}

function page(starts: number[], next: string | null = 'more'): CallPage {
  return { calls: starts.map((startUs) => call(startUs)), next }
}

const startsOf = (calls: readonly Call[]) => calls.map(({ startUs }) => startUs)

test('mergeHead: new calls come first and the pages follow without doubles', () => {
  const merged = mergeHead([page([9, 8, 7]), page([6, 5], null)], page([11, 10, 9]))
  assert.deepEqual(startsOf(merged.calls), [11, 10, 9, 8, 7, 6, 5])
  assert.equal(merged.isGap, false)
})

test("mergeHead: the head's word about a call is the newer one", () => {
  const head = { calls: [call(9, 'in-call')], next: 'more' }
  assert.equal(mergeHead([page([9, 8])], head).calls[0]?.state, 'in-call')
})

test('mergeHead: a call that left the filter goes, one below the head stays', () => {
  const merged = mergeHead([page([9, 8, 7, 6])], page([9, 7]))
  assert.deepEqual(startsOf(merged.calls), [9, 7, 6])
})

test('mergeHead: a head that is the whole list replaces it', () => {
  assert.deepEqual(startsOf(mergeHead([page([9, 8, 7])], page([9], null)).calls), [9])
  assert.deepEqual(startsOf(mergeHead([page([9])], page([], null)).calls), [])
})

test('mergeHead: more new calls than the head holds leave a gap, and it is told', () => {
  const merged = mergeHead([page([3, 2, 1])], page([9, 8, 7]))
  assert.equal(merged.isGap, true)
  assert.equal(mergeHead([page([], null)], page([9, 8, 7])).isGap, true)
})

test('mergeHead: a call that two pages hold is shown once', () => {
  assert.deepEqual(startsOf(mergeHead([page([3, 2]), page([2, 1])], undefined).calls), [3, 2, 1])
})

test('countNew: counts what the list does not show yet', () => {
  assert.equal(countNew(page([3, 2]).calls, page([5, 4, 3])), 2)
  assert.equal(countNew([], undefined), 0)
})
