// Figures that agents computed: names in any case, scores in either scale.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAgentStatistics } from './agent-statistics.ts'

const origin = {
  tUs: 1e15,
  src: { address: '192.0.2.1', port: 4000 },
  dst: { address: '192.0.2.2', port: 4002 },
  callId: 'from-hep',
}

test('readAgentStatistics: reads the report of an RTP agent', () => {
  const report = readAgentStatistics(
    {
      CORRELATION_ID: 'a@b',
      TOTAL_PK: 980,
      EXPECTED_PK: 1_000,
      PACKET_LOSS: 20,
      MEAN_JITTER: 2.5,
      MAX_JITTER: '9.25',
      MOS: 4.31,
      RFACTOR: 90.1,
      SRC_IP: '198.51.100.1',
      SRC_PORT: 30_000,
      DST_IP: '198.51.100.2',
      DST_PORT: 30_002,
      SSRC: '0x1234',
      CODEC_NAME: 'PCMU',
    },
    origin,
  )
  assert.equal(report?.source, 'hep-statistics')
  assert.equal(report?.callId, 'a@b')
  assert.deepEqual(report?.src, { address: '198.51.100.1', port: 30_000 })
  assert.deepEqual(report?.dst, { address: '198.51.100.2', port: 30_002 })
  assert.equal(report?.ssrc, 0x1234)
  assert.equal(report?.packetsReceived, 980)
  assert.equal(report?.packetsLost, 20)
  assert.equal(report?.jitterMs, 2.5)
  assert.equal(report?.jitterMsMax, 9.25)
  assert.equal(report?.mosListening, 4.31)
  assert.equal(report?.rFactor, 90.1)
  assert.equal(report?.codec, 'PCMU')
})

test('readAgentStatistics: takes from the packet around it what it leaves out', () => {
  const report = readAgentStatistics({ mos: 431, jitter: 3 }, origin)
  assert.equal(report?.mosListening, 4.31)
  assert.equal(report?.callId, 'from-hep')
  assert.deepEqual(report?.src, origin.src)
  assert.equal(report?.ssrc, null)
  assert.equal(report?.packetsLost, null)
})

test('readAgentStatistics: JSON without a figure that we know is no report', () => {
  for (const value of [
    undefined,
    null,
    [],
    4,
    {},
    { level: 'info', text: 'hello' },
    { MOS: 'x' },
  ]) {
    assert.equal(readAgentStatistics(value, origin), undefined)
  }
})
