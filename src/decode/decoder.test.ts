// Checks that every link type and tunnel leads to the datagram inside, that lengths that lie are
// not believed, and that padding never becomes payload.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, decode, ethernet, hex, ip4, ip6, udp, udpFrame } from './frames.fixture.ts'

const text = 'OPTIONS sip:a SIP/2.0'
const inner4 = ip4(udp(text))
const inner6 = ip6(17, udp(text))
const innerFrame = ethernet(0x0800, inner4)
const ends4 = '10.0.0.1 5060 > 10.0.0.2 5062'
const ends6 = '2001:db8::1 5060 > 2001:db8::2 5062'

/** Carries a UDP payload to a port of the outer tunnel. */
function tunnel(dstPort: number, header: string, inside: Buffer): Buffer {
  const outer = { src: 'c0a80001', dst: 'c0a80002' }
  const payload = Buffer.concat([hex(header), inside])
  return ethernet(0x0800, ip4(udp(payload, { dstPort }), outer))
}

/** Carries a payload of an IP protocol between other addresses than those inside. */
function carried(protocol: number, header: string, inside: Buffer): Buffer {
  const outer = { src: 'c0a80001', dst: 'c0a80002', protocol }
  return ethernet(0x0800, ip4(Buffer.concat([hex(header), inside]), outer))
}

function joined(header: string, inside: Buffer): Buffer {
  return Buffer.concat([hex(header), inside])
}

interface Case {
  readonly name: string
  readonly linkType?: number
  readonly frame: Buffer
  readonly ends?: string
}

const linkTypes: readonly Case[] = [
  { name: 'Ethernet with IPv4', frame: ethernet(0x0800, inner4) },
  { name: 'Ethernet with IPv6', frame: ethernet(0x86dd, inner6), ends: ends6 },
  { name: 'an 802.1Q tag', frame: ethernet(0x8100, joined('0064 0800', inner4)) },
  { name: 'two tags, 802.1ad', frame: ethernet(0x88a8, joined('0001 8100 0002 0800', inner4)) },
  {
    name: 'three old tags',
    frame: ethernet(0x9100, joined('0001 9100 0002 8100 0003 86dd', inner6)),
    ends: ends6,
  },
  {
    name: '802.3 with LLC and SNAP',
    frame: ethernet(8 + inner4.length, joined('aaaa03 000000 0800', inner4)),
  },
  {
    name: '802.3 with LLC in a tag',
    frame: ethernet(
      0x8100,
      Buffer.concat([hex('0001'), lengthOf(3 + inner4.length), hex('060603'), inner4]),
    ),
  },
  {
    name: 'Linux cooked, version 1',
    linkType: 113,
    frame: joined('0000 0001 0006 0200000000010000 0800', inner4),
  },
  {
    name: 'Linux cooked with a tag',
    linkType: 113,
    frame: joined('0000 0001 0006 0200000000010000 8100 0064 0800', inner4),
  },
  {
    name: 'Linux cooked with LLC',
    linkType: 113,
    frame: joined('0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800', inner4),
  },
  {
    name: 'Linux cooked, version 2',
    linkType: 276,
    frame: joined('86dd 0000 00000001 0001 00 06 0200000000010000', inner6),
    ends: ends6,
  },
  { name: 'raw IP, link type 101', linkType: 101, frame: inner6, ends: ends6 },
  { name: 'raw IP, link type 12', linkType: 12, frame: inner4 },
  { name: 'raw IP, link type 14', linkType: 14, frame: inner4 },
  { name: 'raw IPv4', linkType: 228, frame: inner4 },
  { name: 'raw IPv6', linkType: 229, frame: inner6, ends: ends6 },
  { name: 'BSD loopback, little-endian', linkType: 0, frame: joined('02000000', inner4) },
  { name: 'BSD loopback, big-endian', linkType: 0, frame: joined('00000002', inner4) },
  {
    name: 'BSD loopback with IPv6 of macOS',
    linkType: 0,
    frame: joined('1e000000', inner6),
    ends: ends6,
  },
  { name: 'OpenBSD loopback', linkType: 108, frame: joined('00000018', inner6), ends: ends6 },
  { name: 'PPP', linkType: 9, frame: joined('0021', inner4) },
  {
    name: 'PPP with address and control',
    linkType: 9,
    frame: joined('ff03 0057', inner6),
    ends: ends6,
  },
  { name: 'PPP with a short protocol', linkType: 9, frame: joined('21', inner4) },
  { name: 'PPP on a serial line', linkType: 50, frame: joined('ff03 0021', inner4) },
  { name: 'Cisco HDLC on a serial line', linkType: 50, frame: joined('0f00 0800', inner4) },
  { name: 'PPPoE as a link type', linkType: 51, frame: joined('11 00 0001 0033 0021', inner4) },
  {
    name: 'PPPoE in Ethernet, padded',
    frame: ethernet(0x8864, Buffer.concat([hex('11 00 0001 0033 0021'), inner4, Buffer.alloc(20)])),
  },
  { name: 'Cisco HDLC', linkType: 104, frame: joined('0f00 0800', inner4) },
  { name: 'frame relay with an NLPID', linkType: 107, frame: joined('1841 03 cc', inner4) },
  {
    name: 'frame relay with padding and IPv6',
    linkType: 107,
    frame: joined('1841 03 00 8e', inner6),
    ends: ends6,
  },
  {
    name: 'frame relay with PPP',
    linkType: 107,
    frame: joined('1841 03 cf 0021', inner4),
  },
  {
    name: 'frame relay with SNAP',
    linkType: 107,
    frame: joined('1841 03 00 80 000000 0800', inner4),
  },
  {
    name: 'frame relay with a long address',
    linkType: 107,
    frame: joined('18404001 03 cc', inner4),
  },
  { name: 'frame relay as Cisco does it', linkType: 107, frame: joined('1841 0800', inner4) },
  {
    name: '802.11',
    linkType: 105,
    frame: joined(`0801 0000 ${'00'.repeat(18)} 0000 aaaa03 000000 0800`, inner4),
  },
  {
    name: '802.11 between relays, with QoS',
    linkType: 105,
    frame: joined(
      `8803 0000 ${'00'.repeat(18)} 0000 ${'00'.repeat(6)} 0000 aaaa03 000000 0800`,
      inner4,
    ),
  },
  {
    name: '802.11 with QoS and more control',
    linkType: 105,
    frame: joined(`8881 0000 ${'00'.repeat(18)} 0000 0000 00000000 aaaa03 000000 0800`, inner4),
  },
  {
    name: '802.11 with an aggregate',
    linkType: 105,
    frame: joined(
      `8801 0000 ${'00'.repeat(18)} 0000 8000 ${'00'.repeat(12)} 0039 aaaa03 000000 0800`,
      inner4,
    ),
  },
  {
    name: 'radiotap',
    linkType: 127,
    frame: joined(
      `0000 0900 00000000 00 0801 0000 ${'00'.repeat(18)} 0000 aaaa03 000000 0800`,
      inner4,
    ),
  },
]

function lengthOf(bytes: number): Buffer {
  return hex(bytes.toString(16).padStart(4, '0'))
}

const tunnels: readonly Case[] = [
  { name: 'IPv4 in IPv4', frame: carried(4, '', inner4) },
  { name: 'IPv6 in IPv4', frame: carried(41, '', inner6), ends: ends6 },
  { name: 'IPv4 in IPv6', frame: ethernet(0x86dd, ip6(4, inner4)) },
  { name: 'GRE', frame: carried(47, '0000 0800', inner4) },
  {
    name: 'GRE with checksum, key and sequence',
    frame: carried(47, 'b000 86dd 00000000 00000001 00000002', inner6),
    ends: ends6,
  },
  { name: 'GRE with Ethernet', frame: carried(47, '2000 6558 00000001', innerFrame) },
  {
    name: 'GRE of PPTP',
    frame: carried(47, '3081 880b 00330001 00000001 00000002 ff03 0021', inner4),
  },
  { name: 'ERSPAN, type I', frame: carried(47, '0000 88be', innerFrame) },
  {
    name: 'ERSPAN, type II',
    frame: carried(47, '1000 88be 00000001 1064 0005 00000000', innerFrame),
  },
  {
    name: 'ERSPAN, type III',
    frame: carried(47, '1000 22eb 00000001 2064 0005 00000000 0000 0000', innerFrame),
  },
  {
    name: 'ERSPAN, type III, subheader',
    frame: carried(
      47,
      `1000 22eb 00000001 2064 0005 00000000 0000 0001 ${'00'.repeat(8)}`,
      innerFrame,
    ),
  },
  { name: 'MPLS, two labels', frame: ethernet(0x8847, joined('00010040 00011140', inner4)) },
  { name: 'MPLS with IPv6', frame: ethernet(0x8847, joined('00011140', inner6)), ends: ends6 },
  {
    name: 'MPLS with a control word',
    frame: ethernet(0x8847, joined('00011140 00000000', innerFrame)),
  },
  { name: 'MPLS in IP', frame: carried(137, '00011140', inner4) },
  { name: 'Ethernet in IP', frame: carried(97, '3000', innerFrame) },
  { name: 'VXLAN', frame: tunnel(4789, '08000000 00002a00', innerFrame) },
  { name: 'VXLAN with a policy group', frame: tunnel(4789, '88000007 00002a00', innerFrame) },
  {
    name: 'VXLAN at its old port',
    frame: tunnel(8472, '08000000 00002a00', ethernet(0x8100, joined('0001 0800', inner4))),
  },
  {
    name: 'Geneve with options',
    frame: tunnel(6081, '0200 6558 00002a00 0000000100000002', innerFrame),
  },
  { name: 'Geneve with IP', frame: tunnel(6081, '0000 0800 00002a00', inner4) },
  { name: 'GTP-U', frame: tunnel(2152, '30ff 0031 00001234', inner4) },
  {
    name: 'GTP-U with a sequence number',
    frame: tunnel(2152, '32ff 0035 00001234 0001 00 00', inner4),
  },
  {
    name: 'GTP-U with an extension',
    frame: tunnel(2152, '34ff 0039 00001234 0000 00 85 01000900', inner4),
  },
  { name: 'TZSP', frame: tunnel(37008, '01 00 0001 0a 01 2a 00 01', innerFrame) },
  {
    name: 'an authentication header',
    frame: carried(51, '04 04 0000 00000001 00000001 000000000000000000000000', inner4),
  },
  {
    name: 'IPv6 hop-by-hop and destination options',
    frame: ethernet(0x86dd, ip6(0, joined('3c00 010400000000 1100 010400000000', udp(text)))),
    ends: ends6,
  },
  {
    name: 'an IPv6 routing header',
    frame: ethernet(
      0x86dd,
      ip6(43, joined('1102 0400 00000000 00000000000000000000000000000000', udp(text))),
    ),
    ends: ends6,
  },
  {
    name: 'a single IPv6 fragment',
    frame: ethernet(0x86dd, ip6(44, joined('1100 0000 00000007', udp(text)))),
    ends: ends6,
  },
]

for (const { name, linkType = 1, frame, ends = ends4 } of [...linkTypes, ...tunnels]) {
  test(`decoder: finds the datagram in ${name}`, () => {
    const seen = decode([frame], { linkType })
    assert.deepEqual(
      seen.datagrams.map((datagram) => [datagram.payload, datagram.ends, datagram.isCut]),
      [[text, ends, false]],
    )
    assert.equal(seen.stats.problems.size, 0)
    assert.deepEqual(seen.datagrams[0]?.pieces, [
      [0, frame.lastIndexOf(text, undefined, 'latin1'), text.length],
    ])
  })

  test(`decoder: never fails on ${name} cut anywhere`, () => {
    for (let length = 0; length < frame.length; length++) {
      const seen = decode([{ bytes: frame.subarray(0, length), originalLength: frame.length }], {
        linkType,
      })
      for (const datagram of seen.datagrams) {
        // Cut inside its inner headers, a tunnel looks like a datagram of its own.
        if (datagram.ends !== ends) continue
        assert.ok(text.startsWith(datagram.payload))
        assert.equal(datagram.isCut, datagram.payload !== text)
      }
    }
  })
}

test('decoder: an Ethernet trailer is no payload', () => {
  const seen = decode([Buffer.concat([udpFrame('hi'), Buffer.alloc(18, 0x55)])])
  assert.equal(seen.datagrams[0]?.payload, 'hi')
})

test('decoder: an IP length of zero means everything up to the end of the frame', () => {
  const seen = decode([ethernet(0x0800, ip4(udp('hello'), { totalBytes: 0 }))])
  assert.equal(seen.datagrams[0]?.payload, 'hello')
})

test('decoder: an IP length beyond the frame yields the bytes that are there, as cut', () => {
  const seen = decode([ethernet(0x0800, ip4(udp('hello', { length: 100 }), { totalBytes: 200 }))])
  assert.equal(seen.datagrams[0]?.payload, 'hello')
  assert.equal(seen.datagrams[0]?.isCut, true)
  assert.equal(countOf(seen, 'decode.length.beyond-frame'), 1)
})

test('decoder: of two UDP lengths the smaller counts', () => {
  const short = decode([ethernet(0x0800, ip4(udp('hello', { length: 10 })))])
  assert.equal(short.datagrams[0]?.payload, 'he')
  assert.equal(short.datagrams[0]?.isCut, false)
  const long = decode([ethernet(0x0800, ip4(udp('hello', { length: 900 })))])
  assert.equal(long.datagrams[0]?.payload, 'hello')
  assert.equal(long.datagrams[0]?.isCut, false)
  assert.equal(countOf(long, 'decode.udp.length-beyond-ip'), 1)
  const zero = decode([ethernet(0x0800, ip4(udp('hello', { length: 0 })))])
  assert.equal(zero.datagrams[0]?.payload, 'hello')
  const tiny = decode([ethernet(0x0800, ip4(udp('hello', { length: 7 })))])
  assert.equal(tiny.datagrams.length, 0)
  assert.equal(countOf(tiny, 'decode.udp.length-too-small'), 1)
})

test('decoder: a snap length cuts the payload and says so', () => {
  const frame = udpFrame('hello world')
  const seen = decode([{ bytes: frame.subarray(0, -6), originalLength: frame.length }])
  assert.equal(seen.datagrams[0]?.payload, 'hello')
  assert.equal(seen.datagrams[0]?.isCut, true)
})

test('decoder: tells the code point of the innermost IP header', () => {
  // Expedited forwarding, 46, as it stands in either header; explicit congestion bits are no part.
  const marked4 = ip4(udp('voice'))
  marked4[1] = (46 << 2) | 1
  const marked6 = ip6(17, udp('voice'))
  marked6.writeUInt16BE(0x6000 | (46 << 6) | 0x30, 0)
  const tunnel = ip4(marked4, { protocol: 4 })
  const frames = [ethernet(0x0800, marked4), ethernet(0x86dd, marked6), ethernet(0x0800, tunnel)]
  const plain = udpFrame('plain')
  assert.deepEqual(
    decode([...frames, plain]).datagrams.map(({ dscp }) => dscp),
    [46, 46, 46, 0],
  )
})

test('decoder: an empty datagram is one', () => {
  assert.deepEqual(
    decode([udpFrame('')]).datagrams.map(({ payload }) => payload),
    [''],
  )
})

test('decoder: IPv4 options are passed over', () => {
  const packet = Buffer.concat([ip4(udp('x')).subarray(0, 20), hex('01010101'), udp('x')])
  packet[0] = 0x46
  packet.writeUInt16BE(packet.length, 2)
  assert.equal(decode([ethernet(0x0800, packet)]).datagrams[0]?.payload, 'x')
})

test('decoder: a payload at a tunnel port that is no tunnel stays a datagram', () => {
  for (const dstPort of [2152, 4789, 6081, 8472, 37008]) {
    for (const payload of [text, '', '\0', '\x08\0\0\0', '0\xff']) {
      const bytes = Buffer.from(payload, 'latin1')
      const seen = decode([ethernet(0x0800, ip4(udp(bytes, { dstPort })))])
      assert.deepEqual(
        seen.datagrams.map((datagram) => datagram.payload),
        [payload],
      )
    }
  }
})

for (const [name, frame, code] of [
  [
    'an IPv4 header shorter than its minimum',
    ethernet(0x0800, hex(`44${'00'.repeat(30)}`)),
    'decode.header.malformed',
  ],
  [
    'an IPv4 length shorter than its header',
    ethernet(0x0800, ip4(udp('x'), { totalBytes: 19 })),
    'decode.header.malformed',
  ],
  ['IPv6 under the type of IPv4', ethernet(0x0800, inner6), 'decode.header.malformed'],
  [
    'IPv4 under the type of IPv6',
    ethernet(0x86dd, Buffer.concat([inner4, inner4])),
    'decode.header.malformed',
  ],
  [
    'an IPv6 extension beyond the packet',
    ethernet(0x86dd, ip6(0, hex('11ff 000000000000'))),
    'decode.header.cut',
  ],
  [
    'GRE of a version that nobody defined',
    carried(47, '0007 0800', inner4),
    'decode.header.malformed',
  ],
  [
    'PPPoE of another version',
    ethernet(0x8864, joined('22 00 0001 0033 0021', inner4)),
    'decode.header.malformed',
  ],
] as const) {
  test(`decoder: notes ${name}`, () => {
    const seen = decode([frame])
    assert.equal(seen.datagrams.length, 0)
    assert.equal(countOf(seen, code), 1)
    assert.equal(seen.stats.framesWithout, 1)
  })
}

test('decoder: frames of an unknown link type are counted', () => {
  const seen = decode([innerFrame], { linkType: 147 })
  assert.equal(countOf(seen, 'decode.link-type.unknown'), 1)
})

test('decoder: ARP and ICMP are no problem, and yield nothing', () => {
  const seen = decode([ethernet(0x0806, Buffer.alloc(28)), carried(1, '', Buffer.alloc(8))])
  assert.equal(seen.stats.problems.size, 0)
  assert.equal(seen.stats.framesWithout, 2)
})

test('decoder: a frame that nests without end is given up', () => {
  let packet = inner4
  for (let depth = 0; depth < 200; depth++) packet = ip4(packet, { protocol: 4 })
  const seen = decode([ethernet(0x0800, packet)])
  assert.equal(seen.datagrams.length, 0)
  assert.equal(countOf(seen, 'decode.nesting.too-deep'), 1)
})

test('decoder: sixteen tags are few enough', () => {
  let frame = joined('0001 0800', inner4)
  for (let tags = 1; tags < 16; tags++) frame = joined('0001 8100', frame)
  assert.equal(decode([ethernet(0x8100, frame)]).datagrams.length, 1)
})

test('decoder: of media that is cut, tagged or in pieces it says what is odd', () => {
  const payload = Buffer.from('\x80voice', 'latin1')
  const short = udp(payload, { length: 10 })
  const [only] = decode([ethernet(0x0800, ip4(short))]).datagrams
  assert.equal(only?.payload, '\x80v')
  const frame = ethernet(0x0800, ip4(udp(payload)))
  const cut = decode([{ bytes: frame.subarray(0, -2), originalLength: frame.length }])
  assert.equal(cut.datagrams[0]?.isCut, true)
  const part = decode([ethernet(0x0800, ip4(udp(payload), { hasMore: true }))])
  assert.deepEqual(part.datagrams, [])
  const tagged = decode([ethernet(0x8100, Buffer.concat([hex('0001 0800'), ip4(udp(payload))]))])
  assert.equal(tagged.datagrams[0]?.payload, payload.toString('latin1'))
})
