// Checks that elapsed packet time follows believable frames and shrugs off the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketClock } from './packet-clock.ts'

const SECOND_US = 1_000_000
const NOW_US = 1_700_000_000 * SECOND_US
const YEAR_US = 365 * 86_400 * SECOND_US

function elapsedAfter(times: readonly number[]): number {
  const clock = new PacketClock()
  for (const tUs of times) clock.observe(tUs)
  return clock.elapsedUs
}

function seconds(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index * SECOND_US)
}

test('elapsed time is that between the first frame and the last', () => {
  assert.equal(elapsedAfter(seconds(NOW_US, 11)), 10 * SECOND_US)
})

test('frames out of order do not count twice', () => {
  assert.equal(elapsedAfter([NOW_US, NOW_US + 5, NOW_US + 2, NOW_US + 5, NOW_US + 6]), 6)
})

test('one absurd time, future or past, changes nothing', () => {
  for (const absurd of [NOW_US + 100 * YEAR_US, 0]) {
    const times = [...seconds(NOW_US, 5), absurd, ...seconds(NOW_US + 5 * SECOND_US, 5)]
    assert.equal(elapsedAfter(times), 9 * SECOND_US)
  }
})

test('absurd times among good ones never add up', () => {
  const times = seconds(NOW_US, 100).flatMap((tUs) => [tUs, NOW_US + 100 * YEAR_US])
  assert.equal(elapsedAfter(times), 99 * SECOND_US)
})

test('an absurd first time does not stop the clock', () => {
  const times = [NOW_US + 100 * YEAR_US, ...seconds(NOW_US, 20)]
  assert.equal(elapsedAfter(times), 12 * SECOND_US)
})

test('a long silence counts once several frames confirm it', () => {
  const later = NOW_US + 3600 * SECOND_US
  assert.equal(elapsedAfter([NOW_US, ...Array.from({ length: 7 }, () => later)]), 0)
  assert.equal(elapsedAfter([NOW_US, ...Array.from({ length: 8 }, () => later)]), 3600 * SECOND_US)
})

test('a capture that begins again in the past goes on from there', () => {
  const times = [...seconds(NOW_US, 10), ...seconds(NOW_US - YEAR_US, 18)]
  assert.equal(elapsedAfter(times), 9 * SECOND_US + 10 * SECOND_US)
})

test('the time of a live clock needs no confirmation', () => {
  const clock = new PacketClock()
  clock.observe(NOW_US)
  clock.advance(NOW_US + 3600 * SECOND_US)
  assert.equal(clock.elapsedUs, 3600 * SECOND_US)
  clock.advance(NOW_US)
  assert.equal(clock.elapsedUs, 3600 * SECOND_US)
})

test('a live clock may be the first to speak', () => {
  const clock = new PacketClock()
  clock.advance(NOW_US)
  clock.observe(NOW_US + 7)
  assert.equal(clock.elapsedUs, 7)
})
