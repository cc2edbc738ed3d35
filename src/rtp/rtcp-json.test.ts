// RTCP as JSON: the same values that the bytes would have given, and the traps on the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rtcpOfJson } from './rtcp-json.ts'

test('rtcpOfJson: reads what captagent sends', () => {
  const packets = rtcpOfJson({
    sender_information: {
      ntp_timestamp_sec: 3_811_646_280,
      ntp_timestamp_usec: 3_758_534_470,
      rtp_timestamp: 1_610_824_168,
      packets: 595,
      octets: 95_200,
    },
    ssrc: 2_141_660_700,
    type: 202,
    report_count: 1,
    report_blocks: [
      {
        source_ssrc: 299_816_601,
        fraction_lost: 64,
        packets_lost: 16_777_215,
        highest_seq_no: 34_312,
        ia_jitter: 42,
        lsr: 457_573_597,
        dlsr: 128_451,
      },
    ],
    report_blocks_xr: { type: 0, id: 0, fraction_lost: 0 },
    sdes_ssrc: 2_141_660_700,
  })
  assert.deepEqual(packets, [
    {
      kind: 'report',
      ssrc: 2_141_660_700,
      sender: {
        // The lower half of the seconds, and the upper half of the fraction.
        ntpMiddle: ((3_811_646_280 % 65_536) * 65_536 + 57_350) >>> 0,
        rtpTimestamp: 1_610_824_168,
        packets: 595,
        octets: 95_200,
      },
      blocks: [
        {
          ssrc: 299_816_601,
          lossRatio: 0.25,
          packetsLost: -1,
          highestSequenceNumber: 34_312,
          jitterUnits: 42,
          lastSenderReport: 457_573_597,
          delaySinceLast: 128_451,
        },
      ],
    },
  ])
})

test('rtcpOfJson: reads voice metrics of an extended report', () => {
  const [packet] =
    rtcpOfJson({
      ssrc: 7,
      type: 207,
      report_blocks_xr: { type: 7, id: 9, fraction_lost: 128, round_trip_delay: 80, mos_lq: 41 },
    }) ?? []
  assert.ok(packet?.kind === 'extended')
  const [block] = packet.blocks
  assert.ok(block?.kind === 'voip')
  assert.equal(block.ssrc, 9)
  assert.equal(block.lossRatio, 0.5)
  assert.equal(block.roundTripMs, 80)
  assert.equal(block.mosListening, 4.1)
})

test('rtcpOfJson: values that stand for unknown are null', () => {
  const metrics = { type: 7, round_trip_delay: 0, signal_lvl: 127, r_factor: 127, mos_lq: 127 }
  const [packet] = rtcpOfJson({ ssrc: 7, type: 207, report_blocks_xr: metrics }) ?? []
  assert.ok(packet?.kind === 'extended')
  const [block] = packet.blocks
  assert.ok(block?.kind === 'voip')
  assert.deepEqual(
    [block.roundTripMs, block.signalDbm, block.rFactor, block.mosListening],
    [null, null, null, null],
  )
})

test('rtcpOfJson: other JSON is not taken for RTCP', () => {
  for (const value of [null, 1, 'x', [], {}, { ssrc: 1 }, { payload: 'INVITE' }]) {
    assert.equal(rtcpOfJson(value), undefined)
  }
})

test('rtcpOfJson: whatever stands in the fields, nothing is thrown and numbers are finite', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom('12', '', '-', 1e300, null))
  const fields = fc.record(
    {
      ssrc: odd,
      type: fc.constantFrom(200, 201, 202, 207),
      sender_information: fc.oneof(odd, fc.dictionary(fc.constantFrom('packets', 'octets'), odd)),
      report_blocks: fc.oneof(
        odd,
        fc.array(fc.dictionary(fc.constantFrom('ia_jitter', 'lsr'), odd)),
      ),
      report_blocks_xr: fc.oneof(odd, fc.record({ type: fc.constant(7), id: odd })),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fields, (value) => {
      for (const packet of rtcpOfJson(value) ?? []) {
        if (packet.kind !== 'report') continue
        assert.ok(packet.blocks.every(({ jitterUnits }) => Number.isFinite(jitterUnits)))
      }
    }),
    { seed: 5, numRuns: 2_000 },
  )
})
