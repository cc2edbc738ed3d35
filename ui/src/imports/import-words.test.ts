// What the import page says of a file.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImportResult } from '../api/types.ts'
import { resultInWords } from './import-words.ts'

const RESULT: ImportResult = {
  files: 1,
  frames: 1400,
  messages: 14,
  messagesAdded: 14,
  legs: 3,
  calls: 1,
  problems: 0,
  bytes: 5000,
  seconds: 0.123,
}

test('resultInWords: counts what was found', () => {
  const words = 'Read 1,400 frames: 14 messages in 3 legs, 1 call, no problems, in 0.1 s.'
  assert.equal(resultInWords(RESULT), words)
})

test('resultInWords: says what was here before, all of it or a part', () => {
  assert.match(resultInWords({ ...RESULT, messagesAdded: 0 }), /All of it was here before/)
  assert.match(resultInWords({ ...RESULT, messagesAdded: 4 }), /10 messages of them were here/)
})

test('resultInWords: a capture without SIP says so', () => {
  const none = { ...RESULT, messages: 0, messagesAdded: 0 }
  assert.equal(resultInWords(none), 'Read 1,400 frames: no SIP message in them.')
})
