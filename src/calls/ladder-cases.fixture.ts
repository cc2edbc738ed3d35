// Parts of ladders that many tests share, and how a table of ladders is run.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Course, courseOfLadder } from './trail.fixture.ts'

/** A ladder and what an engineer reads off it. */
export interface LadderCase {
  readonly name: string
  readonly ladder: string
  readonly course: Course
}

export const ANSWERED = `
  0    A>B  INVITE      1  a
  0.1  A<B  100 INVITE  1  a
  1    A<B  180 INVITE  1  a/b
  3    A<B  200 INVITE  1  a/b
  3.1  A>B  ACK         1  a/b`
export const HUNG_UP = `
  9    A>B  BYE         2  a/b
  9.1  A<B  200 BYE     2  a/b`
export const RINGING = `
  0    A>B  INVITE      1  a
  1    A<B  180 INVITE  1  a/b`

export const answered = { ring: 1, answer: 3, status: 200 }
export const completed = { ...answered, state: 'completed', end: 9, by: 'caller' }

/** One test for each ladder. */
export function testLadders(title: string, cases: readonly LadderCase[]): void {
  void describe(`summarizeLeg: ${title}`, () => {
    for (const { name, ladder, course } of cases) {
      void test(name, () => assert.deepEqual(courseOfLadder(ladder), course))
    }
  })
}
