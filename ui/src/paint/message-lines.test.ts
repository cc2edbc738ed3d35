// Which part of a message each line is, also of messages that are none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LINE_CHARACTERS_MAX, LINES_MAX, linesOf } from './message-lines.ts'

test('linesOf: start line, headers, folded lines, blank line and SDP', () => {
  const raw = [
    'INVITE sip:bob@x SIP/2.0',
    'v: SIP/2.0/UDP 10.0.0.1',
    'Subject: one',
    '  and more',
    'no colon here',
    '',
    'v=0',
    'other',
    '',
  ].join('\r\n')
  assert.deepEqual(linesOf(raw).lines, [
    { part: 'start', text: 'INVITE sip:bob@x SIP/2.0' },
    { part: 'header', name: 'v', rest: ': SIP/2.0/UDP 10.0.0.1', fullName: 'Via' },
    { part: 'header', name: 'Subject', rest: ': one', fullName: null },
    { part: 'fold', text: '  and more' },
    { part: 'odd', text: 'no colon here' },
    { part: 'blank', text: '' },
    { part: 'sdp', type: 'v', rest: '=0' },
    { part: 'body', text: 'other' },
  ])
})

test('linesOf: blank lines before the start line do not begin the body', () => {
  const parts = linesOf('\r\n\r\nBYE sip:x SIP/2.0\r\nTo: x\r\n\r\n').lines.map(({ part }) => part)
  assert.deepEqual(parts, ['blank', 'blank', 'start', 'header', 'blank'])
})

test('linesOf: bare line feeds and bare carriage returns end lines too', () => {
  assert.equal(linesOf('BYE sip:x SIP/2.0\nTo: x\rFrom: y\r\n').lines.length, 3)
})

test('linesOf: a header called __proto__ has no full name', () => {
  const line = linesOf('BYE sip:x SIP/2.0\r\n__proto__: x').lines[1]
  assert.ok(line?.part === 'header')
  assert.equal(line.fullName, null)
})

test('linesOf: more lines or longer lines than can be shown are cut, and the cut is told', () => {
  const many = linesOf('x\n'.repeat(LINES_MAX + 5))
  assert.equal(many.lines.length, LINES_MAX)
  assert.equal(many.isCut, true)
  const [line] = linesOf('y'.repeat(LINE_CHARACTERS_MAX * 3)).lines
  assert.ok(line?.part === 'start' && line.text.length === LINE_CHARACTERS_MAX + 1)
})

test('linesOf: any text has lines, and short texts lose nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (raw) => {
      const { lines, isCut } = linesOf(raw)
      assert.equal(isCut, false)
      const texts = lines.map((line) => {
        if (line.part === 'header') return line.name + line.rest
        return line.part === 'sdp' ? line.type + line.rest : line.text
      })
      assert.equal(texts.join(''), raw.replaceAll(/[\r\n]/g, ''))
    }),
    { seed: 5, numRuns: 500 },
  )
})
