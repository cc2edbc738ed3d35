// Rows in as legs end, rows out as their ids go; what is pending can still be named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PendingRows } from './pending-rows.ts'
import type { LegTable } from './schema.ts'

function rowOf(id: number): LegTable {
  return {
    id,
    call_hash: id * 7,
    call_key: null,
    kind: 0,
    state: 0,
    from_id: null,
    to_id: null,
    src_id: null,
    dst_id: null,
    status: null,
    conversation: null,
    body: new Uint8Array(0),
  }
}

function add(pending: PendingRows, { body, ...columns }: LegTable): void {
  pending.body.bytes(body)
  pending.add(columns)
}

function drained(pending: PendingRows): LegTable[] {
  const rows: LegTable[] = []
  pending.drain((row) => rows.push({ ...row, body: Uint8Array.from(row.body) }))
  return rows
}

const number = fc.nat(2 ** 31)
const numberOrNull = fc.option(number)
const columns = {
  id: fc.nat(Number.MAX_SAFE_INTEGER),
  call_hash: fc.nat(Number.MAX_SAFE_INTEGER),
  call_key: fc.option(fc.string()),
  kind: fc.nat(9),
  state: fc.nat(9),
  from_id: numberOrNull,
  to_id: numberOrNull,
  src_id: numberOrNull,
  dst_id: numberOrNull,
  status: numberOrNull,
  conversation: fc.option(fc.string()),
  body: fc.uint8Array({ maxLength: 300 }),
}
const row: fc.Arbitrary<LegTable> = fc.record(columns, { noNullPrototype: true })

test('pending rows come out as they went in, by id, each time they are drained', () => {
  const rows = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 200 })
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 3 }), (batches) => {
      const pending = new PendingRows()
      for (const batch of batches) {
        for (const each of batch) add(pending, each)
        assert.equal(pending.isEmpty, batch.length === 0)
        assert.deepEqual(
          drained(pending),
          batch.toSorted((a, b) => a.id - b.id),
        )
        pending.shrink()
      }
    }),
    { seed: 8, numRuns: 200 },
  )
})

test('pending rows carry names given meanwhile, and are forgotten when drained', () => {
  const pending = new PendingRows()
  for (const id of [5, 2 ** 50 + 1, 3]) add(pending, rowOf(id))
  assert.equal(pending.setCallKey(3, 'a call'), true)
  assert.equal(pending.setCallKey(4, 'a call'), false)
  assert.deepEqual(
    drained(pending).map(({ id, call_key }) => [id, call_key]),
    [
      [3, 'a call'],
      [5, null],
      [2 ** 50 + 1, null],
    ],
  )
  assert.deepEqual(drained(pending), [])
  assert.equal(pending.setCallKey(3, 'a call'), false)
})

test('pending rows of which one cannot be taken are forgotten all the same', () => {
  const pending = new PendingRows()
  for (const id of [1, 2]) add(pending, rowOf(id))
  assert.throws(() => pending.drain(() => assert.fail('disk full')), /disk full/)
  assert.equal(pending.isEmpty, true)
})
