// Ladders in, how the leg went out: what an engineer reads off each of them by eye. Calls that
// failed have leg-summary-failed.test.ts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_TRAIL } from './leg-record.ts'
import { summarizeLeg } from './leg-summary.ts'
import {
  ANSWERED,
  answered,
  completed,
  HUNG_UP,
  type LadderCase,
  RINGING,
  testLadders,
} from './ladder-cases.fixture.ts'
import { legOfLadder } from './trail.fixture.ts'

const answeredCalls: LadderCase[] = [
  { name: 'the caller hangs up', ladder: ANSWERED + HUNG_UP, course: completed },
  {
    name: 'the callee hangs up',
    ladder: `${ANSWERED}
      7    A<B  BYE      77  b/a
      7.1  A>B  200 BYE  77  b/a`,
    course: { ...completed, end: 7, by: 'callee' },
  },
  {
    name: 'no BYE was captured',
    ladder: ANSWERED,
    course: { ...answered, state: 'in-call' },
  },
  {
    name: 'both hang up at once: the first BYE ends it',
    ladder: `${ANSWERED}
      9    A<B  BYE      5  b/a
      9.01 A>B  BYE      2  a/b
      9.1  A>B  200 BYE  5  b/a
      9.1  A<B  200 BYE  2  a/b`,
    course: { ...completed, by: 'callee' },
  },
  {
    name: 'the BYE is refused: who sent it has left all the same (RFC 3261 §15.1.1)',
    ladder: `${ANSWERED}
      9    A>B  BYE      2  a/b
      9.1  A<B  481 BYE  2  a/b`,
    course: completed,
  },
  {
    name: 'the BYE is challenged and sent again',
    ladder: `${ANSWERED}
      9    A>B  BYE      2  a/b
      9.1  A<B  407 BYE  2  a/b
      9.2  A>B  BYE      3  a/b
      9.3  A<B  200 BYE  3  a/b`,
    course: completed,
  },
  {
    name: 'it is answered without ringing',
    ladder: `
      0    A>B  INVITE      1  a
      2    A<B  200 INVITE  1  a/b`,
    course: { state: 'in-call', answer: 2, status: 200 },
  },
  {
    name: 'early media counts as ringing, 181 and 182 do not',
    ladder: `
      0    A>B  INVITE      1  a
      1    A<B  181 INVITE  1  a/b
      2    A<B  182 INVITE  1  a/b
      3    A<B  183 INVITE  1  a/b
      4    A<B  180 INVITE  1  a/b`,
    course: { state: 'ringing', ring: 3 },
  },
  {
    name: 'everything is sent twice',
    ladder: `
      0    A>B  INVITE      1  a
      0.5  A>B  INVITE      1  a
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b
      3.5  A<B  200 INVITE  1  a/b
      3.6  A>B  ACK         1  a/b
      3.7  A>B  ACK         1  a/b
      9    A>B  BYE         2  a/b
      9.5  A>B  BYE         2  a/b
      9.6  A<B  200 BYE     2  a/b
      9.7  A<B  200 BYE     2  a/b`,
    course: { ...completed, repeats: 5 },
  },
  {
    name: 'everything is captured twice: nothing was sent again',
    ladder: `
      0        A>B  INVITE      1  a
      0.000003 A>B  INVITE      1  a
      1        A<B  180 INVITE  1  a/b
      1        A<B  180 INVITE  1  a/b
      3        A<B  200 INVITE  1  a/b
      3.04     A<B  200 INVITE  1  a/b
      9        A>B  BYE         2  a/b
      9.000003 A>B  BYE         2  a/b`,
    course: { ...completed, copies: 4 },
  },
  {
    name: 'a refusal that is captured twice stands, and so does the attempt after it',
    ladder: `
      0        A>B  INVITE      1  a
      0.000003 A>B  INVITE      1  a
      0.01     A<B  503 INVITE  1  a/x
      0.010003 A<B  503 INVITE  1  a/x
      0.04     A>B  INVITE      1  a`,
    course: { state: 'rejected', end: 0.01, status: 503, by: 'callee', copies: 3 },
  },
  {
    name: 'the same bytes over the next hop are no retransmission',
    ladder: `
      0     A>P  INVITE  1  a
      0.01  P>B  INVITE  1  a`,
    course: { state: 'trying' },
  },
]

const changesWithin: LadderCase[] = [
  ...[
    ['a re-INVITE is accepted', 'A>B INVITE 2 a/b', 'A<B 200 INVITE 2 a/b'],
    ['a re-INVITE is refused as unacceptable', 'A>B INVITE 2 a/b', 'A<B 488 INVITE 2 a/b'],
    ['re-INVITEs collide', 'A>B INVITE 2 a/b', 'A<B 491 INVITE 2 a/b'],
    ['a re-INVITE is challenged', 'A>B INVITE 2 a/b', 'A<B 407 INVITE 2 a/b'],
    ['an UPDATE is accepted', 'A>B UPDATE 2 a/b', 'A<B 200 UPDATE 2 a/b'],
    ['an UPDATE is refused', 'A>B UPDATE 2 a/b', 'A<B 488 UPDATE 2 a/b'],
    ['UPDATEs collide', 'A>B UPDATE 2 a/b', 'A<B 491 UPDATE 2 a/b'],
    ['the callee re-INVITEs, refused', 'A<B INVITE 8 b/a', 'A>B 488 INVITE 8 b/a'],
    [
      'the callee re-INVITEs with the CSeq of the INVITE',
      'A<B INVITE 1 b/a',
      'A>B 488 INVITE 1 b/a',
    ],
    ['the caller sends digits', 'A>B INFO 2 a/b', 'A<B 415 INFO 2 a/b'],
    ['the caller transfers', 'A>B REFER 2 a/b', 'A<B 603 REFER 2 a/b'],
  ].map(([name = '', request = '', response = '']) => ({
    name,
    ladder: `${ANSWERED}
      5    ${request}
      5.1  ${response}
      9    A>B  BYE      7  a/b
      9.1  A<B  200 BYE  7  a/b`,
    course: completed,
  })),
  {
    name: 'an UPDATE before the answer fails',
    ladder: `${RINGING}
      2    A>B  UPDATE      2  a/b
      2.1  A<B  504 UPDATE  2  a/b
      3    A<B  200 INVITE  1  a/b`,
    course: { ...answered, state: 'in-call' },
  },
  {
    name: 'the caller’s re-INVITE times out and the call goes on',
    ladder: `${ANSWERED}
      5    A>B  INVITE      2  a/b
      37   A<B  408 INVITE  2  a/b`,
    course: { ...answered, state: 'in-call' },
  },
  {
    name: 'a provisional answer is acknowledged (RFC 3262)',
    ladder: `
      0    A>B  INVITE      1  a
      1    A<B  183 INVITE  1  a/b
      1.1  A>B  PRACK       2  a/b
      1.2  A<B  200 PRACK   2  a/b
      3    A<B  200 INVITE  1  a/b`,
    course: { ...answered, state: 'in-call' },
  },
]

const forkedCalls: LadderCase[] = [
  {
    name: 'several ends ring, one answers',
    ladder: `
      0    A>P  INVITE      1  a
      1    A<P  180 INVITE  1  a/b
      1.5  A<P  180 INVITE  1  a/c
      3    A<P  200 INVITE  1  a/c
      9    A>P  BYE         2  a/c`,
    course: completed,
  },
  {
    name: 'two ends answer and the caller drops the second: the call goes on (RFC 3261 §13.2.2.4)',
    ladder: `
      0    A>P  INVITE      1  a
      1    A<P  180 INVITE  1  a/b
      3    A<P  200 INVITE  1  a/b
      3.1  A>P  ACK         1  a/b
      3.2  A<P  200 INVITE  1  a/c
      3.3  A>P  ACK         1  a/c
      3.4  A>P  BYE         2  a/c
      3.5  A<P  200 BYE     2  a/c`,
    course: { ...answered, state: 'in-call' },
  },
  {
    name: 'two ends answer: the call ends with the BYE of the one that was kept',
    ladder: `
      0    A>P  INVITE      1  a
      1    A<P  180 INVITE  1  a/b
      3    A<P  200 INVITE  1  a/b
      3.2  A<P  200 INVITE  1  a/c
      3.4  A>P  BYE         2  a/c
      9    A<P  BYE         1  b/a`,
    course: { ...completed, by: 'callee' },
  },
  {
    name: 'two ends answer, and one is never acknowledged: the BYE of the other ends the call',
    ladder: `
      0    A>P  INVITE      1  a
      1    A<P  180 INVITE  1  a/b
      3    A<P  200 INVITE  1  a/b
      3.1  A<P  200 INVITE  1  a/c
      3.2  A>P  ACK         1  a/b
      9    A>P  BYE         2  a/b`,
    course: completed,
  },
  {
    name: 'two ends answer, and the ACK of the one that was kept was lost: its BYE ends the call',
    ladder: `
      0    A>P  INVITE      1  a
      1    A<P  180 INVITE  1  a/b
      3    A<P  200 INVITE  1  a/b
      3.1  A<P  200 INVITE  1  a/c
      3.2  A>P  ACK         1  a/c
      3.3  A>P  BYE         2  a/c
      9    A>P  BYE         2  a/b`,
    course: completed,
  },
  {
    name: 'an early dialog is dropped by BYE and another end answers',
    ladder: `
      0    A>P  INVITE      1  a
      1    A<P  180 INVITE  1  a/b
      1.5  A<P  180 INVITE  1  a/c
      2    A>P  BYE         2  a/b
      3    A<P  200 INVITE  1  a/c
      9    A>P  BYE         2  a/c`,
    course: completed,
  },
]

const halfSeenCalls: LadderCase[] = [
  {
    name: 'joined after the INVITE',
    ladder: `
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b
      9    A>B  BYE         2  a/b`,
    course: { state: 'completed', start: 1, ring: 1, answer: 3, end: 9, status: 200 },
  },
  {
    name: 'joined after the answer',
    ladder: HUNG_UP,
    course: { state: 'completed', start: 9, end: 9 },
  },
  {
    name: 'joined between two re-INVITEs',
    ladder: `
      5    A>B  INVITE      2  a/b
      5.1  A<B  488 INVITE  2  a/b`,
    course: { state: 'in-call', start: 5 },
  },
  {
    name: 'joined at the re-INVITE of a call that ends',
    ladder: `
      5    A>B  INVITE      2  a/b
      5.1  A<B  200 INVITE  2  a/b
      9    A>B  BYE         3  a/b`,
    course: { state: 'completed', start: 5, end: 9 },
  },
  { name: 'only an ACK', ladder: '4 A>B ACK 1 a/b', course: { state: 'in-call', start: 4 } },
  { name: 'only an UPDATE', ladder: '4 A>B UPDATE 2 a/b', course: { state: 'in-call', start: 4 } },
  {
    name: 'only a CANCEL',
    ladder: `
      4    A>B  CANCEL      1  a
      4.1  A<B  200 CANCEL  1  a/b`,
    course: { state: 'cancelled', start: 4 },
  },
  {
    name: 'only what the caller sent',
    ladder: `
      0    A>B  INVITE  1  a
      3.1  A>B  ACK     1  a/b
      9    A>B  BYE     2  a/b`,
    course: { state: 'completed', end: 9, by: 'caller' },
  },
  {
    name: 'only what the callee sent: the answer to the BYE tells the end',
    ladder: `
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b
      9.1  A<B  200 BYE     2  a/b`,
    course: { state: 'completed', start: 1, ring: 1, answer: 3, end: 9.1, status: 200 },
  },
  {
    name: 'only the refusal',
    ladder: '4 A<B 486 INVITE 1 a/b',
    course: { state: 'busy', start: 4, end: 4, status: 486, by: 'callee' },
  },
]

const otherKinds: LadderCase[] = [
  {
    name: 'a registration with credentials at the second attempt',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  401 REGISTER  1  a/x
      0.2  A>B  REGISTER      2  a
      0.3  A<B  200 REGISTER  2  a/y`,
    course: { kind: 'registration', state: 'done', end: 0.3, status: 200 },
  },
  {
    name: 'a registration that is abandoned at the challenge',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  401 REGISTER  1  a/x`,
    course: { kind: 'registration', state: 'challenged', end: 0.1, status: 401 },
  },
  {
    name: 'a registration whose second attempt nobody answers',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  401 REGISTER  1  a/x
      0.2  A>B  REGISTER      2  a`,
    course: { kind: 'registration', state: 'pending', status: 401 },
  },
  {
    name: 'a refused registration',
    ladder: `
      0    A>B  REGISTER      1  a
      0.1  A<B  403 REGISTER  1  a/x`,
    course: { kind: 'registration', state: 'rejected', end: 0.1, status: 403 },
  },
  {
    name: 'a ping',
    ladder: `
      0    A>B  OPTIONS      1  a
      0.1  A<B  200 OPTIONS  1  a/b`,
    course: { kind: 'options', state: 'done', end: 0.1, status: 200 },
  },
  {
    name: 'a ping that nobody answers',
    ladder: `
      0    A>B  OPTIONS  1  a
      0.5  A>B  OPTIONS  1  a`,
    course: { kind: 'options', state: 'pending', repeats: 1 },
  },
  {
    name: 'a subscription with its notifications',
    ladder: `
      0    A>B  SUBSCRIBE      1  a
      0.1  A<B  202 SUBSCRIBE  1  a/b
      0.2  A<B  NOTIFY         1  b/a
      0.3  A>B  200 NOTIFY     1  b/a`,
    course: { kind: 'subscription', state: 'done', end: 0.1, status: 202 },
  },
  {
    name: 'a subscription stays accepted when a later notification is refused',
    ladder: `
      0    A>B  SUBSCRIBE      1  a
      0.1  A<B  202 SUBSCRIBE  1  a/b
      9    A<B  NOTIFY         1  b/a
      9.1  A>B  481 NOTIFY     1  b/a`,
    course: { kind: 'subscription', state: 'done', end: 0.1, status: 202 },
  },
  {
    name: 'a notification that nobody subscribed to',
    ladder: `
      0    A>B  NOTIFY      1  a
      0.1  A<B  489 NOTIFY  1  a/b`,
    course: { kind: 'subscription', state: 'rejected', end: 0.1, status: 489 },
  },
  {
    name: 'a text message',
    ladder: `
      0    A>B  MESSAGE      1  a
      0.1  A<B  202 MESSAGE  1  a/b`,
    course: { kind: 'message', state: 'done', end: 0.1, status: 202 },
  },
  {
    name: 'a publication',
    ladder: `
      0    A>B  PUBLISH      1  a
      0.1  A<B  412 PUBLISH  1  a/b`,
    course: { kind: 'subscription', state: 'rejected', end: 0.1, status: 412 },
  },
  {
    name: 'a method that nobody knows',
    ladder: `
      0    A>B  FROBNICATE      1  a
      0.1  A<B  501 FROBNICATE  1  a/b`,
    course: { kind: 'other', state: 'rejected', end: 0.1, status: 501 },
  },
  {
    name: 'only the answer to a registration',
    ladder: '1 A<B 200 REGISTER 2 a/y',
    course: { kind: 'registration', state: 'done', start: 1, end: 1, status: 200 },
  },
]

testLadders('an answered call', answeredCalls)
testLadders('a change within a call', changesWithin)
testLadders('a forked call', forkedCalls)
testLadders('a call that was not captured whole', halfSeenCalls)
testLadders('a leg that is no call', otherKinds)

describe('summarizeLeg', () => {
  test('an empty trail is a leg of nothing', () => {
    const summary = summarizeLeg(NO_TRAIL)
    assert.equal(summary.messages, 0)
    assert.equal(summary.path, null)
    assert.equal(summary.startUs, 0)
  })

  test('the ends are those of the first request', () => {
    const { path } = summarizeLeg(legOfLadder(ANSWERED).trail)
    assert.deepEqual([path?.src, path?.dst], ['10.0.0.1', '10.0.0.2'])
  })

  test('where only answers were seen the ends are theirs turned round', () => {
    const { path, isOpened } = summarizeLeg(legOfLadder('1 A<B 200 INVITE 1 a/b').trail)
    assert.deepEqual([path?.src, path?.dst, isOpened], ['10.0.0.1', '10.0.0.2', false])
  })

  test('where the callee hangs up and no INVITE was seen, the answers tell the ends', () => {
    const { path } = summarizeLeg(
      legOfLadder(`
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b
      9    A<B  BYE         5  b/a`).trail,
    )
    assert.deepEqual([path?.src, path?.dst], ['10.0.0.1', '10.0.0.2'])
  })

  test('a leg is opened by its INVITE, not by a re-INVITE, an ACK or a BYE', () => {
    const isOpened = (ladder: string) => summarizeLeg(legOfLadder(ladder).trail).isOpened
    assert.equal(isOpened('0 A>B INVITE 1 a'), true)
    assert.equal(isOpened('0 A>B INVITE 1 a/b'), false)
    assert.equal(isOpened('0 A>B ACK 1 a'), false)
    assert.equal(isOpened('0 A>B BYE 1 a'), false)
  })
})
