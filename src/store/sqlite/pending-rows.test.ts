// Rows in as legs end, rows out as their ids go; what is pending can still be named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PendingRow, PendingRows } from './pending-rows.ts'

function rowOf(id: number): PendingRow {
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

void test('pending rows come out by id, once, with the names they were given meanwhile', () => {
  const pending = new PendingRows()
  for (const id of [5, 2 ** 50 + 1, 3]) pending.add(rowOf(id))
  const row = pending.get(3)
  assert.ok(row !== undefined)
  row.call_key = 'a call'
  assert.deepEqual(
    pending.take().map(({ id, call_key }) => [id, call_key]),
    [
      [3, 'a call'],
      [5, null],
      [2 ** 50 + 1, null],
    ],
  )
  assert.deepEqual(pending.take(), [])
  assert.equal(pending.get(3), undefined)
})
