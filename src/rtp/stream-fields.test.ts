// The record of a stream: no two fields share a place, in whatever size they are counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fields from './stream-fields.ts'

/** Fields that are float64; each takes two words. */
const DOUBLES = new Set<string>(
  (
    'SRC DST FIRST_US LAST_US SEQ_US JITTER JITTER_MEAN JITTER_MAX JITTER_MIN DELTA_MEAN ' +
    'DELTA_MAX PAYLOAD_BYTES LAST_REF BLOCK_END MEDIA_MS TRANSIT_MIN TRANSIT_BEFORE TRANSIT_LAST ' +
    'ADAPTIVE_MEAN ADAPTIVE_SPREAD ADAPTIVE_DELAY ADAPTIVE_SUM STRETCH_US STRETCH_JITTER_SUM ' +
    'STRETCH_JITTER_MAX STRETCH_DELTA_MAX AT_US AT_UNITS FIRST_REF STORED_REF EXPECTED_BEFORE'
  ).split(' '),
)
/** Numbers that are no places. */
const SIZES = new Set<string>(
  (
    'ARRIVAL_BOXES DSCPS_MAX PAYLOADS_MAX WINDOW_BITS WINDOW_WORDS RECORD_WORDS RECORD_DOUBLES ' +
    'FLAG_IS_BELIEVED FLAG_HAS_JITTER'
  ).split(' '),
)
/** Words of those that take more than one, and how far they are apart. */
const TABLES: Readonly<Record<string, readonly [words: number, apart: number]>> = {
  ARRIVALS: [fields.ARRIVAL_BOXES, 1],
  DSCPS: [2 * fields.DSCPS_MAX, 1],
  PAYLOADS: [2 * fields.PAYLOADS_MAX, 1],
  SEEN_BITS: [fields.WINDOW_WORDS, 2],
  PLAYED_BITS: [fields.WINDOW_WORDS, 2],
}

test('fields of a stream record do not overlap, and lie within it', () => {
  const taken = new Map<number, string>()
  for (const [name, place] of Object.entries(fields)) {
    if (SIZES.has(name)) continue
    const isDouble = DOUBLES.has(name)
    const [words, apart] = TABLES[name] ?? [isDouble ? 2 : 1, 1]
    for (let i = 0; i < words; i++) {
      const word = (isDouble ? place * 2 : place) + i * apart
      assert.ok(Number.isInteger(word) && word < fields.RECORD_WORDS, `${name} at ${word}`)
      assert.equal(taken.get(word), undefined, `${name} at ${word}`)
      taken.set(word, name)
    }
  }
  assert.equal(fields.RECORD_WORDS, 2 * fields.RECORD_DOUBLES)
})
