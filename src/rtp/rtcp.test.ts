// RTCP and its extended reports, byte by byte; and the round trips that pass a capture point.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readRtcp } from './rtcp.ts'
import { RtcpReports } from './rtcp-reports.ts'

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s+/g, ''), 'hex')
}

function read(text: string) {
  const bytes = hex(text)
  return readRtcp(bytes, 0, bytes.length)
}

/**
 * Sender report of 0x0a: NTP 0x11112222.33334444, 100 packets, 16,000 octets, one block on 0x0b.
 */
const SENDER_REPORT = `
  81 c8 000c  0000000a
  11112222 33334444  00000320  00000064 00003e80
  0000000b  40 fffffe  00010064  00000050  22223333  00018000
`
/** Receiver report of 0x0b on 0x0a: a quarter lost since, 12 in all. */
const RECEIVER_REPORT = `
  81 c9 0007  0000000b
  0000000a  40 00000c  00010064  00000050  22223333  00010000
`

describe('readRtcp', () => {
  test('reads a sender report with its block', () => {
    const { packets, isWhole } = read(SENDER_REPORT)
    assert.equal(isWhole, true)
    assert.deepEqual(packets, [
      {
        kind: 'report',
        ssrc: 10,
        sender: { ntpMiddle: 0x2222_3333, rtpTimestamp: 800, packets: 100, octets: 16_000 },
        blocks: [
          {
            ssrc: 11,
            lossRatio: 0.25,
            packetsLost: -2,
            highestSequenceNumber: 0x1_0064,
            jitterUnits: 80,
            lastSenderReport: 0x2222_3333,
            delaySinceLast: 0x1_8000,
          },
        ],
      },
    ])
  })

  test('reads one packet after the other: report, description, goodbye, application', () => {
    const { packets, isWhole } = read(`
      80 c9 0001  0000000b
      81 ca 0003  0000000b  01 05 616c696365 00
      81 cb 0001  0000000b
      80 cc 0002  0000000b  6e616d65
    `)
    assert.equal(isWhole, true)
    assert.deepEqual(
      packets.map(({ kind }) => kind),
      ['report', 'description', 'goodbye', 'other'],
    )
    assert.deepEqual(packets[1], { kind: 'description', names: new Map([[11, 'alice']]) })
  })

  test('a length beyond the bytes ends the reading, and what came before it stands', () => {
    const { packets, isWhole } = read(`${RECEIVER_REPORT} 81 c9 00ff 0000000b`)
    assert.equal(isWhole, false)
    assert.equal(packets.length, 1)
  })

  test('padding behind the last packet is none of its blocks', () => {
    const [packet] = read('a0 cf 0005  0000000b  04 00 0002 11112222 33334444  00000004').packets
    assert(packet?.kind === 'extended')
    assert.deepEqual(packet.blocks, [{ kind: 'receiver-time', ntpMiddle: 0x2222_3333 }])
  })

  test('a count beyond the packet yields the blocks that fit', () => {
    const [packet] = read(RECEIVER_REPORT.replace('81 c9', '9f c9')).packets
    assert(packet?.kind === 'report')
    assert.equal(packet.blocks.length, 1)
  })

  test('what is no RTCP is nothing', () => {
    assert.deepEqual(read('').packets, [])
    assert.deepEqual(read('00000000').packets, [])
    assert.deepEqual(read('c0c80001 00000000').packets, [])
  })
})

/** Extended reports of 0x0b with one block each. */
function extended(block: string) {
  const body = hex(block)
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x80cf, 0)
  head.writeUInt16BE((body.length + 4) / 4, 2)
  head.writeUInt32BE(11, 4)
  const bytes = Buffer.concat([head, body])
  const [packet] = readRtcp(bytes, 0, bytes.length).packets
  assert(packet?.kind === 'extended')
  return packet.blocks
}

describe('readExtendedBlocks', () => {
  test('reads VoIP metrics, and 127 as unknown', () => {
    const [block] = extended(`
      07 00 0008  0000000a  10 08 80 04  00c8 2710  0064 0032
      ec 7f 7f 10  5a 7f 29 7f  00 00 003c 0078 00f0
    `)
    assert.deepEqual(block, {
      kind: 'voip',
      ssrc: 10,
      lossRatio: 0.0625,
      discardRatio: 0.03125,
      burstDensity: 0.5,
      gapDensity: 0.015625,
      burstMs: 200,
      gapMs: 10_000,
      roundTripMs: 100,
      endSystemDelayMs: 50,
      signalDbm: -20,
      noiseDbm: null,
      echoReturnLossDb: null,
      rFactor: 90,
      mosListening: 4.1,
      mosConversational: null,
      bufferMsNominal: 60,
      bufferMsMax: 120,
    })
  })

  test('takes scores that no scale has, and a round trip of 0, as unknown', () => {
    const [block] = extended(`
      07 00 0008  0000000a  10 08 80 04  00c8 2710  0000 0032
      ec 7f 7f 10  ff 7f 00 33  00 00 003c 0078 00f0
    `)
    assert(block?.kind === 'voip')
    assert.deepEqual(
      [block.roundTripMs, block.rFactor, block.mosListening, block.mosConversational],
      [null, null, null, null],
    )
  })

  test('a thinned block speaks of every fourth packet alone', () => {
    // 101 to 141, of which 104, 108 … 140 are told: a run of 10 lost.
    const [block] = extended('01 02 0003  0000000a  0065 008d  000a 0000')
    assert.deepEqual(block, { kind: 'lost', ssrc: 10, packets: 10, span: 10 })
  })

  test('counts what runs and bits say was lost', () => {
    // 100 to 140: a run of 20 received, a run of 5 lost, a vector of 15 with three zeros.
    const [block] = extended('01 00 0004  0000000a  0064 008c  4014 0005 ffec 0000')
    assert.deepEqual(block, { kind: 'lost', ssrc: 10, packets: 5 + 3, span: 40 })
  })

  test('reads receiver times and the answers to them', () => {
    assert.deepEqual(extended('04 00 0002  11112222 33334444'), [
      { kind: 'receiver-time', ntpMiddle: 0x2222_3333 },
    ])
    assert.deepEqual(extended('05 00 0003  0000000a 22223333 00010000'), [
      { kind: 'receiver-delay', ssrc: 10, lastReceiverTime: 0x2222_3333, delaySinceLast: 65_536 },
    ])
  })

  test('reads the statistics that their flags say are there', () => {
    const body = '0000000a 0064 00c8 00000003 00000001 00000001 00000050 00000014 00000005 00000000'
    assert.deepEqual(extended(`06 e0 0009 ${body}`), [
      {
        kind: 'statistics',
        ssrc: 10,
        span: 100,
        packetsLost: 3,
        packetsDuplicated: 1,
        jitterUnitsMax: 80,
        jitterUnitsMean: 20,
      },
    ])
    const [bare] = extended(`06 00 0009 ${body}`)
    assert(bare?.kind === 'statistics')
    assert.deepEqual([bare.packetsLost, bare.jitterUnitsMean], [null, null])
  })

  test('blocks that are too short are told as malformed, and those behind them are read', () => {
    assert.deepEqual(
      extended('07 00 0001 0000000a  04 00 0002 11112222 33334444').map(({ kind }) => kind),
      ['malformed', 'receiver-time'],
    )
    assert.deepEqual(extended('07 00 00ff'), [{ kind: 'malformed', type: 7 }])
    assert.deepEqual(extended('05 00 0002 0000000a 00000000'), [{ kind: 'malformed', type: 5 }])
  })
})

describe('RtcpReports', () => {
  const sender = { address: '10.0.0.1', port: 4001 }
  const receiver = { address: '10.0.0.2', port: 5001 }
  const known = { source: 'rtcp' as const, callId: null, isClear: true }
  const fromSender = { src: sender, dst: receiver, ...known }
  const fromReceiver = { src: receiver, dst: sender, ...known }
  const take = (
    reports: RtcpReports,
    text: string,
    origin: typeof fromSender | typeof fromReceiver,
    ms: number,
  ) => {
    const bytes = hex(text)
    return reports.read({ bytes, start: 0, end: bytes.length }, { ...origin, tUs: ms * 1000 })
  }

  test('the way to the receiver and back is what is left of the time between the reports', () => {
    const reports = new RtcpReports(10)
    take(reports, SENDER_REPORT, fromSender, 5_000)
    // The receiver answers one second (0x10000) after it got the report, 1,080 ms after it passed.
    const [report] = take(reports, RECEIVER_REPORT, fromReceiver, 6_080)
    assert.equal(report?.roundTripMs, 80)
    assert.deepEqual([report?.src, report?.dst], [sender, receiver])
    assert.deepEqual([report?.ssrc, report?.reporterSsrc, report?.packetsLost], [10, 11, 12])
  })

  test('ways on both sides of the capture point add up', () => {
    const reports = new RtcpReports(10)
    take(reports, SENDER_REPORT, fromSender, 5_000)
    take(reports, RECEIVER_REPORT, fromReceiver, 6_080)
    const own = SENDER_REPORT.replace('0000000a', '0000000b').replace('22 33334444', '99 44445555')
    take(reports, own, fromReceiver, 7_000)
    const answer = '81 c9 0007 0000000a 0000000b 00 000000 00010064 00000050 22994444 00008000'
    const [report] = take(reports, answer, fromSender, 7_520)
    assert.equal(report?.roundTripMs, 20 + 80)
  })

  test('an answer to a report that nobody saw tells no round trip', () => {
    const [report] = take(new RtcpReports(10), RECEIVER_REPORT, fromReceiver, 6_080)
    assert.equal(report?.roundTripMs, null)
  })

  test('statistics of an interval are no losses since the beginning', () => {
    const figures = '00000003 00000001 00000001 00000050 00000014 00000005 00000000'
    const text = `80 cf 000b  0000000b  06 e0 0009 0000000a 0064 00c8 ${figures}`
    const [report] = take(new RtcpReports(10), text, fromReceiver, 0)
    assert.deepEqual([report?.lossRatio, report?.packetsLost], [0.03, null])
  })

  test('senders are remembered up to a bound', () => {
    const reports = new RtcpReports(2)
    for (const ssrc of ['0a', '0c', '0d']) {
      take(reports, SENDER_REPORT.replace('0000000a', `000000${ssrc}`), fromSender, 5_000)
    }
    const [report] = take(reports, RECEIVER_REPORT, fromReceiver, 6_080)
    assert.equal(report?.roundTripMs, null)
  })

  test('what is malformed is counted', () => {
    const reports = new RtcpReports(2)
    take(reports, '81c900ff', fromSender, 0)
    take(reports, '80cf0003 0000000b 07000001 0000000a', fromSender, 0)
    assert.deepEqual(
      [...reports.problems()],
      [
        ['rtp.rtcp.malformed', 1],
        ['rtp.xr.malformed', 1],
      ],
    )
  })

  test('what may be encrypted is read as a whole or not at all', () => {
    const reports = new RtcpReports(2)
    const origin = { ...fromSender, isClear: false }
    // Behind the packets of SRTCP stand its index and its tag (RFC 3711 §3.4).
    const tail = '80000001 0011223344556677 8899'
    assert.deepEqual(take(reports, `${RECEIVER_REPORT} ${tail}`, origin, 0), [])
    assert.equal(take(reports, RECEIVER_REPORT, origin, 0).length, 1)
    assert.equal(reports.problems().size, 0)
  })
})
