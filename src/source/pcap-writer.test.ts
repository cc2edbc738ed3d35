// Checks the pcap writer byte by byte, and by reading back what it wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex, readPieces } from './captures.fixture.ts'
import {
  PCAP_HEADER_BYTES,
  PCAP_RECORD_HEADER_BYTES,
  type PcapRecord,
  writePcapHeader,
  writePcapRecord,
} from './pcap-writer.ts'

const record: PcapRecord = {
  bytes: Buffer.from('..abc..'),
  start: 2,
  end: 5,
  originalLength: 1500,
  tUs: 1_604_140_138_123_456,
  subUsNs: 789,
}

test('a file header and a record are written as every tool reads them', () => {
  const format = { linkType: 276, snapLength: 65_535, isNanosecond: false }
  const target = Buffer.alloc(100)
  let at = writePcapHeader(target, 0, format)
  assert.equal(at, PCAP_HEADER_BYTES)
  at = writePcapRecord(target, at, record, format)
  assert.equal(at, PCAP_HEADER_BYTES + PCAP_RECORD_HEADER_BYTES + 3)
  const expected = hex(`
    d4c3b2a1 0200 0400 00000000 00000000 ffff0000 14010000
    6a3c9d5f 40e20100 03000000 dc050000 616263
  `)
  assert.equal(target.toString('hex', 0, at), expected.toString('hex'))
})

test('nanoseconds are kept where the format has room for them', () => {
  for (const [isNanosecond, ticks] of [
    [true, 1_604_140_138_123_456_789n],
    [false, 1_604_140_138_123_456n],
  ] as const) {
    const format = { linkType: 1, snapLength: 65_535, isNanosecond }
    const target = Buffer.alloc(PCAP_HEADER_BYTES + PCAP_RECORD_HEADER_BYTES + 3)
    writePcapRecord(target, writePcapHeader(target, 0, format), record, format)
    const [read] = readPieces([target]).frames
    assert.equal(read?.ticks, ticks)
    assert.equal(read?.tUs, record.tUs)
    assert.equal(read?.originalLength, 1500)
    assert.equal(read?.hex, '616263')
  }
})
