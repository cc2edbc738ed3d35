// Whether a call came in or went out, by trunks first, then by own numbers, then by its place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Leg } from '../../calls/leg.ts'
import type { LegRule } from '../../store/leg-rule.ts'
import { directionOf } from './direction.ts'

const CARRIER = '192.0.2.10'
const PBX = '203.0.113.5'
const OTHER = '198.51.100.1'
const sides = { carrier: ['192.0.2.0/24'], internal: ['203.0.113.0/24'] }

function legOf(change: Partial<Leg>): Leg {
  return {
    legKey: '20261121-a',
    callKey: '20261121-a',
    callId: 'a',
    conversationId: '',
    kind: 'call',
    state: 'completed',
    from: '+1415',
    to: '+4420',
    fromHost: null,
    toHost: null,
    src: OTHER,
    srcPort: 5060,
    dst: OTHER,
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
    ...change,
  }
}

test('trunks tell the direction, before numbers and before the place in the call', () => {
  const cases: [string | null, string | null, string][] = [
    [CARRIER, PBX, 'inbound'],
    [CARRIER, OTHER, 'inbound'],
    [PBX, CARRIER, 'outbound'],
    [OTHER, CARRIER, 'outbound'],
    [OTHER, PBX, 'inbound'],
    [PBX, OTHER, 'outbound'],
    [null, CARRIER, 'outbound'],
    [null, PBX, 'inbound'],
  ]
  const own: LegRule[] = [[{ field: 'user', pattern: '+1415' }]]
  for (const [src, dst, direction] of cases) {
    for (const callKey of ['20261121-a', '20261121-b']) {
      assert.equal(
        directionOf(legOf({ src, dst, callKey }), sides, own),
        direction,
        `${src} ${dst}`,
      )
    }
  }
})

test('where trunks do not tell, the numbers of the asker do', () => {
  const rulesOf = (field: 'from' | 'to' | 'user', pattern: string): LegRule[] => [
    [{ field: 'address', networks: ['0.0.0.0/0'] }],
    [{ field, pattern }],
  ]
  for (const [src, dst] of [
    [OTHER, OTHER],
    [PBX, PBX],
    [CARRIER, CARRIER],
  ]) {
    const leg = legOf({ src: src ?? null, dst: dst ?? null })
    assert.equal(directionOf(leg, sides, rulesOf('user', '+1415')), 'outbound')
    assert.equal(directionOf(leg, sides, rulesOf('from', '+14*')), 'outbound')
    assert.equal(directionOf(leg, sides, rulesOf('user', '+44*')), 'inbound')
    assert.equal(directionOf(leg, sides, rulesOf('to', '+4420')), 'inbound')
  }
})

test('where neither tells, the first leg came in and the others went out', () => {
  const none = { carrier: [], internal: [] }
  assert.equal(directionOf(legOf({}), none), 'inbound')
  assert.equal(directionOf(legOf({ callKey: '20261121-b' }), none), 'outbound')
  const both: LegRule[] = [[{ field: 'user', pattern: '+*' }]]
  assert.equal(directionOf(legOf({}), none, both), 'inbound')
})
