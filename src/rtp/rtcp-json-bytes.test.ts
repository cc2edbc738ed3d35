// RTCP as JSON made bytes again: whoever reads the bytes comes to what the JSON told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRtcp, type RtcpPacket } from './rtcp.ts'
import { rtcpBytesOfJson } from './rtcp-json-bytes.ts'
import { rtcpOfJson } from './rtcp-json.ts'

const word = fc.nat(0xffffffff)
const byte = fc.nat(255)
const short = fc.nat(0xffff)
const level = fc.integer({ min: 0, max: 255 })

const senders = fc.record({
  ntp_timestamp_sec: word,
  ntp_timestamp_usec: word,
  rtp_timestamp: word,
  packets: word,
  octets: word,
})
const blocks = fc.record({
  source_ssrc: word,
  fraction_lost: byte,
  packets_lost: fc.integer({ min: -0x800000, max: 0xffffff }),
  highest_seq_no: word,
  ia_jitter: word,
  lsr: word,
  dlsr: word,
})
const metrics = fc.record({
  type: fc.constantFrom(0, 7),
  id: word,
  fraction_lost: byte,
  fraction_discard: byte,
  burst_density: byte,
  gap_density: byte,
  burst_duration: short,
  gap_duration: short,
  round_trip_delay: short,
  end_system_delay: short,
  signal_lvl: level.filter((value) => value < 128),
  noise_lvl: level.filter((value) => value < 128),
  rerl: level.filter((value) => value < 128),
  r_factor: byte,
  mos_lq: fc.integer({ min: 10, max: 50 }),
  mos_cq: fc.integer({ min: 10, max: 50 }),
  jb_nom: short,
  jb_max: short,
})

test('the bytes are read as what the JSON tells', () => {
  const told = fc.record(
    {
      ssrc: word,
      type: fc.constantFrom(200, 201, 202),
      sender_information: senders,
      report_blocks: fc.array(blocks, { maxLength: 40 }),
      report_blocks_xr: metrics,
    },
    { requiredKeys: ['ssrc'] },
  )
  fc.assert(
    fc.property(told, (json) => {
      const wanted = rtcpOfJson(json)
      const bytes = rtcpBytesOfJson(json)
      if (wanted === undefined || wanted.length === 0) return assert.equal(bytes, undefined)
      assert.ok(bytes !== undefined)
      const { packets, isWhole } = readRtcp(bytes, 0, bytes.length)
      assert.ok(isWhole)
      assert.deepEqual(packets.filter(isTold), wanted)
    }),
    { seed: 20, numRuns: 500 },
  )
})

/** All but the report that begins the packet where the JSON tells none. */
function isTold(packet: RtcpPacket): boolean {
  return packet.kind !== 'report' || packet.sender !== null || packet.blocks.length > 0
}

test('names stand in a description', () => {
  const bytes = rtcpBytesOfJson({
    sender_information: { packets: 1 },
    ssrc: 7,
    sdes_ssrc: 8,
    sdes_information: [{ type: 1, text: 'añb' }, { type: 6, text: 'tool' }, { type: 0 }, 'x'],
  })
  assert.ok(bytes !== undefined)
  const { packets, isWhole } = readRtcp(bytes, 0, bytes.length)
  assert.ok(isWhole)
  assert.deepEqual(packets[1], { kind: 'description', names: new Map([[8, 'añb']]) })
})

test('numbers that do not fit become the nearest that do', () => {
  const bytes = rtcpBytesOfJson({
    ssrc: -5,
    sender_information: { packets: 1e30, octets: '12', ntp_timestamp_sec: -1 },
    report_blocks: [{ packets_lost: -1e9, fraction_lost: 1e9, ia_jitter: 1.4 }, null],
  })
  assert.ok(bytes !== undefined)
  const [report] = readRtcp(bytes, 0, bytes.length).packets
  assert.ok(report?.kind === 'report')
  assert.deepEqual(
    [report.ssrc, report.sender?.packets, report.sender?.octets],
    [0, 0xffffffff, 12],
  )
  const [block] = report.blocks
  assert.deepEqual(
    [report.blocks.length, block?.packetsLost, block?.lossRatio, block?.jitterUnits],
    [1, -0x800000, 255 / 256, 1],
  )
})

test('what is no RTCP gives no bytes', () => {
  for (const value of [undefined, null, 7, 'x', [], {}, { ssrc: 1 }, { report_blocks: [] }]) {
    assert.equal(rtcpBytesOfJson(value), undefined)
  }
})
