// Checks that every link type and tunnel leads to the datagram inside, that lengths that lie are
// not believed, and that padding never becomes payload.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answer,
  carried,
  ends4,
  inner4,
  inner6,
  innerFrame,
  joined,
  linkTypes,
  pflog,
  pktap,
  text,
  tunnels,
} from './carriers.fixture.ts'
import { countOf, decode, ethernet, hex, ip4, ip6, udp, udpFrame } from './frames.fixture.ts'

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
  for (const dstPort of [1701, 2152, 4789, 4790, 6081, 6635, 8472, 37008]) {
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

test('decoder: a payload from the port of a tunnel that goes by destination is a datagram', () => {
  for (const [port, header, inside] of [
    [4789, '08000000 00002a00', innerFrame],
    [2152, '30ff 0031 00001234', inner4],
    [6081, '0000 0800 00002a00', inner4],
  ] as const) {
    const ends = `192.168.0.1 ${port} > 192.168.0.2 50000`
    assert.deepEqual(
      decode([answer(port, header, inside)]).datagrams.map((datagram) => datagram.ends),
      [ends],
    )
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
  [
    'a security group of another version',
    ethernet(0x8909, joined('02 01 0001 002a 0800', inner4)),
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

for (const [name, linkType, frame, code] of [
  ['a firewall log without a header', 117, pflog(44, inner4), 'decode.header.malformed'],
  ['a firewall log of another version', 239, joined('0201', inner4), 'decode.header.malformed'],
  [
    'a value that is no longer than nothing',
    239,
    hex('02000005 0000 0900'),
    'decode.header.malformed',
  ],
  ['a pktap header of no length', 258, Buffer.alloc(120), 'decode.header.malformed'],
  ['pktap around what we do not read', 258, pktap(147, inner4), 'decode.link-type.unknown'],
] as const) {
  test(`decoder: notes ${name}`, () => {
    const seen = decode([frame], { linkType })
    assert.equal(seen.datagrams.length, 0)
    assert.equal(countOf(seen, code), 1)
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
