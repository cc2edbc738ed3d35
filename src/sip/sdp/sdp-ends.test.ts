// Where a description wants media: the quick look must find what the full reading finds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseSdp } from './parse-sdp.ts'
import { readSdpEnds } from './sdp-ends.ts'

function endsOf(...lines: string[]) {
  const bytes = Buffer.from(lines.join('\r\n'))
  const { places } = readSdpEnds(bytes, 0, bytes.length)
  return places.map(({ address, port, sections, isCandidate }) => {
    return `${sections.join()} ${address} ${port}${isCandidate ? ' candidate' : ''}`
  })
}

test('readSdpEnds: a section takes the address of the session unless it has its own', () => {
  const ends = endsOf(
    'v=0',
    'c=IN IP4 192.0.2.1',
    'm=audio 4000 RTP/AVP 0',
    'm=video 5000/2 RTP/AVP 31',
    'c=IN IP6 2001:db8::9',
    '',
  )
  assert.deepEqual(ends, ['0 192.0.2.1 4000', '1 2001:db8::9 5000'])
})

test('readSdpEnds: refused sections and those without an address have no end', () => {
  assert.deepEqual(endsOf('c=IN IP4 192.0.2.1', 'm=audio 0 RTP/AVP 0', 'm=image x udptl t38'), [])
  assert.deepEqual(endsOf('m=audio 4000 RTP/AVP 0'), [])
})

const AUDIO = 'm=audio 4000 RTP/AVP 0'
for (const [says, isTwoWay, ...lines] of [
  ['sound', true, 'c=IN IP4 192.0.2.1', AUDIO],
  ['sound that says so', true, 'c=IN IP4 192.0.2.1', AUDIO, 'a=sendrecv'],
  ['sendonly', false, 'c=IN IP4 192.0.2.1', AUDIO, 'a=sendonly'],
  ['recvonly', false, 'c=IN IP4 192.0.2.1', AUDIO, 'a=recvonly'],
  ['inactive', false, 'c=IN IP4 192.0.2.1', AUDIO, 'a=inactive'],
  ['inactive of the session', false, 'c=IN IP4 192.0.2.1', 'a=inactive', AUDIO],
  ['sendrecv of its own', true, 'c=IN IP4 192.0.2.1', 'a=inactive', AUDIO, 'a=sendrecv'],
  ['one of two sections', false, 'c=IN IP4 192.0.2.1', AUDIO, AUDIO, 'a=sendonly'],
  ['a picture', true, 'c=IN IP4 192.0.2.1', AUDIO, 'm=video 5000 RTP/AVP 31', 'a=recvonly'],
  ['only a picture', false, 'c=IN IP4 192.0.2.1', 'm=video 5000 RTP/AVP 31'],
  ['hold of old', false, 'c=IN IP4 0.0.0.0', AUDIO],
  ['an address to come', true, 'c=IN IP4 0.0.0.0', 'm=audio 9 RTP/AVP 0', 'a=ice-ufrag:x'],
  ['refused sound', false, 'c=IN IP4 192.0.2.1', 'm=audio 0 RTP/AVP 0'],
  ['fax', false, 'c=IN IP4 192.0.2.1', 'm=audio 0 RTP/AVP 0', 'm=image 4000 udptl t38'],
  ['no direction', true, 'c=IN IP4 192.0.2.1', AUDIO, 'a=rtcp-mux', 'a=sendonlyx'],
] as const) {
  test(`readSdpEnds: ${says} is ${isTwoWay ? '' : 'not '}sound both ways`, () => {
    const bytes = Buffer.from(lines.join('\r\n'))
    assert.equal(readSdpEnds(bytes, 0, bytes.length).isTwoWay, isTwoWay)
  })
}

test('readSdpEnds: candidates for media over UDP are ends too', () => {
  const ends = endsOf(
    'c=IN IP4 192.0.2.1',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=candidate:1 1 UDP 2122252543 10.0.0.7 50000 typ host',
    'a=candidate:1 2 UDP 2122252542 10.0.0.7 50001 typ host',
    'a=candidate:2 1 tcp 1518280447 10.0.0.7 9 typ host tcptype active',
    'a=candidate:broken',
  )
  assert.deepEqual(ends, ['0 10.0.0.7 50000 candidate', '0 192.0.2.1 9'])
})

test('readSdpEnds: what one section of a bundle names is for all of them that are RTP', () => {
  const ends = endsOf(
    'a=group:BUNDLE data 1 2',
    'c=IN IP4 192.0.2.1',
    'm=application 50000 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:data',
    'a=candidate:1 1 UDP 2122252543 10.0.0.7 50000 typ host',
    'm=audio 0 UDP/TLS/RTP/SAVPF 111',
    'a=bundle-only',
    'a=mid:1',
    'm=video 50000 UDP/TLS/RTP/SAVPF 98',
    'a=mid:2',
    'm=audio 6000 RTP/AVP 0',
    'a=mid:3',
  )
  assert.deepEqual(ends, [
    '1,2 10.0.0.7 50000 candidate',
    '1,2 192.0.2.1 50000',
    '2,1 192.0.2.1 50000',
    '3 192.0.2.1 6000',
  ])
})

test('readSdpEnds: a ufrag is of its section and its bundle, or of all that have none', () => {
  const ufragsOf = (...lines: string[]) => {
    const bytes = Buffer.from(lines.join('\r\n'))
    const { ufrags } = readSdpEnds(bytes, 0, bytes.length)
    return ufrags.map(({ ufrag, sections }) => `${ufrag} ${sections.join()}`)
  }
  const sound = ['m=audio 9 RTP/SAVPF 0', 'a=mid:0', 'a=ice-ufrag:aaaa', 'a=ice-ufrag:later']
  const video = ['m=video 9 RTP/SAVPF 98', 'a=mid:1']
  assert.deepEqual(ufragsOf(...sound, ...video), ['aaaa 0'])
  assert.deepEqual(ufragsOf('a=group:BUNDLE 0 1', ...sound, ...video), ['aaaa 0,1'])
  assert.deepEqual(ufragsOf('a=ice-ufrag:ssss', ...sound, ...video), ['aaaa 0', 'ssss 1'])
})

test('readSdpEnds: what is no RTP is told', () => {
  const text = Buffer.from(
    [
      'c=IN IP4 192.0.2.1',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'm=image 4000 udptl t38',
      'm=application 32416 TCP/MRCPv2 1',
      'm=message',
    ].join('\r\n'),
  )
  const { places } = readSdpEnds(text, 0, text.length)
  assert.deepEqual(
    places.map(({ isRtp }) => isRtp),
    [true, false, false],
  )
})

test('readSdpEnds: a multicast address loses its scope', () => {
  assert.deepEqual(endsOf('c=IN IP4 233.252.0.1/127', 'm=audio 4000 RTP/AVP 0'), [
    '0 233.252.0.1 4000',
  ])
})

test('readSdpEnds: finds what the full reading finds, of any text made of such lines', () => {
  const line = fc.constantFrom(
    'v=0',
    'c=IN IP4 192.0.2.1',
    'c=IN IP4 198.51.100.2/24',
    'c=',
    'm=audio 4000 RTP/AVP 0',
    'm=audio 0 RTP/AVP 8',
    'm=video 6000 RTP/SAVP 96',
    'm=',
    'a=sendonly',
    'a=rtpmap:0 PCMU/8000',
    '',
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const bytes = Buffer.from(`v=0${end}${lines.join(end)}`)
      const media = parseSdp(bytes).media.flatMap(({ address, port }, section) => {
        return port > 0 && address !== '' ? [`${section} ${address} ${port}`] : []
      })
      const { places } = readSdpEnds(bytes, 0, bytes.length)
      assert.deepEqual(
        places.map(({ address, port, sections }) => `${sections.join()} ${address} ${port}`),
        media,
      )
    }),
    { numRuns: 300, seed: 20261121 },
  )
})
