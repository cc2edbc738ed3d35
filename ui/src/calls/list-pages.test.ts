// A list that is fetched in pages while new calls arrive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call, LegState } from '../../../src/calls/leg.ts'
import type { CallPage } from '../api/types.ts'
import { callsOf, countNew } from './list-pages.ts'

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
  return { calls: starts.map((startUs) => call(startUs)), next, q: '' }
}

const startsOf = (calls: readonly Call[]) => calls.map(({ startUs }) => startUs)

test('callsOf: pages follow each other, and a call that two of them hold stands once', () => {
  assert.deepEqual(startsOf(callsOf([page([3, 2]), page([2, 1])], undefined)), [3, 2, 1])
  assert.deepEqual(callsOf([], undefined), [])
})

test("callsOf: the head's word about a call is the newer one, and moves nothing", () => {
  const head = { calls: [call(10), call(8, 'in-call')], next: 'more', q: '' }
  const calls = callsOf([page([9, 8])], head)
  assert.deepEqual(startsOf(calls), [9, 8])
  assert.deepEqual(
    calls.map(({ state }) => state),
    ['completed', 'in-call'],
  )
})

test('countNew: counts what the list does not show yet', () => {
  assert.equal(countNew(page([3, 2]).calls, page([5, 4, 3])), 2)
  assert.equal(countNew([], undefined), 0)
})
