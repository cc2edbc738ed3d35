// What one section's streams are made of, as text: descriptions with the same text agree in all
// that the text is for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mediaText } from './media-text.ts'
import { parseSdp } from './parse-sdp.ts'

/** What a description may hold, rightly or not. */
const LINES = [
  'v=0|o=x|s=|c=IN IP4 192.0.2.1|c=|t=0 0|b=AS:64|i=title||x|m=|M=x|A=fmtp:96 y|a=|a=:|a=mid:0',
  'm=audio 4000 RTP/AVP 0|m=audio 4002 RTP/AVP 0|m= audio  5 RTP/AVP 0 |m=audio 4|a=sendonly',
  'm=audio 1/2 RTP/AVP 96 97|m=audio 7 RTP/AVP 96 97|m=video 9 RTP/SAVP 96|a=ptime:20|a=rtcp:5',
  'a=rtpmap:96 opus/48000/2|a=RTPMAP:96 L16/8000|a= rtpmap:97 G722/8000|a=rtpmap|a=rtcp-mux',
  'a=fmtp:96 useinbandfec=1|a=Fmtp:97 x|a=fmtp:96|a=candidate:1 1|a=fingerprint:none',
  'a=crypto:1 AES inline:abc|a=Crypto:1 AES inline:abc|a=crypto:x|a=\u00a0crypto:1 AES inline:abc',
  'a=fingerprint:sha-256 AB|a=\tfingerprint:sha-1 CD',
].flatMap((lines) => lines.split('|'))

function sdp(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

function assertSameText(a: Buffer, b: Buffer): void {
  assert.equal(mediaText(a, 0), mediaText(b, 0))
}

const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 8 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=rtcp:4001',
  'a=sendrecv',
]

test('mediaText: another call of the same device has the same text', () => {
  const other = OFFER.map((line) => line.replaceAll('192.0.2.1', '192.0.2.77'))
  const later = other.map((line) => line.replace('4000', '5010').replace('4001', '5011'))
  assertSameText(sdp(...OFFER), sdp(...later, 'a=candidate:1 1 UDP 1 10.0.0.7 50000 typ host'))
})

test('mediaText: another codec, key or section has another', () => {
  const text = mediaText(sdp(...OFFER), 0)
  for (const line of ['a=fmtp:101 0-16', 'a=crypto:1 X inline:abc', 'a=rtpmap:0 PCMU/8000']) {
    assert.notEqual(mediaText(sdp(...OFFER, line), 0), text)
  }
  const two = sdp(...OFFER, 'm=video 6000 RTP/AVP 96', 'a=rtpmap:96 VP8/90000')
  assert.equal(mediaText(two, 0), text)
  assert.equal(mediaText(two, 1), 'video RTP/AVP 96\na=rtpmap:96 VP8/90000\n')
})

test('mediaText: a fingerprint of the session counts for each section', () => {
  const secured = sdp('a=fingerprint:sha-256 AB:CD', 'm=audio 9 UDP/TLS/RTP/SAVPF 0')
  assert.match(mediaText(secured, 0), /fingerprint/)
})

test('mediaText: a section that is not there has none', () => {
  assert.equal(mediaText(sdp(...OFFER), 1), '')
  assert.equal(mediaText(Buffer.alloc(0), 0), '')
})

test('mediaText: what stands behind more sections than are read is of none of them', () => {
  const audio = 'm=audio 1 RTP/AVP 96'
  const crowded = sdp(...Array<string>(257).fill(audio), 'a=rtpmap:96 opus/48000/2')
  assert.equal(mediaText(crowded, 255), mediaText(sdp(audio), 0))
  assert.deepEqual(parseSdp(crowded).media[255]?.codecs, parseSdp(sdp(audio)).media[0]?.codecs)
})

test('mediaText: whatever the lines, the same text means the same media', () => {
  const line = fc.constantFrom(...LINES)
  const description = fc
    .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom('\r\n', '\n', '\r', '\n\n'))
    .map(([lines, ending]) => Buffer.from(lines.join(ending)))
  const told = new Map<string, unknown>()
  fc.assert(
    fc.property(description, fc.nat(2), (bytes, section) => {
      const media = parseSdp(bytes).media[section]
      const text = mediaText(bytes, section)
      assert.equal(text === '', media === undefined)
      if (media === undefined) return
      const { type, protocol, codecs, crypto, fingerprints } = media
      const of = { type, protocol, codecs, crypto, fingerprints }
      if (told.has(text)) assert.deepEqual(of, told.get(text))
      told.set(text, of)
    }),
    { numRuns: 20_000, seed: 20261130 },
  )
  assert.ok(told.size > 1_000 && told.size < 15_000, `${told.size} texts`)
})
