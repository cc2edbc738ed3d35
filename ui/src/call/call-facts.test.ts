// The headline's facts for calls that got far and calls that did not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Evidence } from '../../../src/calls/join-evidence.ts'
import type { Call, Leg } from '../../../src/calls/leg.ts'
import {
  endedByOf,
  identitiesOf,
  joinsInWords,
  namesOf,
  problemsOf,
  spansOf,
} from './call-facts.ts'

function leg(legKey: string, more: Partial<Leg> = {}): Leg {
  return {
    legKey,
    callId: legKey,
    callKey: 'call',
    conversationId: '',
    kind: 'call',
    state: 'completed',
    from: 'a',
    to: 'b',
    fromHost: null,
    toHost: null,
    src: '10.0.0.1',
    srcPort: 5060,
    dst: '10.0.0.2',
    dstPort: 5060,
    transport: 'udp',
    isOpened: true,
    startUs: 0,
    ringUs: null,
    answerUs: null,
    endUs: null,
    lastUs: 0,
    status: null,
    endedBy: null,
    messages: 1,
    retransmissions: 0,
    copies: 0,
    isAcknowledged: false,
    isChallengedAgain: false,
    answerRepeats: 0,
    isCancelCrossed: false,
    refusedBy: null,
    transferBy: null,
    identities: [],
    silentAt: null,
    reason: null,
    userAgent: null,
    problems: [],
    ...more,
  }
}

function call(more: Partial<Call> = {}): Call {
  return {
    callKey: 'call',
    conversationId: '',
    legs: [leg('one'), leg('two')],
    joins: [],
    from: 'a',
    to: 'b',
    startUs: 1_000_000,
    ringUs: null,
    answerUs: null,
    endUs: null,
    durationMs: null,
    status: null,
    state: 'trying',
    kind: 'call',
    verdict: '',
    mosMin: null,
    recordings: 0,
    ...more,
  }
}

test('spansOf: an answered call tells when it rang, was answered, and how long it was', () => {
  const spans = spansOf(call({ ringUs: 1_500_000, answerUs: 4_000_000, endUs: 34_000_000 }))
  assert.deepEqual(
    spans.map(({ label, spanUs }) => [label, spanUs]),
    [
      ['Rang after', 500_000],
      ['Answered after', 3_000_000],
      ['Duration', 30_000_000],
    ],
  )
})

test('spansOf: a refused call tells how long that took, one without an end tells nothing', () => {
  assert.deepEqual(
    spansOf(call({ endUs: 4_000_000 })).map(({ label, spanUs }) => [label, spanUs]),
    [['Ended after', 3_000_000]],
  )
  assert.deepEqual(spansOf(call()), [])
})

test('endedByOf: the leg whose end is the end of the call names the side', () => {
  const failed = leg('one', { endUs: 2_000_000, endedBy: 'callee' })
  const answered = leg('two', { answerUs: 4_000_000, endUs: 9_000_000, endedBy: 'caller' })
  const legs = [failed, answered]
  assert.equal(endedByOf(call({ legs, answerUs: 4_000_000, endUs: 9_000_000 })), 'caller')
  assert.equal(endedByOf(call({ legs, endUs: 2_000_000 })), 'callee')
  assert.equal(endedByOf(call({ legs })), null)
})

test('joinsInWords: names the leg, the header and what its value is', () => {
  const joins = [{ legKey: 'two', header: 'X-Call-ID', evidence: [], value: 'abc@10.0.0.1' }]
  const wordsWith = (legs: Leg[]) => joinsInWords(call({ legs, joins }))[0]
  const before = 'Leg 2 belongs to this call: '
  assert.equal(
    wordsWith([leg('one', { callId: 'x' }), leg('two', { callId: 'y' })]),
    `${before}its X-Call-ID is that of another leg, abc@10.0.0.1`,
  )
  assert.equal(
    wordsWith([leg('one', { callId: 'abc@10.0.0.1' }), leg('two', { callId: 'y' })]),
    `${before}its X-Call-ID is the Call-ID of leg 1, abc@10.0.0.1`,
  )
  assert.equal(
    wordsWith([leg('one', { callId: 'x' }), leg('two', { callId: 'abc@10.0.0.1' })]),
    `${before}another leg names its Call-ID in X-Call-ID, abc@10.0.0.1`,
  )
  assert.match(joinsInWords(call({ joins: [{ ...joins[0]!, legKey: 'gone' }] }))[0] ?? '', /^A leg/)
})

test('joinsInWords: legs with the same evidence have one sentence', () => {
  const keys = ['one', 'two', 'three', 'four', 'five', 'six']
  const joins = keys.slice(1).map((legKey) => {
    return { legKey, header: 'X-CID', evidence: [], value: legKey === 'five' ? 'other' : 'one@a' }
  })
  const legs = keys.map((key) => leg(key, { callId: `${key}@a` }))
  assert.deepEqual(joinsInWords(call({ legs, joins })), [
    'Each of legs 2 to 4, 6 belongs to this call: its X-CID is the Call-ID of leg 1, one@a',
    'Leg 5 belongs to this call: its X-CID is that of another leg, other',
  ])
})

test('joinsInWords: says what legs share that no header ties', () => {
  const legs = [leg('one', { callId: 'x' }), leg('two', { startUs: leg('one').startUs + 3_000 })]
  const wordsWith = (evidence: Evidence[], legKey = 'two', value = 'x') =>
    joinsInWords(call({ legs, joins: [{ legKey, header: null, evidence, value }] }))[0]
  const before = 'Leg 2 belongs to this call: no header says so, but '
  const parties = 'the same caller and callee'
  assert.equal(
    wordsWith(['caller', 'callee', 'place']),
    `${before}3.0 ms after leg 1 it was sent from where that had gone, with ${parties}`,
  )
  assert.equal(
    wordsWith(['caller', 'callee']),
    `${before}3.0 ms after leg 1 it began, with ${parties}`,
  )
  assert.match(wordsWith(['place', 'sdp-origin']) ?? '', /with the same SDP origin \(o=\)$/)
  assert.equal(wordsWith(['referral']), `${before}a REFER within leg 1 had asked for it`)
  assert.match(wordsWith(['referral'], 'one') ?? '', /: a REFER within it asked for another leg$/)
  assert.match(wordsWith(['caller'], 'one') ?? '', /another leg with the same caller went on$/)
  assert.match(wordsWith(['caller'], 'two', 'gone') ?? '', /a leg not shown$/)
})

test('namesOf: the sender of a leg is known by its User-Agent, the first one seen', () => {
  const legs = [
    leg('one', { userAgent: 'Softphone/2' }),
    leg('two', { userAgent: 'Other/1' }),
    leg('three', { src: '2001:db8::1', userAgent: 'PBX/9' }),
    leg('four', { src: null, userAgent: 'Nobody' }),
  ]
  assert.deepEqual(
    [...namesOf(legs)],
    [
      ['10.0.0.1:5060', 'Softphone/2'],
      ['[2001:db8::1]:5060', 'PBX/9'],
    ],
  )
})

test('problemsOf: every code once over all legs', () => {
  const legs = [leg('one', { problems: ['x', 'y'] }), leg('two', { problems: ['y', 'z'] })]
  assert.deepEqual(problemsOf(call({ legs })), ['x', 'y', 'z'])
})

test('identitiesOf: each header of any leg once, with each of its users once', () => {
  const asserted = { header: 'P-Asserted-Identity', side: 'caller', user: '+15550100' } as const
  const legs = [
    leg('one', { identities: [asserted, { ...asserted, user: '100' }] }),
    leg('two', { identities: [asserted, { header: 'Diversion', side: 'callee', user: '200' }] }),
  ]
  assert.deepEqual(
    identitiesOf(call({ legs })).map(({ header, users }) => [header, users]),
    [
      ['P-Asserted-Identity', ['+15550100', '100']],
      ['Diversion', ['200']],
    ],
  )
  assert.deepEqual(identitiesOf(call()), [])
})
