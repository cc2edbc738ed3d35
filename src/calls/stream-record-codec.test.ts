// Records of streams: what was packed is what is unpacked, and damage ends the reading.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { NO_FIGURES } from '../rtp/media-report.ts'
import { addReport } from './report-sums.ts'
import { packStream, unpackStream } from './stream-record-codec.ts'
import { makeRecord, STREAM_START_US } from './stream-record.fixture.ts'
import { COUNT_FIELDS, MS_FIELDS, type ReportSum, type StreamRecord } from './stream-record.ts'

function packed(record: StreamRecord, filedUnder: string | null = null): Buffer {
  const writer = new ByteWriter()
  packStream(writer, record, filedUnder)
  return writer.take()
}

function throughBytes(record: StreamRecord): StreamRecord {
  const reader = new ByteReader(packed(record))
  const { record: again } = unpackStream(reader)
  assert(reader.isAtEnd && !reader.isShort)
  return again
}

test('a record comes back as it was', () => {
  const reports: ReportSum[] = []
  const report = { ...NO_FIGURES, source: 'rtcp', ssrc: 1, reporterSsrc: 2 } as const
  const from = { src: null, dst: null, callId: null, codec: null }
  addReport(
    reports,
    { ...report, ...from, tUs: 5, jitterUnits: 80, packetsLost: -2, roundTripMs: 12.5 },
    { unitsPerMs: 8, lost: 3 },
  )
  const record = makeRecord({
    reports,
    blocks: [7, 3, 900, 901],
    stretches: Uint8Array.of(1, 2, 200),
    problems: ['rtp.sequence.restart'],
    jitterMsMean: null,
    talk: { fromUs: STREAM_START_US - 20_000, untilUs: STREAM_START_US + 5_000_000 },
  })
  const again = throughBytes(record)
  assert.deepEqual(
    { ...again, stretches: [...again.stretches] },
    { ...record, stretches: [1, 2, 200] },
  )
})

test('the day that it is filed under goes along', () => {
  const reader = new ByteReader(packed(makeRecord(), '2026-11-20'))
  const { filedUnder, body } = unpackStream(reader)
  assert.equal(filedUnder, '2026-11-20')
  // Whoever stores it there stores it without the day.
  assert.equal(body, null)
})

test('a record that an older version wrote ends before the talk', () => {
  const bytes = packed(makeRecord())
  const reader = new ByteReader(bytes.subarray(0, -1))
  assert.equal(unpackStream(reader).record.talk, null)
  assert(!reader.isShort)
})

test('the bytes of a record among others come with it', () => {
  const each = [1, 2, 3].map((ssrc) => packed(makeRecord({ ssrc, blocks: [ssrc, 900] })))
  const reader = new ByteReader(Buffer.concat(each))
  for (const bytes of each) assert.deepEqual(Buffer.from(unpackStream(reader).body ?? []), bytes)
  assert(reader.isAtEnd)
})

test('counts and times come back, whatever they are', () => {
  const counts = fc.record(
    Object.fromEntries(COUNT_FIELDS.map((field) => [field, fc.nat(2 ** 31 - 1)])),
  )
  const ms = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }))
  const times = fc.record(Object.fromEntries(MS_FIELDS.map((field) => [field, ms])))
  fc.assert(
    fc.property(counts, times, (someCounts, someTimes) => {
      const record: Record<string, unknown> = { ...makeRecord(someCounts), ...someTimes }
      const again: Record<string, unknown> = {
        ...throughBytes({ ...makeRecord(someCounts), ...someTimes }),
      }
      for (const field of COUNT_FIELDS) assert.equal(again[field], record[field])
      for (const field of MS_FIELDS) {
        const [was, is] = [record[field], again[field]]
        if (was === null) assert.equal(is, null)
        else assert(Math.abs(Number(was) - Number(is)) <= 1e-6, field)
      }
    }),
    { numRuns: 200, seed: 20261121 },
  )
})

test('what is no finite time is unknown, and what is cut is short', () => {
  assert.equal(throughBytes(makeRecord({ deltaMsMax: Number.POSITIVE_INFINITY })).deltaMsMax, null)
  const bytes = packed(makeRecord()).subarray(0, -1)
  for (let length = 0; length < bytes.length; length += 7) {
    const reader = new ByteReader(bytes.subarray(0, length))
    unpackStream(reader)
    assert(reader.isShort)
  }
})
