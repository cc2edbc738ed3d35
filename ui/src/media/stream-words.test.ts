// Figures of streams and reports as the pages word them, and the columns of their chart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamReport } from '../../../src/calls/stream.ts'
import { chartColumns, wholeSteps } from './chart-data.ts'
import { sampleStream } from './stream.fixture.ts'
import {
  codecInWords,
  countFigures,
  formatRatio,
  gradeOfLoss,
  gradeOfMos,
  inReadingOrder,
  lossRatioOf,
  reportInWords,
  scoreFigures,
  timeFigures,
} from './stream-words.ts'

test('loss is told of what was expected, and duplicates do not make it better', () => {
  const stream = sampleStream({ packets: 110, duplicates: 10, lost: 100 })
  assert.equal(lossRatioOf(stream), 0.5)
  assert.equal(lossRatioOf(sampleStream({ packets: 0, duplicates: 0, lost: 0 })), 0)
})

test('streams are read sound before picture, caller before callee', () => {
  const wanted = [
    sampleStream({ streamKey: 'video', mediaType: 'video', startUs: 0 }),
    sampleStream({ streamKey: 'callee', direction: 'from-callee', startUs: 1 }),
    sampleStream({ streamKey: 'later', startUs: 3 }),
    sampleStream({ streamKey: 'caller', startUs: 2 }),
  ]
  const keys = inReadingOrder(wanted).map(({ streamKey }) => streamKey)
  assert.deepEqual(keys, ['caller', 'later', 'callee', 'video'])
})

test('a small loss does not look like none', () => {
  assert.equal(formatRatio(0), '0 %')
  assert.equal(formatRatio(0.0004), '0.04 %')
  assert.equal(formatRatio(0.314), '31 %')
})

test('grades follow what users say of such calls', () => {
  assert.deepEqual([4.3, 3.5, 2, null].map(gradeOfMos), ['good', 'warn', 'bad', 'unknown'])
  assert.deepEqual([0, 0.01, 0.2].map(gradeOfLoss), ['good', 'warn', 'bad'])
})

test('a codec without a name is told by its payload type', () => {
  assert.equal(codecInWords(sampleStream({})), 'PCMA 8 kHz, 20 ms')
  const unknown = sampleStream({ codec: null, clockRateHz: null, ptimeMs: null, payloadType: 97 })
  assert.equal(codecInWords(unknown), 'payload type 97')
  const stereo = sampleStream({ codec: 'opus', clockRateHz: 48_000, channels: 2 })
  assert.equal(codecInWords(stereo), 'opus 48 kHz stereo, 20 ms')
})

test('figures that count nothing are left out, but for packets and loss', () => {
  const labels = (stream: Parameters<typeof countFigures>[0]) =>
    countFigures(stream).map(({ label }) => label)
  assert.deepEqual(labels(sampleStream({})), ['Packets', 'Lost'])
  assert.deepEqual(labels(sampleStream({ duplicates: 2, telephoneEvents: 9 })), [
    'Packets',
    'Lost',
    'Duplicates',
    'Telephone events',
  ])
})

test('where packets were lost is told only when a report says how many arrived', () => {
  const places = countFigures(sampleStream({ lossPlace: { before: 3, after: 4 } }))
  assert.equal(
    places.find(({ label }) => label === 'Where it was lost')?.value,
    '3 before the capture point, 4 after',
  )
})

test('a burst is of packets lost or late, so that it may stand beside no loss at all', () => {
  const { bursts } = sampleStream({})
  const late = sampleStream({ late: 3, bursts: { ...bursts, bursts: 1, lossRunMax: 3 } })
  const burst = countFigures(late).find(({ label }) => label === 'Bursts lost or late')
  assert.match(burst?.value ?? '', /^1, /)
  assert.match(burst?.tip ?? '', /lost or too late.*16 \(Gmin\).*RFC 3611 §4\.7\.2/)
})

test('a burst whose length in time is not known is told without it', () => {
  const { bursts } = sampleStream({})
  const stream = sampleStream({ bursts: { ...bursts, bursts: 1, lossRunMax: 167 } })
  const burst = countFigures(stream).find(({ label }) => label === 'Bursts lost or late')
  assert.equal(burst?.value, '1, longest run 167 packets')
})

test('each simulated buffer has a line', () => {
  const buffers = [
    { buffer: 'fixed-40', discarded: 12, delayMsMean: 40 },
    { buffer: 'adaptive', discarded: 0, delayMsMean: 31.5 },
  ] as const
  const labels = timeFigures(sampleStream({ buffers })).map(({ label }) => label)
  assert.ok(labels.includes('Buffer of 40 ms'))
  assert.ok(labels.includes('Buffer adaptive'))
})

test('a stream without a score says nothing about one', () => {
  assert.deepEqual(scoreFigures(sampleStream({ quality: null })), [])
})

test('a report tells what it knows', () => {
  const report = { reports: 2, packetsLost: 5, jitterMsMean: null, roundTripMsMean: 12.5 }
  const words = reportInWords({ ...emptyReport, ...report })
  assert.equal(words, '2 reports, 5 lost, round trip 12.50 ms')
})

test('chart columns are as long as there are intervals, and begin with the stream', () => {
  const interval = {
    packets: 250,
    lost: 1,
    jitterMsMean: 2,
    jitterMsMax: 3,
    deltaMsMax: 21,
    mos: 4,
  }
  const columns = chartColumns(5_000_000, [
    { sinceMs: 0, ...interval },
    { sinceMs: 5000, ...interval, lost: 7 },
  ])
  assert.deepEqual(columns.seconds, [5, 10])
  assert.deepEqual(columns.lost, [1, 7])
})

const emptyReport: StreamReport = {
  source: 'rtcp',
  side: 'receiver',
  reports: 0,
  firstUs: 0,
  lastUs: 0,
  jitterMsMean: null,
  roundTripMsMean: null,
  roundTripMsMin: null,
  roundTripMsMax: null,
  mosListeningMin: null,
  packetsExpected: null,
  packetsReceived: null,
  packetsLost: null,
  lossRatio: null,
  discardRatio: null,
  packetsDuplicated: null,
  jitterMs: null,
  jitterMsMax: null,
  roundTripMs: null,
  endSystemDelayMs: null,
  burstDensity: null,
  burstMs: null,
  gapDensity: null,
  gapMs: null,
  rFactor: null,
  mosListening: null,
  mosConversational: null,
  signalDbm: null,
  noiseDbm: null,
  echoReturnLossDb: null,
  bufferMsNominal: null,
  bufferMsMax: null,
}

test('an axis that counts packets has no step between two of them', () => {
  assert.deepEqual(wholeSteps.slice(0, 5), [1, 2, 5, 10, 20])
  assert.ok(wholeSteps.every(Number.isInteger))
})
