// Ladders in, the sentence that a person reads out. One case for each sentence that there is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shownLeg } from './trail.fixture.ts'
import { ANSWERED, type Case, RINGING, testSentences } from './verdict.fixture.ts'
import { formatSpan, verdictOf } from './verdict.ts'

const calls: Case[] = [
  {
    sentence: 'answered after 3.2 s, lasted 2 min 05 s, ended by the callee',
    ladder: `${ANSWERED}
      128.2 A<B BYE 1 b/a`,
  },
  { sentence: 'answered after 3.2 s; no BYE was captured', ladder: ANSWERED },
  {
    sentence:
      'answered after 3.2 s, lasted 20.0 s, ended by the callee; the callee asked for a transfer',
    ladder: `${ANSWERED}
      20    A<B  REFER      7  b/a
      20.1  A>B  202 REFER  7  b/a
      20.2  A>B  NOTIFY     2  a/b
      23.2  A<B  BYE        8  b/a`,
  },
  {
    sentence: 'answered after 3.2 s, lasted 20.0 s, ended by the callee',
    ladder: `${ANSWERED}
      20    A<B  REFER      7  b/a
      20.1  A>B  603 REFER  7  b/a
      23.2  A<B  BYE        8  b/a`,
  },
  {
    sentence:
      'answered after 3.2 s, lasted 32.0 s, ended by the callee; ' +
      'the answer was sent 4 times for want of an ACK',
    ladder: `${ANSWERED}
      3.7   A<B  200 INVITE  1  a/b
      4.7   A<B  200 INVITE  1  a/b
      6.7   A<B  200 INVITE  1  a/b
      35.2  A<B  BYE         1  b/a`,
  },
  {
    sentence:
      'answered after 3.2 s; no BYE was captured; the answer was sent 4 times for want of an ACK',
    ladder: `
      0     A>P  INVITE      1  a
      0.01  P>B  INVITE      1  a
      3.2   P<B  200 INVITE  1  a/b
      3.2   A<P  200 INVITE  1  a/b
      3.21  A>P  ACK         1  a/b
      3.7   P<B  200 INVITE  1  a/b
      3.7   A<P  200 INVITE  1  a/b
      3.71  A>P  ACK         1  a/b
      4.7   P<B  200 INVITE  1  a/b
      4.7   A<P  200 INVITE  1  a/b
      4.71  A>P  ACK         1  a/b
      6.7   P<B  200 INVITE  1  a/b
      6.7   A<P  200 INVITE  1  a/b
      6.71  A>P  ACK         1  a/b`,
  },
  {
    sentence:
      'answered after 3.2 s, lasted 100 ms, ended by the caller; ' +
      'the caller had given up: its CANCEL and the answer crossed',
    ladder: `${RINGING}
      3.1   A>B  CANCEL      1  a
      3.2   A<B  200 INVITE  1  a/b
      3.21  A<B  481 CANCEL  1  a/b
      3.22  A>B  ACK         1  a/b
      3.3   A>B  BYE         2  a/b`,
  },
  {
    sentence:
      'answered after 3.2 s; no BYE was captured; ' +
      'the caller had given up: its CANCEL and the answer crossed',
    ladder: `
      0     A>P  INVITE      1  a
      0     P>B  INVITE      1  a
      3.2   P<B  200 INVITE  1  a/b
      3.21  A>P  CANCEL      1  a
      3.22  A<P  200 INVITE  1  a/b`,
  },
  {
    sentence: 'answered after 3.2 s; no BYE was captured',
    ladder: `
      0     P>B  INVITE      1  a
      0     P>C  INVITE      1  a
      1     P<B  180 INVITE  1  a/b
      1     P<C  180 INVITE  1  a/c
      3.2   P<B  200 INVITE  1  a/b
      3.21  P>C  CANCEL      1  a
      3.3   P<C  487 INVITE  1  a/c`,
  },
  {
    sentence: 'answered after 3.2 s; no BYE was captured',
    ladder: `${ANSWERED}
      20    A>B  INVITE      2  a/b
      21    A>B  CANCEL      2  a/b`,
  },
  {
    sentence: 'answered after 3.2 s; no BYE was captured',
    ladder: `${ANSWERED}
      3.7   A<B  200 INVITE  1  a/b
      4.7   A<B  200 INVITE  1  a/b
      4.8   A>B  ACK         1  a/b`,
  },
  {
    sentence: 'joined after the INVITE; lasted 6.0 s',
    ladder: `
      0.05 A<B  100 INVITE  1  a
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b
      9    A>B  BYE         2  a/b`,
  },
  {
    sentence: 'joined after the INVITE; no BYE was captured',
    ladder: `
      0.05 A<B  100 INVITE  1  a
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b`,
  },
  {
    sentence: 'joined after the INVITE; a BYE ended it, and no final answer was captured',
    ladder: `
      1    A<B  180 INVITE  1  a/b
      9    A>B  BYE         2  a/b`,
  },
  {
    sentence: 'joined after the INVITE; 486 Busy Here from 10.0.0.2: the called side was busy',
    ladder: `
      0.05 A<B  100 INVITE  1  a
      4    A<B  486 INVITE  1  a/b`,
  },
  {
    sentence: 'joined after the INVITE; the caller gave up',
    ladder: '4 A<B 487 INVITE 1 a/b',
  },
  {
    sentence: 'ended by the caller; no answer to the INVITE was captured',
    ladder: `
      0    A>B  INVITE  1  a
      9    A>B  BYE     2  a/b`,
  },
  { sentence: 'joined in the middle: only its end was captured', ladder: '9 A>B BYE 2 a/b' },
  {
    sentence: 'joined in the middle: its last 5.0 s were captured',
    ladder: `
      4    A>B  INVITE      2  a/b
      4.1  A<B  200 INVITE  2  a/b
      9    A>B  BYE         3  a/b`,
  },
  {
    sentence: 'joined in the middle: neither the INVITE nor a BYE was captured',
    ladder: '4 A>B UPDATE 2 a/b',
  },
  {
    sentence: 'joined in the middle: neither the INVITE nor a BYE was captured',
    ladder: `
      4   A>B  INVITE      2  a/b
      5   A>B  CANCEL      2  a/b
      5   A<B  487 INVITE  2  a/b
      5   A>B  ACK         2  a/b`,
  },
  {
    sentence: 'the caller gave up after ringing for 6.0 s',
    ladder: `${RINGING}
      6.9  A>B  CANCEL      1  a
      7    A<B  487 INVITE  1  a/b`,
  },
  {
    sentence: 'the caller gave up before it rang, after 2.0 s',
    ladder: `
      0    A>B  INVITE      1  a
      1.9  A>B  CANCEL      1  a
      2    A<B  487 INVITE  1  a/b`,
  },
  {
    sentence: 'the caller gave up; no final answer to the INVITE was captured',
    ladder: `${RINGING}
      6.9  A>B  CANCEL      1  a`,
  },
  {
    sentence: '486 Busy Here from 10.0.0.2 after 4.0 s: the called side was busy',
    ladder: `${RINGING}
      4    A<B  486 INVITE  1  a/b`,
  },
  {
    sentence: '404 Not Found from 10.0.0.3 after 1.2 s',
    ladder: `
      0    A>B  INVITE      1  a
      0.5  A<B  503 INVITE  1  a/b
      1    A>C  INVITE      2  a
      1.2  A<C  404 INVITE  2  a/c`,
  },
  {
    sentence: '404 Not Found from 10.0.0.2 after 200 ms',
    ladder: `
      0    A>B  INVITE      1  a
      0.2  A<B  404 INVITE  1  a/b`,
  },
  {
    sentence:
      '302 Moved Temporarily from 10.0.0.2 after 200 ms: ' +
      'the caller was sent elsewhere and did not try again here',
    ladder: `
      0    A>B  INVITE      1  a
      0.2  A<B  302 INVITE  1  a/b`,
  },
  {
    sentence:
      '407 Proxy Authentication Required from 10.0.0.2 after 200 ms: ' +
      'credentials were asked for, and none came',
    ladder: `
      0    A>B  INVITE      1  a
      0.2  A<B  407 INVITE  1  a/b`,
  },
  {
    sentence:
      '401 Unauthorized from 10.0.0.2 after 500 ms: ' +
      'credentials were asked for, and what came was not accepted',
    ladder: `
      0    A>B  INVITE      1  a
      0.2  A<B  401 INVITE  1  a/b
      0.2  A>B  ACK         1  a/b
      0.3  A>B  INVITE      2  a
      0.5  A<B  401 INVITE  2  a/c
      1    A<B  401 INVITE  2  a/c`,
  },
  { sentence: 'rang, and nothing more was captured', ladder: RINGING },
  {
    sentence: 'rang for 30.0 s without an answer; nothing more was captured',
    ladder: `${RINGING}
      31   A>B  INFO  2  a/b`,
  },
  {
    sentence: '408 Request Timeout from 10.0.0.16 after 32.0 s; no answer from 10.0.0.2',
    ladder: `
      0    A>P  INVITE      1  a
      0.01 A<P  100 INVITE  1  a
      0.01 P>B  INVITE      1  a
      0.51 P>B  INVITE      1  a
      32   A<P  408 INVITE  1  a/p`,
  },
  {
    sentence: 'no final answer from 10.0.0.16 within 510 ms; no answer from 10.0.0.2',
    ladder: `
      0    A>P  INVITE      1  a
      0.01 A<P  100 INVITE  1  a
      0.01 P>B  INVITE      1  a
      0.51 P>B  INVITE      1  a`,
  },
  {
    sentence: 'the caller gave up before it rang, after 5.0 s; no answer from 10.0.0.2',
    ladder: `
      0    A>P  INVITE      1  a
      0.01 A<P  100 INVITE  1  a
      0.01 P>B  INVITE      1  a
      0.51 P>B  INVITE      1  a
      4.9  A>P  CANCEL      1  a
      5    A<P  487 INVITE  1  a/p`,
  },
  {
    sentence: '486 Busy Here from 10.0.0.3 after 990 ms: the called side was busy',
    ladder: `
      0    A>P  INVITE      1  a
      0.01 P>B  INVITE      1  a
      0.01 P>C  INVITE      1  a
      0.99 P<C  486 INVITE  1  a/c
      1    A<P  486 INVITE  1  a/c`,
  },
  {
    sentence: 'no answer at all from 10.0.0.2: INVITE sent 3 times in 1.5 s',
    ladder: `
      0    A>B  INVITE  1  a
      0.5  A>B  INVITE  1  a
      1.5  A>B  INVITE  1  a`,
  },
  {
    sentence: 'no answer at all from 10.0.0.2: INVITE sent once',
    ladder: '0 A>B INVITE 1 a',
  },
  {
    sentence: 'no answer at all from 10.0.0.2: INVITE sent once',
    ladder: `
      0        A>B  INVITE  1  a
      0.000003 A>B  INVITE  1  a`,
  },
  {
    sentence: 'no answer at all from 10.0.0.2: INVITE sent 2 times in 500 ms',
    ladder: `
      0        A>B  INVITE  1  a
      0.000003 A>B  INVITE  1  a
      0.5      A>B  INVITE  1  a
      0.500003 A>B  INVITE  1  a`,
  },
  {
    sentence: 'a final answer was acknowledged, but not captured',
    ladder: `
      0    A>B  INVITE  1  a
      3.1  A>B  ACK     1  a/b
      3.2  A>B  INVITE  2  a
      6    A>B  ACK     2  a/c`,
  },
  {
    sentence: 'no final answer from 10.0.0.2 within 200 ms',
    ladder: `
      0    A>B  INVITE  1  a
      0.1  A>B  ACK     1  a/b
      0.2  A>B  INVITE  2  a`,
  },
  {
    sentence: 'rang for 18.9 s without an answer; nothing more was captured',
    ladder: `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      0.1  P>C  INVITE      1  a
      0.3  P<B  486 INVITE  1  a/b
      1    P<C  180 INVITE  1  a/c
      1.1  P>B  ACK         1  a/b
      19.9 A>P  INFO        2  a/c`,
  },
  {
    sentence: 'no final answer from 10.0.0.2 within 100 ms',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  100 INVITE  1  a`,
  },
]

const otherLegs: Case[] = [
  {
    sentence: '200 OK from 10.0.0.2',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  200 REGISTER  1  a/b`,
  },
  {
    sentence: '403 Forbidden from 10.0.0.2',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  403 REGISTER  1  a/b`,
  },
  {
    sentence: '401 Unauthorized from 10.0.0.2: credentials were asked for, and none came',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  401 REGISTER  1  a/b
      0.2  A>B  REGISTER      2  a
      0.3  A<B  200 REGISTER  2  a/b
      60   A>B  REGISTER      3  a
      60.1 A<B  401 REGISTER  3  a/b
      60.6 A<B  401 REGISTER  3  a/b`,
  },
  {
    sentence:
      '401 Unauthorized from 10.0.0.2: credentials were asked for, and what came was not accepted',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  401 REGISTER  1  a/b
      0.2  A>B  REGISTER      2  a
      0.3  A<B  401 REGISTER  2  a/b`,
  },
  {
    sentence: '777 from 10.0.0.2',
    ladder: `
      0    A>B  OPTIONS      1  a
      0.1  A<B  777 OPTIONS  1  a/b`,
  },
  { sentence: 'no answer from 10.0.0.2 to one message', ladder: '0 A>B OPTIONS 1 a' },
  {
    sentence: 'no answer from 10.0.0.2 to one message',
    ladder: `
      0        A>B  OPTIONS  1  a
      0.000003 A>B  OPTIONS  1  a`,
  },
  {
    sentence: 'no answer from 10.0.0.2 to 2 messages',
    ladder: `
      0    A>B  OPTIONS  1  a
      0.5  A>B  OPTIONS  1  a`,
  },
  {
    sentence: '401 Unauthorized from 10.0.0.2, and no answer to what was sent after it',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  401 REGISTER  1  a/b
      0.2  A>B  REGISTER      2  a`,
  },
]

describe('verdictOf', () => {
  testSentences([...calls, ...otherLegs])

  test('no leg at all', () => {
    assert.equal(verdictOf([]), 'no message of this call was captured')
  })

  test('a transfer that was asked for on a joined leg is told with the address', () => {
    const near = shownLeg(ANSWERED.replaceAll('B', 'P'), 'near@test')
    const far = shownLeg(
      `
      0.1   P>B  INVITE      1  p
      3     P<B  200 INVITE  1  p/b
      20    P<B  REFER       7  b/p
      20.1  P>B  202 REFER   7  b/p`,
      'far@test',
    )
    assert.equal(
      verdictOf([near, far]),
      'answered after 3.2 s; no BYE was captured; 10.0.0.2 asked for a transfer',
    )
  })

  test('where a refusal came through several legs the farthest one is named', () => {
    const near = shownLeg(
      `
      0     A>P  INVITE      1  a
      2.02  A<P  503 INVITE  1  a/p`,
      'near@test',
    )
    const far = shownLeg(
      `
      0.01  P>C  INVITE      1  p
      2     P<C  503 INVITE  1  p/c`,
      'far@test',
    )
    assert.equal(verdictOf([near, far]), '503 Service Unavailable from 10.0.0.3 after 2.0 s')
  })
})

describe('formatSpan', () => {
  for (const [us, text] of [
    [-5, '0 ms'],
    [0, '0 ms'],
    [499, '0 ms'],
    [20_000, '20 ms'],
    [999_499, '999 ms'],
    [999_500, '1.0 s'],
    [59_940_000, '59.9 s'],
    [59_960_000, '1 min 00 s'],
    [125_000_000, '2 min 05 s'],
    [3_599_600_000, '1 h 00 min'],
    [3_840_000_000, '1 h 04 min'],
    [90_000_000_000, '25 h 00 min'],
    [3 * 86_400_000_000, '3 days 0 h'],
  ] as const) {
    test(`${us} µs is ${text}`, () => assert.equal(formatSpan(us), text))
  }
})
