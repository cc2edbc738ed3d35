// For tests of verdicts: what a case is, and how most ladders begin.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownLeg } from './trail.fixture.ts'
import { verdictOf } from './verdict.ts'

export interface Case {
  readonly sentence: string
  readonly ladder: string
}

export const RINGING = `
  0    A>B  INVITE      1  a
  1    A<B  180 INVITE  1  a/b`
export const ANSWERED = `${RINGING}
  3.2  A<B  200 INVITE  1  a/b`

/** A test for each case: the verdict of its ladder is its sentence. */
export function testSentences(cases: readonly Case[]): void {
  for (const { sentence, ladder } of cases) {
    test(sentence, () => assert.equal(verdictOf([shownLeg(ladder)]), sentence))
  }
}
