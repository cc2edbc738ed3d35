// Keys and values in, what a bounded map still has of them out. Refuses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentMap } from './recent-map.ts'

void test('a recent map has everything until it is full, and says when it may not any more', () => {
  const map = new RecentMap<string, number>(4)
  for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) map.set(key, i)
  assert.equal(map.size, 4)
  assert.equal(map.hasForgotten, false)
  assert.equal(map.get('b'), 1)
  assert.equal(map.get('a'), undefined)
  assert.equal(map.hasForgotten, true)
})

void test('a recent map keeps what is asked for and forgets the rest, within its bound', () => {
  const map = new RecentMap<number, string>(100)
  for (let i = 0; i < 10_000; i++) {
    map.set(i, `text ${i}`)
    assert.equal(map.get(0), 'text 0')
    assert.ok(map.size <= 100)
  }
  assert.equal(map.get(9_999), 'text 9999')
  assert.equal(map.get(5_000), undefined)
})
