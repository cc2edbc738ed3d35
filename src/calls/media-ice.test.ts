// Calls whose descriptions do not say where their media goes, and the connectivity checks of ICE
// that do, in; whose the streams are out (RFC 8445 §7.2.2, RFC 8839 §5.4).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Datagram } from '../decode/datagram.ts'
import {
  datagramOf,
  datagramWith,
  type PacketPlan,
  steadyPackets,
} from '../rtp/rtp-packets.fixture.ts'
import { stunRequest } from '../rtp/stun.fixture.ts'
import {
  again,
  answer,
  BYE,
  CALLEE,
  CALLER,
  invite,
  request,
  sdp,
  tracked,
} from './media-tracker.fixture.ts'
import type { StreamRecord } from './stream-record.ts'

type Run = ReturnType<typeof tracked>
const whose = ({ callId, sender }: StreamRecord) => [callId, sender]

/** A description that names no place but a ufrag, as browsers do that trickle. */
function trickled(ufrag: string, lines: readonly string[] = []): string {
  const sound = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:0', 'a=rtpmap:111 opus/48000/2']
  const ice = [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${ufrag.repeat(8)}`]
  const fingerprint = 'a=fingerprint:sha-256 AA'
  return sdp('0.0.0.0', 9, ['a=group:BUNDLE 0 1', ...sound, ...ice, fingerprint, ...lines])
}

function turned({ src, srcPort, dst, dstPort, ...others }: Datagram): Datagram {
  return { ...others, src: dst, srcPort: dstPort, dst: src, dstPort: srcPort }
}

/** 10.0.0.1 port 4000 checks 10.0.0.2 port 5000, unless told otherwise. */
function check({ tracker }: Run, username: string, plan: Partial<PacketPlan> = {}): void {
  tracker.datagram(datagramWith(stunRequest(username), { ms: 0, ...plan }))
}

/** What both ends send each other: SSRC 1 from 10.0.0.1, 2 from 10.0.0.2. */
function talk({ tracker }: Run, plan: Partial<PacketPlan>): void {
  for (const there of steadyPackets(5, { payloadType: 111, ...plan })) {
    tracker.datagram(datagramOf({ ...there, ssrc: 1 }))
    tracker.datagram(turned(datagramOf({ ...there, ssrc: 2 })))
  }
}

/** A call between ufrags; the callee is at 10.0.0.2 where checks go to. */
function call(
  run: Run,
  callId: string,
  ms: number,
  [caller, callee]: readonly [string, string],
): void {
  run.say(ms, invite(trickled(caller), callId))
  run.say(ms + 50, answer(trickled(callee), '200 OK', callId))
}

const FROM_BOTH = (callId: string) => [
  [callId, 'caller'],
  [callId, 'callee'],
]

describe('MediaTracker: connectivity checks', () => {
  test('a pair of ends is of the call whose ufrags its checks carry', () => {
    const run = tracked()
    call(run, 'other', 0, ['oooo', 'pppp'])
    call(run, 'call-1', 10, ['aaaa', 'bbbb'])
    check(run, 'bbbb:aaaa', { ms: 100 })
    talk(run, { ms: 200 })
    const streams = run.end()
    assert.deepEqual(streams.map(whose), FROM_BOTH('call-1'))
    assert.deepEqual(
      streams.map(({ mediaType, protection, payloads: [first] }) => {
        return [mediaType, protection, first?.codec]
      }),
      [
        ['audio', 'dtls', 'opus'],
        ['audio', 'dtls', 'opus'],
      ],
    )
  })

  test('who checks has the second ufrag', () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    check(run, 'aaaa:bbbb', { ms: 100 })
    talk(run, { ms: 200 })
    assert.deepEqual(run.end().map(whose), FROM_BOTH('call-1').toReversed())
  })

  test('media that came before the check, and a check before the answer, tell too', () => {
    const run = tracked()
    run.say(0, invite(trickled('aaaa')))
    check(run, 'bbbb:aaaa', { ms: 10 })
    talk(run, { ms: 20 })
    run.say(200, answer(trickled('bbbb')))
    check(run, 'bbbb:aaaa', { ms: 210 })
    assert.deepEqual(run.end().map(whose), FROM_BOTH('call-1'))
  })

  test("where both sides of address translation are captured both are the call's", () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    check(run, 'bbbb:aaaa', { ms: 100 })
    check(run, 'bbbb:aaaa', { ms: 101, srcPort: 61_000 })
    talk(run, { ms: 200 })
    talk(run, { ms: 200, srcPort: 61_000 })
    assert.deepEqual(run.end().map(whose), [...FROM_BOTH('call-1'), ...FROM_BOTH('call-1')])
  })

  test('the video of a bundle is where its sound was checked', () => {
    const run = tracked()
    const video = ['m=video 9 UDP/TLS/RTP/SAVPF 98', 'a=mid:1', 'a=rtpmap:98 VP8/90000']
    run.say(0, invite(trickled('aaaa', video)))
    run.say(50, answer(trickled('bbbb', video)))
    check(run, 'bbbb:aaaa', { ms: 100 })
    talk(run, { ms: 200, payloadType: 98 })
    assert.deepEqual(
      run.end().map(({ mediaType, payloads: [first] }) => [mediaType, first?.codec]),
      [
        ['video', 'VP8'],
        ['video', 'VP8'],
      ],
    )
  })

  test('ufrags that no call has, or two calls, tell nothing', () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    call(run, 'call-2', 10, ['cccc', 'dddd'])
    for (const username of ['bbbb:cccc', 'bbbb:bbbb', 'bbbb', 'x:y', ':', '']) {
      check(run, username, { ms: 100 })
    }
    talk(run, { ms: 200 })
    assert.deepEqual(run.end().map(whose), [
      [null, null],
      [null, null],
    ])
  })

  test('a check takes no pair from the call whose checks go on, nor one that is described', () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    check(run, 'bbbb:aaaa', { ms: 100 })
    run.say(150, invite(sdp(CALLER, 4002), 'plain'))
    run.say(160, answer(sdp('192.168.1.10', 5002), '200 OK', 'plain'))
    call(run, 'forger', 200, ['ffff', 'gggg'])
    check(run, 'gggg:ffff', { ms: 20_000 })
    check(run, 'gggg:ffff', { ms: 20_000, srcPort: 4002 })
    talk(run, { ms: 20_100 })
    talk(run, { ms: 20_100, srcPort: 4002 })
    assert.deepEqual(run.end().map(whose), [...FROM_BOTH('call-1'), ...FROM_BOTH('plain')])
  })

  for (const { name, over } of [
    { name: 'once that call has ended', over: (run: Run) => run.say(10_000, BYE('call-1')) },
    { name: 'once its checks have ceased', over: () => {} },
  ]) {
    test(`a pair is of the next call that checks it ${name}`, () => {
      const run = tracked()
      call(run, 'call-1', 0, ['aaaa', 'bbbb'])
      check(run, 'bbbb:aaaa', { ms: 100 })
      over(run)
      call(run, 'call-2', 35_000, ['cccc', 'dddd'])
      check(run, 'dddd:cccc', { ms: 35_100 })
      talk(run, { ms: 35_200 })
      assert.deepEqual(run.end().map(whose), FROM_BOTH('call-2'))
    })
  }

  test('of calls that share one place of a server each has what it checked', () => {
    const run = tracked()
    const server = [`a=candidate:1 1 UDP 2122252543 ${CALLEE} 5000 typ host`]
    for (const [i, ufrag] of ['aaaa', 'cccc', 'eeee'].entries()) {
      run.say(i * 40_000, invite(trickled(ufrag), ufrag))
      const found = trickled(ufrag.toUpperCase(), server)
      run.say(i * 40_000 + 10, answer(found, '200 OK', ufrag))
      check(run, `${ufrag.toUpperCase()}:${ufrag}`, { ms: i * 40_000 + 20, srcPort: 4000 + i })
    }
    for (const i of [0, 1, 2]) talk(run, { ms: 90_000 + i, srcPort: 4000 + i })
    assert.deepEqual(run.end().map(whose), ['aaaa', 'cccc', 'eeee'].flatMap(FROM_BOTH))
  })

  test('a call that begins anew with other ufrags keeps its pair', () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    check(run, 'bbbb:aaaa', { ms: 100 })
    run.say(5_000, again(2, invite(trickled('cccc'), 'call-1', ';tag=B')))
    run.say(5_050, again(2, answer(trickled('dddd'))))
    check(run, 'dddd:cccc', { ms: 5_100 })
    talk(run, { ms: 5_200 })
    assert.deepEqual(run.end().map(whose), FROM_BOTH('call-1'))
  })
})

describe('MediaTracker: candidates that trickle', () => {
  const piece = (ufrag: string, port: number) =>
    [
      `a=ice-ufrag:${ufrag}`,
      `a=ice-pwd:${ufrag.repeat(8)}`,
      'm=audio 9 RTP/AVP 0',
      'a=mid:0',
      `a=candidate:1 1 UDP 2122252543 ${CALLEE} ${port} typ host`,
      '',
    ].join('\n')
  const info = (tag: string, to: string, body: string) =>
    again(
      2,
      request('INFO', 'call-1', `From: <sip:a@x>;tag=${tag}`, `To: <sip:b@x>;tag=${to}`, body),
    )

  test('they are places of the description that has their ufrag', () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    run.say(100, info('B', 'A', piece('bbbb', 5000)))
    talk(run, { ms: 200 })
    const streams = run.end()
    assert.deepEqual(streams.map(whose), FROM_BOTH('call-1'))
    assert.deepEqual(
      streams.map(({ payloads: [first] }) => first?.codec),
      ['opus', 'opus'],
    )
  })

  test('those of nobody, of the other side, or of no call, name nothing', () => {
    const run = tracked()
    run.say(0, info('A', 'B', piece('aaaa', 5000)))
    call(run, 'call-1', 10, ['aaaa', 'bbbb'])
    run.say(100, info('A', 'B', piece('bbbb', 5000)))
    run.say(110, info('A', 'B', piece('cccc', 5000)))
    run.say(120, info('A', 'B', piece('', 5000)))
    talk(run, { ms: 200 })
    assert.deepEqual(run.end().map(whose), [
      [null, null],
      [null, null],
    ])
  })

  test('they settle no offer, and stay where it is refused', () => {
    const run = tracked()
    call(run, 'call-1', 0, ['aaaa', 'bbbb'])
    run.say(5_000, again(2, invite(trickled('cccc'), 'call-1', ';tag=B')))
    run.say(5_010, info('A', 'B', piece('cccc', 5002)).replace('CSeq: 2', 'CSeq: 3'))
    run.say(5_020, info('A', 'B', piece('aaaa', 5000)).replace('CSeq: 2', 'CSeq: 4'))
    run.say(5_100, again(2, answer('', '491 Request Pending')))
    talk(run, { ms: 5_200 })
    talk(run, { ms: 5_200, srcPort: 4002, dstPort: 5002 })
    assert.deepEqual(run.end().map(whose), [
      ['call-1', 'callee'],
      ['call-1', 'caller'],
      [null, null],
      [null, null],
    ])
  })
})
