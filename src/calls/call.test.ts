// The legs of a call in, what the call tells of them out: by whom it is told, and in what words.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assembleCall } from './call.ts'
import { makeRecord } from './stream-record.fixture.ts'
import type { StreamRecord } from './stream-record.ts'
import { LADDER_START_US, shownLeg } from './trail.fixture.ts'

const NO_MEDIA = new Map()

/** The call of these legs, with its times in seconds of the ladder. */
function called(first: string, ...others: readonly string[]) {
  const legs = others.map((ladder, i) => shownLeg(ladder, `leg-${i + 2}@test`))
  const call = assembleCall([shownLeg(first, 'leg-1@test'), ...legs], [], NO_MEDIA)
  const seconds = (tUs: number | null) => tUs && (tUs - LADDER_START_US) / 1_000_000
  const { state, status, startUs, ringUs, answerUs, endUs, verdict } = call
  const times = [startUs, ringUs, answerUs, endUs].map(seconds)
  return { state, status, times, durationMs: call.durationMs, verdict }
}

const REFUSED_BY_B = `
  0    A>B  INVITE      1  a
  0.1  A<B  503 INVITE  1  a/b`
const ANSWERED_BY_C = `
  2    A>C  INVITE      1  c
  3    A<C  180 INVITE  1  c/d
  5    A<C  200 INVITE  1  c/d
  65   A<C  BYE         1  d/c`
const CAME_THROUGH = {
  state: 'completed',
  status: 200,
  times: [0, 3, 5, 65],
  durationMs: 60_000,
  verdict: 'answered after 5.0 s, lasted 1 min 00 s, ended by the callee',
}

describe('a call whose sender tries again with a new Call-ID', () => {
  test('is told by the leg that was answered, from the start of the first', () => {
    assert.deepEqual(called(REFUSED_BY_B, ANSWERED_BY_C), CAME_THROUGH)
  })

  test('is told so where a redirect was followed, and where the first end never answered', () => {
    const redirected = REFUSED_BY_B.replace('503', '302')
    assert.deepEqual(called(redirected, ANSWERED_BY_C), CAME_THROUGH)
    assert.deepEqual(called('0 A>B INVITE 1 a', ANSWERED_BY_C), CAME_THROUGH)
  })

  test('is told by the end of a group that answered, though another was tried first', () => {
    const cancelled = `
      0    A>B  INVITE      1  a
      1    A<B  180 INVITE  1  a/b
      5.1  A>B  CANCEL      1  a
      5.2  A<B  487 INVITE  1  a/b`
    assert.deepEqual(called(cancelled, ANSWERED_BY_C), CAME_THROUGH)
  })

  test('is told by whoever answered elsewhere, as the leg that lost says', () => {
    const lost = `
      0    A>B  INVITE      1  a
      1    A<B  180 INVITE  1  a/b
      5.1  A>B  CANCEL      1  a    | Reason: SIP;cause=200;text="Call completed elsewhere"
      5.2  A<B  487 INVITE  1  a/b`
    assert.deepEqual(called(lost, ANSWERED_BY_C), CAME_THROUGH)
    // By the other interface of a server with two.
    assert.deepEqual(called(lost, ANSWERED_BY_C.replaceAll('A', 'D')), CAME_THROUGH)
    const { state, status, verdict } = called(lost)
    assert.deepEqual([state, status], ['cancelled', 487])
    assert.equal(verdict, 'answered elsewhere after ringing for 4.2 s')
  })

  test('is told by its last try where none was answered, and by who refused that one', () => {
    const again = `
      2    A>C  INVITE      1  c
      4    A<C  503 INVITE  1  c/d`
    assert.deepEqual(called(REFUSED_BY_B, again), {
      state: 'rejected',
      status: 503,
      times: [0, null, null, 4],
      durationMs: null,
      verdict: '503 Service Unavailable from 10.0.0.3 after 4.0 s',
    })
  })

  test('tells how long the last try was answered by nobody', () => {
    const silent = `
      2    A>C  INVITE  1  c
      2.5  A>C  INVITE  1  c`
    const { state, status, verdict } = called(REFUSED_BY_B, silent)
    assert.deepEqual([state, status], ['trying', null])
    assert.equal(verdict, 'no answer at all from 10.0.0.3: INVITE sent 2 times in 500 ms')
  })

  test('stays with the first of two that rang at once and were both refused', () => {
    const other = `
      0.05 A>C  INVITE      1  c
      4    A<C  486 INVITE  1  c/d`
    const { status, verdict } = called(REFUSED_BY_B, other)
    assert.deepEqual([status, verdict], [503, '503 Service Unavailable from 10.0.0.2 after 100 ms'])
  })
})

describe('a call that others carried on', () => {
  test('is told by the caller’s leg, though a B2BUA reached somebody', () => {
    const onward = ANSWERED_BY_C.replaceAll('A', 'B')
    const { state, status } = called(REFUSED_BY_B, onward)
    assert.deepEqual([state, status], ['rejected', 503])
  })

  test('is told by the first leg when that was answered, whatever came of a later one', () => {
    const busy = `
      70   A>B  INVITE      1  e
      71   A<B  486 INVITE  1  e/f`
    assert.deepEqual(called(ANSWERED_BY_C, busy).state, 'completed')
  })

  test('on one host, where ports alone tell who sent what', () => {
    const onOneHost = (ladder: string, srcPort: number) => {
      const ends = { src: '127.0.0.1', dst: '127.0.0.1', srcPort }
      return { ...shownLeg(ladder, `port-${srcPort}@test`), ...ends }
    }
    const first = onOneHost(REFUSED_BY_B, 5070)
    assert.equal(assembleCall([first, onOneHost(ANSWERED_BY_C, 5060)], [], NO_MEDIA).status, 503)
    assert.equal(assembleCall([first, onOneHost(ANSWERED_BY_C, 5070)], [], NO_MEDIA).status, 200)
  })
})

describe('the lowest score of a call', () => {
  const leg = shownLeg(ANSWERED_BY_C, 'leg-1@test')
  const mosMin = (...records: readonly StreamRecord[]) =>
    assembleCall([leg], [], new Map([[leg.legKey, records]])).mosMin
  const heard = makeRecord()
  const stray = makeRecord({ packets: 2, expected: 2_501, src: '198.51.100.7' })

  test('is of a stream that was heard, not of two packets from anybody', () => {
    assert.equal(mosMin(heard, stray), mosMin(heard))
    assert.equal(mosMin(heard, makeRecord({ packets: 250, expected: 500 })), 1.61)
  })

  test('is of a short stream where there is no other', () => {
    assert.equal(mosMin(stray), 1.18)
    const reported = makeRecord({ packets: 0, expected: 0, adaptiveMsMean: null })
    assert.equal(mosMin(stray, reported), 1.18)
  })
})
