// The texts of a sender's row.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Arrival, Intake } from '../../../src/line/arrival.ts'
import { agoOf, clockOf, intakeFacts, lossesOf, mixOf, nameOf, rateOf } from './arrival-cells.ts'

const sender: Arrival = {
  source: 'hep',
  transport: 'tcp',
  address: '192.0.2.9',
  agentId: 12,
  node: 'pbx-1',
  firstUs: 1e15,
  lastUs: 1e15,
  packets: 1_000,
  bytes: 500_000,
  packetsPerSecond: 4.26,
  protocols: { rtcp: 10, sip: 985, log: 5 },
  auth: 'good',
  packetsRefused: 0,
  clockOffsetMs: -1_500,
  timesReplaced: 0,
  problems: {},
  packetsMissing: null,
  packetsDroppedBySender: null,
  packetsDropped: 0,
}

test('a sender is named by what it says of itself, else by its address', () => {
  assert.equal(nameOf(sender), 'pbx-1 · agent 12')
  assert.equal(nameOf({ ...sender, node: null }), 'agent 12')
  assert.equal(nameOf({ ...sender, node: null, agentId: null }), '192.0.2.9')
  assert.equal(nameOf({ ...sender, node: null, agentId: null, address: null }), 'hep')
})

test('a sender: its rate, its mix, its clock, and when it was heard last', () => {
  assert.equal(rateOf(sender), '4.3 /s')
  assert.equal(rateOf({ ...sender, packetsPerSecond: 1_250.4 }), '1,250 /s')
  assert.equal(mixOf(sender), 'sip 99 %, rtcp 1 %, log < 1 %')
  assert.equal(mixOf({ ...sender, protocols: { sip: 3 } }), 'sip')
  assert.equal(clockOf(sender), '1.5 s behind')
  assert.equal(clockOf({ ...sender, clockOffsetMs: null }), '–')
  assert.equal(clockOf({ ...sender, clockOffsetMs: 3, timesReplaced: 2 }), '3 ms ahead, 2 replaced')
  assert.equal(agoOf(sender, 1e15 + 2_500_000), '2.5 s ago')
})

test('a sender: losses by where they were', () => {
  assert.equal(lossesOf(sender), 'none')
  const lossy = { ...sender, packetsRefused: 1, packetsMissing: 2, packetsDropped: 3 }
  assert.equal(lossesOf(lossy), '1 refused, 2 lost on the way, 3 dropped here')
})

test('a listener: what it has, or why it is not open', () => {
  const intake: Intake = {
    source: 'hep',
    transport: 'udp',
    place: '[::]:9060',
    isOpen: true,
    reason: null,
    connections: null,
    refused: {},
    receiveBufferBytesAsked: 16_000_000,
    receiveBufferBytes: 425_984,
    packetsDroppedByKernel: 7,
  }
  assert.equal(intakeFacts(intake), 'buffer of 426 kB, 7 dropped by the kernel')
  assert.equal(intakeFacts({ ...intake, isOpen: false, reason: 'taken' }), 'taken')
})
