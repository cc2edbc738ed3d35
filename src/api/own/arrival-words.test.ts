// The sentences that say why no calls are seen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Arrival, Intake, LiveState } from '../../line/arrival.ts'
import { findingsOf } from './arrival-words.ts'

const NOW_US = 1_795_000_000_000_000

const intake: Intake = {
  source: 'hep',
  transport: 'udp',
  place: '0.0.0.0:9060',
  isOpen: true,
  reason: null,
  connections: null,
  refused: {},
  receiveBufferBytesAsked: null,
  receiveBufferBytes: null,
  packetsDroppedByKernel: 0,
}

const sender: Arrival = {
  source: 'hep',
  transport: 'udp',
  address: '192.0.2.9',
  agentId: 12,
  node: 'edge',
  firstUs: NOW_US - 60_000_000,
  lastUs: NOW_US,
  packets: 600,
  bytes: 300_000,
  packetsPerSecond: 10,
  protocols: { sip: 600 },
  auth: 'not-asked',
  packetsRefused: 0,
  clockOffsetMs: -3,
  timesReplaced: 0,
  problems: {},
  packetsMissing: null,
  packetsDroppedBySender: null,
  packetsDropped: 0,
}

function live(parts: { intakes?: Intake[]; arrivals?: Arrival[]; framesLost?: number }): LiveState {
  return {
    tUs: NOW_US,
    intakes: [intake],
    arrivals: [],
    arrivalsForgotten: 0,
    frames: 0,
    messages: 0,
    problems: {},
    batchesWaiting: 0,
    framesFailed: 0,
    framesLost: 0,
    ...parts,
  }
}

const told = (state: LiveState | undefined): string[] => {
  return findingsOf(state, NOW_US).map(({ level, code }) => `${level} ${code}`)
}

interface Case {
  readonly name: string
  readonly state: LiveState | undefined
  readonly want: readonly string[]
}

const cases: readonly Case[] = [
  { name: 'nothing is taken in', state: undefined, want: ['wrong nothing-listens'] },
  { name: 'nothing arrives', state: live({}), want: ['wrong nothing-arrived'] },
  {
    name: 'a port is taken by another program',
    state: live({ intakes: [{ ...intake, isOpen: false, reason: 'another program has it' }] }),
    want: ['wrong intake-closed'],
  },
  { name: 'all is well', state: live({ arrivals: [sender] }), want: ['well sip-arrives'] },
  {
    name: 'the key is wrong',
    state: live({
      arrivals: [{ ...sender, protocols: {}, auth: 'wrong', packetsRefused: 600 }],
    }),
    want: ['wrong key'],
  },
  {
    name: 'it is no HEP',
    state: live({ arrivals: [{ ...sender, protocols: { 'not-hep': 600 } }] }),
    want: ['wrong no-hep'],
  },
  {
    name: 'it is no SIP',
    state: live({ arrivals: [{ ...sender, protocols: { 'rtcp-json': 600 } }] }),
    want: ['odd no-sip'],
  },
  {
    name: 'a clock is an hour behind',
    state: live({ arrivals: [{ ...sender, clockOffsetMs: -3_600_000 }] }),
    want: ['odd clock-off', 'well sip-arrives'],
  },
  {
    name: 'a clock is years off',
    state: live({ arrivals: [{ ...sender, clockOffsetMs: 1e12, timesReplaced: 600 }] }),
    want: ['wrong clock-absurd', 'well sip-arrives'],
  },
  {
    name: 'packets were lost on the way, by the kernel and by us',
    state: live({
      intakes: [{ ...intake, packetsDroppedByKernel: 4 }],
      arrivals: [{ ...sender, packetsMissing: 2, packetsDroppedBySender: 3, packetsDropped: 5 }],
      framesLost: 6,
    }),
    want: [
      'wrong kernel-drops',
      'wrong frames-lost',
      'wrong lost',
      'wrong dropped',
      'well sip-arrives',
    ],
  },
  {
    name: 'the only sender has fallen silent: nothing arrives any more',
    state: live({ arrivals: [{ ...sender, lastUs: NOW_US - 7_200_000_000 }] }),
    want: ['odd silent'],
  },
  {
    name: 'one of two senders has fallen silent',
    state: live({
      arrivals: [sender, { ...sender, agentId: 13, lastUs: NOW_US - 7_200_000_000 }],
    }),
    want: ['odd silent', 'well sip-arrives'],
  },
]

for (const { name, state, want } of cases) {
  test(`findingsOf: ${name}`, () => assert.deepEqual(told(state), want))
}

test('findingsOf: names the sender, how far its clock is off, and on which side', () => {
  const state = live({ arrivals: [{ ...sender, clockOffsetMs: -3_723_000 }] })
  const texts = findingsOf(state, NOW_US).map(({ text }) => text)
  assert.deepEqual(texts, [
    'The clock of 192.0.2.9 (edge, agent 12) is 1 h 2 min behind ours: its calls lie there.',
    'SIP arrives from 1 sender, 10 packets a second.',
  ])
})

test('findingsOf: a thousand senders with one fault are a dozen sentences', () => {
  const arrivals = Array.from({ length: 1_000 }, (_, agentId) => {
    return { ...sender, agentId, packetsDropped: 1 }
  })
  const texts = findingsOf(live({ arrivals }), NOW_US).map(({ text }) => text)
  assert.equal(texts.length, 12)
  assert.ok(texts.includes('The same holds for 990 further senders.'))
})
