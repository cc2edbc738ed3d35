// Numbers in, the same numbers out: a NumberMap against the Map of the language. Refuses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NumberMap } from './number-map.ts'

void test('a number map holds what a Map of the same sets and deletes holds', () => {
  // Few low bits differ, so that keys crowd the same slots.
  const key = fc.tuple(fc.nat(40), fc.nat(7)).map(([low, high]) => high * 2 ** 50 + low)
  const step = fc.record({ key, value: fc.nat(), isDelete: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const map = new NumberMap()
      const want = new Map<number, number>()
      for (const { key: each, value, isDelete } of steps) {
        if (isDelete) {
          map.delete(each)
          want.delete(each)
        } else {
          map.set(each, value)
          want.set(each, value)
        }
        assert.equal(map.get(each), want.get(each))
      }
      assert.equal(map.size, want.size)
      for (const { key: each } of steps) {
        assert.equal(map.get(each), want.get(each))
        assert.equal(map.has(each), want.has(each))
      }
    }),
    { seed: 20261130 },
  )
})

void test('a number map grows, and is empty once it is told to be', () => {
  const map = new NumberMap()
  const keyOf = (i: number): number => (i * 0x9e3779b97f4a) % 2 ** 53
  for (const forget of [() => map.empty(), () => map.clear()]) {
    for (let i = 0; i < 10_000; i++) map.set(keyOf(i), i)
    assert.equal(map.size, 10_000)
    for (let i = 0; i < 10_000; i++) assert.equal(map.get(keyOf(i)), i)
    assert.equal(map.has(2 ** 52 + 1), false)
    forget()
    assert.equal(map.size, 0)
    assert.equal(map.get(keyOf(5)), undefined)
  }
})
