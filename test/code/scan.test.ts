// Tests of the scanner that the tests about the code stand on: if it is blind, so are they.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineOf, scan } from './scan.ts'

const cases = [
  { name: 'a line comment', text: 'a // b "c"\nd', code: 'a         \nd' },
  { name: 'a block comment keeps its lines', text: 'a/*\nb*/c', code: 'a  \n   c' },
  { name: 'both quotes', text: `x('a', "b")`, code: `x(' ', " ")` },
  { name: 'an escaped quote', text: `'a\\'b' + c`, code: `'    ' + c` },
  { name: 'a comment mark in a string', text: `'//' + a`, code: `'  ' + a` },
  { name: 'a quote in a regular expression', text: `/['"]/.test(a)`, code: '/    /.test(a)' },
  { name: 'a slash in a character class', text: '= /[/]x/g', code: '= /    /g' },
  { name: 'a division', text: `a / b + '/'`, code: `a / b + ' '` },
  { name: 'a template with code inside', text: '`a${b(`c`)}d` + e', code: '` ${b(` `)} ` + e' },
  { name: 'braces inside a template hole', text: '`${{ a: 1 }}x` + e', code: '`${{ a: 1 }} ` + e' },
  {
    name: 'an apostrophe in the text of a page',
    text: `<b>don't</b>\nlet a`,
    code: `<b>don'     \nlet a`,
  },
]

for (const { name, text, code } of cases) {
  test(`scan: blanks ${name}`, () => {
    assert.equal(scan(text).code, code)
  })
}

test('scan: keeps every string by the place of its quote', () => {
  const { strings } = scan(`import { a } from './b.ts'`)
  assert.deepEqual([...strings], [[18, './b.ts']])
})

test('scan: gives the comments apart', () => {
  const { comments } = scan("a // b\n'// c' /* d */")
  assert.equal(comments, '  // b\n       /* d */')
})

test('lineOf: counts from one', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((offset) => lineOf('a\nb\n', offset)),
    [1, 1, 2, 2],
  )
})
