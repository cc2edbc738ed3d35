// Bytes in, texts out, twice and mixed: what comes back is what UTF-8 says, cached or not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecentTexts } from './recent-texts.ts'

void test('recent texts gives the text of any bytes, however often and in whatever company', () => {
  const bytes = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }).map((few) => Buffer.from(few)),
  )
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 40 }), (all) => {
      const recent = new RecentTexts()
      for (const each of [...all, ...all]) {
        const padded = Buffer.concat([Buffer.from('xy'), each, Buffer.from('z')])
        const text = recent.text(padded, 2, 2 + each.length)
        assert.equal(text, each.toString('utf8'))
      }
    }),
    { seed: 20261130 },
  )
})
