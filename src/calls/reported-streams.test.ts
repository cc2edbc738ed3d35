// Reports on streams that nobody captured: which of them are told when there are too many.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MediaReport, NO_FIGURES, type ReportSource } from '../rtp/media-report.ts'
import { ReportedStreams } from './reported-streams.ts'
import type { StreamRecord } from './stream-record.ts'

function reportOn(ssrc: number, source: ReportSource, tUs: number): MediaReport {
  const src = { address: '10.0.0.1', port: 4000 }
  const dst = { address: '10.0.0.2', port: 5000 }
  const rest = { reporterSsrc: 1, callId: null, jitterUnits: null, codec: null }
  return { ...NO_FIGURES, ...rest, source, tUs, ssrc, src, dst }
}

test('ReportedStreams: reports seen on the wire take no room of those that agents send', () => {
  const told: StreamRecord[] = []
  const streams = new ReportedStreams(10, (record) => told.push(record))
  for (let i = 0; i < 5; i++) {
    streams.add(reportOn(7, 'hep-rtcp', i), 0)
    for (let ssrc = 100; ssrc < 150; ssrc++) streams.add(reportOn(ssrc, 'rtcp', i), 0)
  }
  assert.equal(told.length, 0)
  assert.equal(streams.unmatched, 240)
  streams.finish()
  assert.deepEqual(
    told.map(({ ssrc, reports }) => [ssrc, reports[0]?.reports]),
    [[7, 5]],
  )
})

test('ReportedStreams: what the wire told before an agent did counts too, once', () => {
  const told: StreamRecord[] = []
  const streams = new ReportedStreams(10, (record) => told.push(record))
  streams.add(reportOn(7, 'rtcp', 1), 0)
  streams.add(reportOn(7, 'hep-rtcp', 2), 0)
  streams.add(reportOn(7, 'rtcp', 3), 0)
  streams.finish()
  assert.deepEqual(
    told.map(({ reports }) => reports.map(({ source, reports: count }) => [source, count])),
    [
      [
        ['rtcp', 2],
        ['hep-rtcp', 1],
      ],
    ],
  )
  assert.equal(streams.take(7), undefined)
})
