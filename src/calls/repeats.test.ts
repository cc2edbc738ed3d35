// Ladders in, which of their messages are copies and which were sent again out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { repeats } from './repeats.ts'
import { legOfLadder } from './trail.fixture.ts'

/** What each message is, as one letter: n for none, c for a copy, r for a retransmission. */
function lettersOf(ladder: string): string {
  return repeats(legOfLadder(ladder).trail)
    .map((repeat) => repeat.charAt(0))
    .join('')
}

const TWICE_SENT_TWICE_SEEN = `
  0        A>P  INVITE  1  a
  0.000003 A>P  INVITE  1  a
  0.01     P>B  INVITE  1  a
  0.5      A>P  INVITE  1  a
  0.500003 A>P  INVITE  1  a
  0.55     A>P  INVITE  1  a
  0.600001 A>P  INVITE  1  a`

describe('repeats', () => {
  test('what comes within 50 ms is a copy, also of a retransmission, and later it was sent', () => {
    assert.equal(lettersOf(TWICE_SENT_TWICE_SEEN), 'ncnrccr')
  })

  test('a long trail is told like a short one', () => {
    const others = Array.from({ length: 40 }, (_, i) => `${i + 1} A>P INFO ${i + 2} a/b`)
    const long = lettersOf(`${TWICE_SENT_TWICE_SEEN}\n${others.join('\n')}`)
    assert.equal(long, `ncnrccr${'n'.repeat(40)}`)
  })
})
