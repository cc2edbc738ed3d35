// Bodies in parts, nested, binary and broken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseContentType } from './content-type.ts'
import { leavesOf, parseBody } from './multipart.ts'

/** Parses a body and tells each leaf as `type: bytes`, and the codes that were noted. */
function parse(type: string, body: string): { leaves: string[]; codes: string[] } {
  const codes: string[] = []
  const bytes = Buffer.from(body, 'latin1')
  const part = parseBody(parseContentType(type), bytes, (code) => codes.push(code))
  const leaves = leavesOf(part).map(
    (leaf) => `${leaf.contentType.mediaType}: ${leaf.bytes.toString('latin1')}`,
  )
  return { leaves, codes }
}

test('parseBody: gives a plain body as its only leaf', () => {
  assert.deepEqual(parse('text/plain', '--b\r\n'), { leaves: ['text/plain: --b\r\n'], codes: [] })
})

test('parseBody: takes parts apart, preamble and epilogue left out', () => {
  const body =
    'preamble\r\n--b\r\nContent-Type: a/b\r\n\r\none\r\n--b \r\n\r\ntwo\r\n\r\n--b--\r\nepilogue'
  assert.deepEqual(parse('multipart/mixed;boundary=b', body), {
    leaves: ['a/b: one', 'text/plain: two\r\n'],
    codes: [],
  })
})

test('parseBody: leaves binary parts alone, a boundary inside a line too', () => {
  const body = '--b\r\nContent-Type:\r\n x/y\r\n\r\n\0\xff\r\r\n x--b\n\r\n--b--'
  assert.deepEqual(parse('multipart/mixed; boundary="b"', body).leaves, [
    'x/y: \0\xff\r\r\n x--b\n',
  ])
})

test('parseBody: goes into parts that are multipart themselves, but not without end', () => {
  const inner = '--i\r\nContent-Type: a/b\r\n\r\ndeep\r\n--i--'
  const body = `--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n${inner}\r\n--o--`
  assert.deepEqual(parse('multipart/mixed;boundary=o', body).leaves, ['a/b: deep'])
  let nested = 'x'
  for (let i = 0; i < 50; i++)
    nested = `--b\r\nContent-Type: multipart/x;boundary=b\r\n\r\n${nested}`
  assert.equal(parse('multipart/mixed;boundary=b', nested).leaves.length > 0, true)
})

test('parseBody: takes what there is where a boundary is missing', () => {
  assert.deepEqual(parse('multipart/mixed', '--b\r\n\r\nx').codes, [
    'sip.multipart.boundary-missing',
  ])
  assert.deepEqual(parse('multipart/mixed;boundary=b', 'x').codes, [
    'sip.multipart.boundary-missing',
  ])
  assert.deepEqual(parse('multipart/mixed;boundary=b', '--b\r\n\r\nx'), {
    leaves: ['text/plain: x'],
    codes: ['sip.multipart.unended'],
  })
  assert.deepEqual(parse('multipart/mixed;boundary=b', '--b').leaves, ['multipart/mixed: --b'])
})

test('parseBody: takes a bounded number of parts', () => {
  const { leaves } = parse('multipart/mixed;boundary=b', '--b\r\n\r\n'.repeat(1000))
  assert.equal(leaves.length, 64)
})
