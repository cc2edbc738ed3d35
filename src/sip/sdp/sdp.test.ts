// Session descriptions of phones, browsers, fax machines and careless senders, and how they are
// told to people.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeSdp } from './describe-sdp.ts'
import { parseSdp } from './parse-sdp.ts'
import type { Media, SessionDescription } from './session-description.ts'

const HEAD = [
  'v=0',
  'o=alice 2890844526 2890844527 IN IP4 h.example.com',
  's=-',
  'c=IN IP4 203.0.113.5',
  't=0 0',
]

const SUITE = 'AES_CM_128_HMAC_SHA1_80'

function parse(...lines: string[]): SessionDescription {
  return parseSdp(Buffer.from([...HEAD, ...lines, ''].join('\r\n')))
}

/** The first media section of a description with these lines. */
function media(...lines: string[]): Media {
  const [first] = parse(...lines).media
  assert.ok(first)
  return first
}

const codes = (sdp: SessionDescription) => sdp.problems.map(({ code }) => code)

test('parseSdp: reads the session part', () => {
  const sdp = parse('b=AS:256', 'a=group:BUNDLE 0 1', 'a=ice-lite', 'a=sendonly')
  assert.deepEqual(sdp.origin, {
    username: 'alice',
    sessionId: '2890844526',
    sessionVersion: '2890844527',
    address: 'h.example.com',
  })
  assert.deepEqual([sdp.address, sdp.name, sdp.direction], ['203.0.113.5', '-', 'sendonly'])
  assert.deepEqual([sdp.bandwidths, sdp.timings, sdp.groups], [['AS:256'], ['0 0'], ['BUNDLE 0 1']])
  assert.equal(sdp.isIceLite, true)
  assert.deepEqual(codes(sdp), [])
})

test('parseSdp: names codecs by rtpmap, and by the table of RFC 3551 where there is none', () => {
  const { codecs, ptimeMs, maxptimeMs } = media(
    'm=audio 10000 RTP/AVP 8 0 9 96 101 13',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:96 opus/48000/2',
    'a=fmtp:96 useinbandfec=1; stereo=0',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    'a=maxptime:40',
  )
  assert.deepEqual(
    codecs.map((c) => `${c.payloadType} ${c.name}/${c.clockRateHz}/${c.channels} ${c.fmtp ?? ''}`),
    [
      '8 PCMA/8000/1 ',
      '0 PCMU/8000/1 ',
      '9 G722/8000/1 ',
      '96 opus/48000/2 useinbandfec=1; stereo=0',
      '101 telephone-event/8000/1 0-16',
      '13 CN/8000/1 ',
    ],
  )
  assert.deepEqual([ptimeMs, maxptimeMs], [20, 40])
})

test('parseSdp: lets a section override address and direction of the session', () => {
  const sdp = parse(
    'a=inactive',
    'm=audio 1000 RTP/AVP 0',
    'm=video 2000/2 RTP/AVP 31',
    'c=IN IP6 2001:db8::1',
    'a=sendrecv',
  )
  assert.deepEqual(
    sdp.media.map((one) => [
      one.type,
      one.port,
      one.portCount,
      one.address,
      one.direction,
      one.isHeld,
    ]),
    [
      ['audio', 1000, 1, '203.0.113.5', 'inactive', true],
      ['video', 2000, 2, '2001:db8::1', 'sendrecv', false],
    ],
  )
})

test('parseSdp: sees hold by direction and by an address of zeros', () => {
  const held = (...lines: string[]) => media('m=audio 1000 RTP/AVP 0', ...lines).isHeld
  assert.equal(held(), false)
  assert.equal(held('a=sendonly'), true)
  assert.equal(held('a=inactive'), true)
  assert.equal(held('a=recvonly'), false)
  assert.equal(held('c=IN IP4 0.0.0.0'), true)
  assert.equal(held('c=IN IP4 224.2.1.1/127/3'), false)
})

test('parseSdp: reads keys, fingerprints and ICE, inherited from the session too', () => {
  const sdp = parse(
    'a=ice-ufrag:F7gI',
    'a=ice-pwd:x9cml/YzichV2+XlhiMu8g',
    'a=fingerprint:SHA-256 AB:CD:EF',
    'a=setup:actpass',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=rtpmap:111 opus/48000/2',
    'a=mid:0',
    'a=rtcp-mux',
    'a=rtcp:9 IN IP4 192.0.2.9',
    'a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host',
    'a=candidate:2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998',
    'a=ssrc:314159 cname:x@h',
    'a=rid:1 send',
    'm=audio 5000 RTP/SAVP 0',
    `a=crypto:1 ${SUITE} inline:WVNfX19zZW1jdGwgKCkgew|2^20|1:4 FEC_ORDER=FEC_SRTP`,
    'a=setup:active',
  )
  const [web, sdes] = sdp.media
  assert.deepEqual(codes(sdp), [])
  assert.deepEqual(
    [web?.iceUfrag, web?.icePwd, web?.setup, web?.mid],
    ['F7gI', 'x9cml/YzichV2+XlhiMu8g', 'actpass', '0'],
  )
  assert.deepEqual(web?.fingerprints, [{ hash: 'sha-256', value: 'AB:CD:EF' }])
  assert.deepEqual([web?.hasRtcpMux, web?.rtcpPort, web?.rtcpAddress], [true, 9, '192.0.2.9'])
  assert.deepEqual(
    web?.candidates.map((c) => [c.type, c.address, c.port, c.relatedAddress, c.relatedPort]),
    [
      ['host', '10.0.1.1', 8998, undefined, undefined],
      ['srflx', '192.0.2.3', 45664, '10.0.1.1', 8998],
    ],
  )
  assert.deepEqual(web?.ssrcs, [{ ssrc: 314159, name: 'cname', value: 'x@h' }])
  assert.deepEqual(web?.rids, ['1 send'])
  assert.deepEqual(
    [sdes?.crypto[0]?.suite, sdes?.crypto[0]?.sessionParams],
    [SUITE, ['FEC_ORDER=FEC_SRTP']],
  )
  assert.equal(sdes?.setup, 'active')
})

test('parseSdp: reads fax, application and refused sections without looking for codecs', () => {
  const sdp = parse(
    'm=image 4000 udptl t38',
    'a=T38FaxVersion:0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'm=video 0 RTP/AVP 31',
  )
  assert.deepEqual(
    sdp.media.map((one) => [one.type, one.port, one.formats, one.codecs.length]),
    [
      ['image', 4000, ['t38'], 0],
      ['application', 9, ['webrtc-datachannel'], 0],
      ['video', 0, ['31'], 1],
    ],
  )
  assert.deepEqual(codes(sdp), [])
})

test('parseSdp: reads lines that end in any way, and 8-bit text', () => {
  for (const end of ['\n', '\r', '\r\n\r\n']) {
    const sdp = parseSdp(Buffer.from([...HEAD, 'm=audio 1000 RTP/AVP 0'].join(end)))
    assert.equal(sdp.media[0]?.port, 1000)
  }
  assert.equal(parseSdp(Buffer.from('v=0\ns=caf\xc3\xa9\n', 'latin1')).name, 'café')
})

test('parseSdp: takes the best of an origin with a blank in its user name', () => {
  const sdp = parseSdp(Buffer.from('v=0\no=My Phone 1 2 IN IP4 192.0.2.1\ns=-\nt=0 0\n'))
  assert.deepEqual([sdp.origin?.username, sdp.origin?.address], ['My Phone', '192.0.2.1'])
  assert.deepEqual(codes(sdp), ['sip.sdp.origin'])
})

test('parseSdp: gives an empty description for nothing, and bounds what it looks at', () => {
  assert.deepEqual(parseSdp(Buffer.alloc(0)).media, [])
  const many = parse(...Array(1000).fill('m=audio 1000 RTP/AVP 0'))
  assert.equal(many.media.length, 256)
  assert.ok(codes(many).includes('sip.sdp.lines.too-many'))
  assert.ok(codes(many).length <= 100)
})

const described: readonly [lines: readonly string[], words: string][] = [
  [
    [
      'm=audio 10000 RTP/SAVP 8 0 101',
      'a=rtpmap:101 telephone-event/8000',
      `a=crypto:1 ${SUITE} inline:k`,
    ],
    'audio to 203.0.113.5 port 10000: PCMA, PCMU, telephone events; sends and receives; ' +
      `keys offered for ${SUITE}`,
  ],
  [
    ['m=audio 10000 RTP/AVP 0', 'a=sendonly', 'a=ptime:20'],
    'audio to 203.0.113.5 port 10000: PCMU; only sends (on hold); 20 ms a packet',
  ],
  [['m=audio 1 RTP/AVP 0', 'a=recvonly'], 'audio to 203.0.113.5 port 1: PCMU; only receives'],
  [
    ['m=audio 1 RTP/AVP 0', 'a=inactive'],
    'audio to 203.0.113.5 port 1: PCMU; neither sends nor receives (on hold)',
  ],
  [
    ['m=audio 1 RTP/AVP 0', 'c=IN IP4 0.0.0.0'],
    'audio to 0.0.0.0 port 1: PCMU; on hold (no address)',
  ],
  [['m=image 4000 udptl t38'], 'image to 203.0.113.5 port 4000: T.38 fax; sends and receives'],
  [['m=video 0 RTP/AVP 31'], 'video refused'],
  [
    ['m=audio 1/2 RTP/AVP 99'],
    'audio to 203.0.113.5 ports 1 and on: payload type 99; sends and receives',
  ],
  [
    [
      'm=audio 9 UDP/TLS/RTP/SAVPF 0',
      'a=fingerprint:sha-1 AA',
      'a=setup:active',
      'a=rtcp-mux',
      'a=candidate:1 1 udp 1 h 1 typ host',
    ],
    'audio to 203.0.113.5 port 9: PCMU; sends and receives; keys by DTLS (active); ' +
      'RTCP on the same port; 1 ICE candidate (host)',
  ],
]

for (const [lines, words] of described) {
  test(`describeSdp: says "${words}"`, () =>
    assert.deepEqual(describeSdp(parse(...lines)), [words]))
}

test('describeSdp: says so where there is no media', () => {
  assert.deepEqual(describeSdp(parse()), ['no media'])
})
