// What the import page says of a file.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleResult } from './import-result.fixture.ts'
import { problemsOf, resultInWords } from './import-words.ts'

test('resultInWords: counts what was found', () => {
  const words =
    'Read 1,400 frames: 14 messages in 3 legs, 1 call, 2 RTP streams, no problems, in 0.1 s.'
  assert.equal(resultInWords(sampleResult()), words)
  assert.doesNotMatch(resultInWords(sampleResult({ streams: 0 })), /stream/)
})

test('resultInWords: says what was here before, all of it or a part', () => {
  assert.match(resultInWords(sampleResult({ messagesAdded: 0 })), /All of it was here before/)
  assert.match(resultInWords(sampleResult({ messagesAdded: 4 })), /10 messages of them were here/)
})

test('resultInWords: a capture without SIP says so', () => {
  const none = sampleResult({ messages: 0, messagesAdded: 0, streams: 0 })
  const words = 'Read 1,400 frames: no SIP message, no RTP stream, no problems, in 0.1 s.'
  assert.equal(resultInWords(none), words)
})

test('resultInWords: a capture without SIP still tells its streams and its problems', () => {
  const sound = sampleResult({ messages: 0, messagesAdded: 0, streams: 1, problems: 3 })
  const words = 'Read 1,400 frames: no SIP message, 1 RTP stream, 3 problems, in 0.1 s.'
  assert.equal(resultInWords(sound), words)
})

test('problemsOf: lists the codes, the most frequent first', () => {
  const problemCounts = { 'sip.b': 1, 'decode.c': 7, 'sip.a': 1 }
  assert.deepEqual(problemsOf(sampleResult({ problemCounts })), [
    { code: 'decode.c', count: 7 },
    { code: 'sip.a', count: 1 },
    { code: 'sip.b', count: 1 },
  ])
})
