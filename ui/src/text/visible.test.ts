// Nothing that a peer puts into a message may hide or turn around on the screen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { piecesOf, visible } from './visible.ts'

test('visible: a direction override is shown by its number', () => {
  assert.equal(visible('Bob\u202E eciA'), 'Bob⟨U+202E⟩ eciA')
  assert.equal(visible('\u2066x\u2069'), '⟨U+2066⟩x⟨U+2069⟩')
})

test('visible: NUL, escape and characters without width are shown', () => {
  assert.equal(visible('a\u0000b\u001B[31m'), 'a⟨U+0000⟩b⟨U+001B⟩[31m')
  assert.equal(visible('pay\u200Bpal'), 'pay⟨U+200B⟩pal')
  assert.equal(visible('\uD800'), '⟨U+D800⟩')
})

test('visible: letters of any script, tabs, emoji and markup stay as they are', () => {
  for (const text of ['Ünal', '山田', 'علي', 'a\tb', '😀', '<script>alert(1)</script>', '\uFFFD']) {
    assert.equal(visible(text), text)
  }
})

test('piecesOf: no character is lost, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const together = piecesOf(text)
        .map((piece) => piece.text)
        .join('')
      assert.equal(together, text)
    }),
    { seed: 7, numRuns: 500 },
  )
})
