// What reports add to streams: which stream one is about, and what becomes of those about others.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_FIGURES } from '../rtp/media-report.ts'
import { datagramWith, START_US } from '../rtp/rtp-packets.fixture.ts'
import { randomKey, sealRtcp } from '../rtp/srtp/srtcp.fixture.ts'
import type { SrtpKey } from '../rtp/srtp/srtp-key.ts'
import {
  again,
  answer,
  CALLEE,
  CALLER,
  invite,
  request,
  sdp,
  tracked,
} from './media-tracker.fixture.ts'

describe('MediaTracker: reports', () => {
  /** A receiver report of 0x99 on SSRC 0x1234: 12 lost in all, a jitter of 80 units. */
  const REPORT = Buffer.from(
    '81c90007 00000099 00001234 0000000c 00010064 00000050 00000000 00000000'.replaceAll(' ', ''),
    'hex',
  )

  /** The report on its way back, half a second after the start. */
  const back = (srcPort: number, dstPort: number, packet: Buffer = REPORT) => {
    const datagram = datagramWith(packet, { ms: 500, srcPort, dstPort })
    return { ...datagram, src: datagram.dst, dst: datagram.src }
  }

  test('a receiver’s report is a fact of the stream that it is about', () => {
    const { play, tracker, end } = tracked()
    play(50)
    tracker.datagram(back(5001, 4001))
    play(50, { ms: 1_000, seq: 1050 })
    const [{ source, side, figures, lostBefore } = undefined as never] = end()[0]?.reports ?? []
    assert.deepEqual([source, side, lostBefore], ['rtcp', 'receiver', 0])
    assert.deepEqual([figures.packetsLost, figures.jitterMs], [12, 10])
  })

  test('where one SSRC goes between two machines twice, the ports tell which is meant', () => {
    const { play, tracker, end } = tracked()
    for (const i of [0, 2]) play(10, { srcPort: 4000 + i, dstPort: 5000 + i })
    tracker.datagram(back(5003, 4003))
    const reported = end().filter(({ reports }) => reports.length > 0)
    assert.deepEqual(
      reported.map(({ dstPort }) => dstPort),
      [5002],
    )
  })

  test('what is encrypted is not read as a report', () => {
    const { say, play, tracker, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000, ['m=audio 5000 RTP/SAVP 0', 'a=fingerprint:sha-256 AB:CD'])))
    play(10, { ms: 100 })
    tracker.datagram(datagramWith(REPORT, { ms: 500, srcPort: 4001, dstPort: 5001 }))
    assert.deepEqual(end()[0]?.reports, [])
  })

  test('what is encrypted is known by its sender too, on whatever port it comes', () => {
    const { say, play, tracker, end } = tracked()
    const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x'
    say(0, invite(sdp(CALLEE, 5000, ['m=audio 5000 RTP/SAVP 0', 'a=rtcp:7001', key])))
    play(10, { ms: 100, ssrc: 0x99 })
    play(10, { ms: 100 })
    tracker.datagram(datagramWith(REPORT, { ms: 500, srcPort: 7000, dstPort: 7001 }))
    assert.deepEqual(end()[1]?.reports, [])
  })

  /** Of a section whose media has these keys. */
  const keyed = (address: string, port: number, key: SrtpKey) => {
    const inline = Buffer.concat([key.masterKey, key.masterSalt]).toString('base64')
    const line = `a=crypto:1 ${key.suite} inline:${inline}`
    return sdp(address, port, [`m=audio ${port} RTP/SAVP 0`, line])
  }
  const [callers, callees, later] = [1, 2, 3].map((seed) =>
    randomKey('AES_CM_128_HMAC_SHA1_80', seed),
  ) as [SrtpKey, SrtpKey, SrtpKey]
  const sealed = (key: SrtpKey) => back(5001, 4001, sealRtcp(key, REPORT, 1))

  test('what is encrypted is opened with the keys that either side told', () => {
    for (const key of [callers, callees, later]) {
      const { say, play, tracker, end } = tracked()
      say(0, invite(keyed(CALLER, 4000, callers)))
      say(50, answer(keyed(CALLEE, 5000, callees)))
      play(10, { ms: 100 })
      tracker.datagram(sealed(key))
      const lost = end()[0]?.reports.map(({ figures }) => figures.packetsLost)
      assert.deepEqual(lost, key === later ? [] : [12])
    }
  })

  test('a new offer brings a new key', () => {
    const { say, play, tracker, end } = tracked()
    say(0, invite(keyed(CALLER, 4000, callers)))
    say(50, answer(keyed(CALLEE, 5000, callees)))
    play(10, { ms: 100 })
    say(400, again(2, invite(keyed(CALLER, 4000, callers), 'call-1', ';tag=B')))
    say(410, again(2, answer(keyed(CALLEE, 5000, later))))
    tracker.datagram(sealed(later))
    assert.deepEqual(
      end()[0]?.reports.map(({ figures }) => figures.packetsLost),
      [12],
    )
  })

  test('a quality report by SIP finds its stream by call and ends', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLER, 4000)))
    say(50, answer(sdp(CALLEE, 5000)))
    play(10, { ms: 100 })
    const text = [
      'VQSessionReport: CallTerm',
      'CallID: call-1',
      `LocalAddr:IP=${CALLEE} PORT=5000 SSRC=0`,
      `RemoteAddr:IP=${CALLER} PORT=4000 SSRC=0`,
      'LocalMetrics:',
      'QualityEst:MOSLQ=3.9',
      '',
    ].join('\n')
    say(900, request('PUBLISH', 'other', 'From: <sip:b@x>;tag=P', 'To: <sip:c@x>', text))
    const [report] = end()[0]?.reports ?? []
    assert.deepEqual([report?.source, report?.figures.mosListening], ['vq-rtcpxr', 3.9])
  })

  const elsewhere = {
    ...NO_FIGURES,
    source: 'hep-rtcp',
    tUs: START_US,
    ssrc: 0x1234,
    reporterSsrc: 1,
    src: { address: CALLER, port: 4000 },
    dst: { address: CALLEE, port: 5000 },
    callId: 'call-1',
    jitterUnits: null,
    codec: null,
    packetsLost: 3,
  } as const

  test('reports that come before the first packet wait for it', () => {
    const { play, tracker, end } = tracked()
    tracker.report(elsewhere)
    play(10, { ms: 100 })
    assert.deepEqual(
      end().map(({ packets, reports }) => [packets, reports.length]),
      [[10, 1]],
    )
  })

  test('a stream that only an agent tells of is a stream without packets', () => {
    const { tracker, end } = tracked()
    tracker.report(elsewhere)
    tracker.report({ ...elsewhere, tUs: START_US + 5_000_000 })
    const [record, ...others] = end()
    assert.deepEqual(others, [])
    assert.deepEqual(
      [record?.packets, record?.callId, record?.src, record?.reports[0]?.reports],
      [0, 'call-1', CALLER, 2],
    )
  })

  test('RTCP on the wire about nothing that was captured is counted, and no stream', () => {
    const { tracker, end } = tracked()
    tracker.datagram(datagramWith(REPORT, { ms: 0 }))
    assert.deepEqual(end(), [])
    assert.equal(tracker.problems().get('calls.report.unmatched'), 1)
  })

  test('reports on more streams than can be remembered are bounded', () => {
    const { tracker, records } = tracked({ limits: { reportedStreamsMax: 10 } })
    for (let ssrc = 1; ssrc <= 50; ssrc++) tracker.report({ ...elsewhere, ssrc })
    assert.equal(records.length, 40)
  })
})
