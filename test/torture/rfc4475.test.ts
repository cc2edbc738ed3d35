// The torture messages of RFC 4475, one row a file: values that must come out, exact problem codes.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { Severity } from '../../src/base/problem.ts'
import { looksLikeSip } from '../../src/sip/detect.ts'
import { sipProblems } from '../../src/sip/problems.ts'
import { invalidCases } from './rfc4475-invalid.ts'
import { semanticCases } from './rfc4475-semantic.ts'
import { validCases } from './rfc4475-valid.ts'
import { answers, readTorture, tortureBytes, tortureFolder } from './torture-message.ts'

const cases = [...validCases, ...invalidCases, ...semanticCases]

test('RFC 4475: every file of the archive has its row', () => {
  const files = readdirSync(tortureFolder).filter((name) => name.endsWith('.dat'))
  assert.deepEqual(cases.map(({ file }) => file).toSorted(), files.toSorted())
  assert.equal(files.length, 50)
})

for (const { file, section, codes, want } of cases) {
  test(`RFC 4475 §${section}: ${file} is read, kept and judged`, () => {
    const { isRead, message, bytes } = readTorture(file)
    assert.equal(isRead, true)
    assert.deepEqual(answers(message, want), want)
    const problems = message.problems()
    assert.deepEqual(
      problems.map(({ code }) => code),
      codes,
    )
    for (const { at } of problems) assert.ok(at >= 0 && at <= message.end - message.start)

    const kept = message.keep()
    assert.deepEqual(kept.bytes, bytes.subarray(0, message.end - message.start))
    assert.deepEqual(answers(kept, want), want)
    assert.deepEqual(kept.problems(), problems)
  })
}

test('RFC 4475: valid messages have no problem above a note', () => {
  const severities = new Set<Severity>(
    validCases.flatMap(({ codes }) => codes.map((code) => sipProblems[code].severity)),
  )
  assert.deepEqual([...severities], ['note'])
})

test('RFC 4475: all of them are taken for SIP on any port', () => {
  for (const { file } of cases) {
    const bytes = tortureBytes(file)
    assert.equal(looksLikeSip(bytes, 0, bytes.length), true, file)
  }
})
