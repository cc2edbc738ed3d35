// Quality reports as phones send them by SIP: RFC 6035's own form, and what senders make of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inShortTime } from '../base/duration.fixture.ts'
import { looksLikeVqReport, readVqReport } from './vq-report.ts'

const REPORT = [
  'VQSessionReport: CallTerm',
  'CallID: 12345@phone.test',
  'LocalID: Alice <sip:alice@phone.test>',
  'RemoteID: Bob <sip:bob@phone.test>',
  'OrigID: Alice <sip:alice@phone.test>',
  'LocalAddr: IP=10.10.1.100 PORT=5000 SSRC=1a3b5c7d',
  'RemoteAddr:IP=11.1.1.150 PORT=5002 SSRC=2048',
  'LocalMetrics:',
  'Timestamps:START=2026-11-21T08:00:00Z STOP=2026-11-21T08:03:00Z',
  'SessionDesc:PT=18 PD=G729 SR=8000 FD=20 FPP=2 PPS=50 FMTP="annexb=no" PLC=3 SSUP=on',
  'JitterBuffer:JBA=3 JBR=2 JBN=40 JBM=80 JBX=120',
  'PacketLoss:NLR=5.0 JDR=2.0',
  'BurstGapLoss:BLD=0 BD=0 GLD=2.0 GD=500 GMIN=16',
  'Delay:RTD=200 ESD=140 SOWD=20 IAJ=2 MAJ=10',
  'Signal:SL=-18 NL=-50 RERL=55',
  'QualityEst:RLQ=90 RCQ=85 MOSLQ=4.2 MOSCQ=4.3 QoEEstAlg=P.564',
  'RemoteMetrics:',
  'PacketLoss:NLR=1.5 JDR=0',
  'QualityEst:MOSLQ=127',
  '',
].join('\r\n')

test('readVqReport: what the phone received is about the other side’s stream', () => {
  const [local] = readVqReport(REPORT, 7)
  assert.deepEqual(
    { src: local?.src, dst: local?.dst, callId: local?.callId, ssrc: local?.ssrc },
    {
      src: { address: '11.1.1.150', port: 5002 },
      dst: { address: '10.10.1.100', port: 5000 },
      callId: '12345@phone.test',
      ssrc: 2048,
    },
  )
  assert.deepEqual([local?.source, local?.tUs, local?.codec], ['vq-rtcpxr', 7, 'G729'])
})

test('readVqReport: percents become ratios, the rest keeps its unit', () => {
  const [local] = readVqReport(REPORT, 7)
  assert.deepEqual(
    [local?.lossRatio, local?.discardRatio, local?.gapDensity, local?.gapMs],
    [0.05, 0.02, 0.02, 500],
  )
  assert.deepEqual([local?.roundTripMs, local?.jitterMs, local?.endSystemDelayMs], [200, 2, 140])
  assert.deepEqual(
    [local?.rFactor, local?.mosListening, local?.mosConversational, local?.signalDbm],
    [85, 4.2, 4.3, -18],
  )
})

test('readVqReport: remote metrics go the other way, and 127 is no score', () => {
  const [, remote] = readVqReport(REPORT, 7)
  assert.deepEqual(remote?.src, { address: '10.10.1.100', port: 5000 })
  assert.deepEqual([remote?.lossRatio, remote?.mosListening], [0.015, null])
})

test('readVqReport: a mean absolute jitter is no largest one', () => {
  assert.equal(readVqReport(REPORT, 7)[0]?.jitterMsMax, null)
})

test('readVqReport: an SSRC with letters is hexadecimal, with a prefix or without', () => {
  const [, remote] = readVqReport(REPORT, 7)
  assert.equal(remote?.ssrc, 0x1a3b5c7d)
  const [prefixed] = readVqReport(REPORT.replace('SSRC=2048', 'SSRC=0x2048'), 7)
  assert.equal(prefixed?.ssrc, 0x2048)
})

test('readVqReport: the call and its ends may stand among the metrics, as drafts had them', () => {
  const call = REPORT.split('\r\n').filter((line) => /^(?:CallID|\w+Addr)/.test(line))
  const others = REPORT.split('\r\n').filter((line) => !call.includes(line))
  const at = others.indexOf('LocalMetrics:') + 2
  const swapped = ['LocalAddr:IP=11.1.1.150 PORT=5002', 'RemoteAddr:IP=10.10.1.100 PORT=5000']
  const text = [...others.slice(0, at), ...call, ...others.slice(at), ...swapped].join('\r\n')
  assert.deepEqual(readVqReport(text, 7), readVqReport(REPORT, 7))
})

test('readVqReport: what a phone does not know is null', () => {
  const text = REPORT.replace('RTD=200', 'RTD=0')
    .replace('SL=-18 NL=-50 RERL=55', 'SL=127 NL=127 RERL=127')
    .replace('RCQ=85', 'RCQ=127')
  const [report] = readVqReport(text, 7)
  assert.deepEqual(
    [report?.roundTripMs, report?.signalDbm, report?.noiseDbm, report?.echoReturnLossDb],
    [null, null, null, null],
  )
  assert.equal(report?.rFactor, 90)
})

test('readVqReport: order, blanks and what is missing do not matter', () => {
  const text =
    'VQIntervalReport\nPacketLoss:NLR=9\nLocalMetrics:\n PacketLoss : NLR = 3 JDR=x\nCallID:'
  const [report, ...others] = readVqReport(text, 1)
  assert.deepEqual(others, [])
  assert.deepEqual([report?.lossRatio, report?.discardRatio, report?.callId], [0.03, null, null])
})

test('readVqReport: never fails, whatever the text', () => {
  const words = fc.constantFrom(...REPORT.split(/\b/), '\n', ':', '=', '"', '\0')
  fc.assert(
    fc.property(fc.array(words, { maxLength: 200 }), (parts) => {
      const text = `VQSessionReport\n${parts.join('')}`
      assert(looksLikeVqReport(text))
      for (const { lossRatio } of readVqReport(text, 0)) {
        assert(lossRatio === null || (lossRatio >= 0 && lossRatio <= 1))
      }
    }),
    { numRuns: 300, seed: 20261121 },
  )
})

test('readVqReport: a line of anything takes no longer than a report of that length', async () => {
  for (const line of ['A'.repeat(60_000), 'A="'.repeat(20_000), `A=${' '.repeat(60_000)}`]) {
    await inShortTime(() => readVqReport(`${REPORT}JitterBuffer:${line}\r\n`, 0))
  }
  const ssrc = `${'a'.repeat(60_000)}x`
  await inShortTime(() => readVqReport(REPORT.replace('1a3b5c7d', ssrc), 0))
})
