// HEP of all three versions, as senders write it and as they should not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inShortTime } from '../../base/duration.fixture.ts'
import * as hep from './hep-chunks.ts'
import { HepPacket } from './hep-packet.ts'
import { hepSample, type SampleName } from './hep-samples.fixture.ts'
import { type HepFacts, writeHep3, writeOldHep } from './hep-writer.ts'

const NOW_US = Date.UTC(2026, 10, 21, 4, 30) * 1000
const SIP = Buffer.from('OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n')

interface Wanted {
  readonly name: SampleName
  readonly version: number
  readonly src: string
  readonly dst: string
  readonly tUs: number
  readonly agentId: number
  readonly begins: string
  readonly problem?: string
}

const wanted: readonly Wanted[] = [
  {
    name: 'hep3-spec-example',
    version: 3,
    src: 'd4ca0001:12010',
    dst: '527400d3:5060',
    tUs: 1_313_440_459_123_456,
    agentId: 228,
    begins: 'INVITE sip:bob',
  },
  {
    name: 'kamailio-hep1-f2',
    version: 1,
    src: '7f000001:5090',
    dst: '7f000001:5060',
    tUs: Number.NaN,
    agentId: -1,
    begins: 'INVITE sip:service@127.0.0.1:5060 SIP/2.0\r\n',
  },
  {
    name: 'kamailio-hep2-f2',
    version: 2,
    src: '7f000001:5090',
    dst: '7f000001:5060',
    tUs: 1_795_220_618_481_252,
    agentId: 2026,
    begins: 'INVITE sip:service@127.0.0.1:5060 SIP/2.0\r\n',
  },
  {
    name: 'salto-hep2-sip',
    version: 2,
    src: '0a000004:5060',
    dst: '0a000004:5062',
    tUs: 1_571_254_062_044_436,
    agentId: 1,
    begins: 'SIP/2.0',
  },
  {
    name: 'salto-hep3-sip-v4mapped-in-v4-chunk',
    version: 3,
    src: '4f8e5676:5063',
    dst: 'd430c596:5060',
    tUs: 1_550_492_760_263_774,
    agentId: 2004,
    begins: 'NOTIFY',
    problem: 'decode.hep.length-wrong',
  },
  {
    name: 'kamailio-hep3-ipv6-f2',
    version: 3,
    src: '00000000000000000000000000000001:5090',
    dst: '00000000000000000000000000000001:5060',
    tUs: 1_795_220_629_212_817,
    agentId: 2026,
    begins: 'INVITE sip:service@[::1]:5060 SIP/2.0\r\n',
  },
]

for (const one of wanted) {
  test(`HepPacket: reads ${one.name}`, () => {
    const bytes = hepSample(one.name)
    const packet = new HepPacket()
    assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
    assert.equal(packet.version, one.version)
    assert.deepEqual(endsOf(packet, bytes), [one.src, one.dst])
    assert.equal(packet.tUs, one.tUs)
    assert.equal(packet.agentId, one.agentId)
    const payload = bytes.toString('latin1', packet.payloadStart, packet.payloadEnd)
    assert.ok(payload.startsWith(one.begins), payload.slice(0, 60))
    assert.equal(packet.payloadEnd, bytes.length)
    assert.equal(packet.problem, one.problem)
  })
}

test('HepPacket: reads the correlation id and the type of RTCP as JSON', () => {
  const bytes = hepSample('salto-hep3-rtcp-json')
  const packet = new HepPacket()
  assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
  assert.equal(packet.protocolType, hep.PROTOCOL_RTCP)
  assert.equal(
    packet.text(packet.correlationStart, packet.correlationEnd),
    '946b5b3c-888a-1239-8881-00155d09c401',
  )
  assert.equal(packet.text(packet.nodeStart, packet.nodeEnd), null)
})

test('HepPacket: reads back what was written, with everything that a packet can carry', () => {
  const facts: HepFacts = {
    ipProtocol: 6,
    src: Uint8Array.of(192, 0, 2, 1),
    dst: Uint8Array.of(198, 51, 100, 2),
    srcPort: 5061,
    dstPort: 40_000,
    tUs: NOW_US + 7,
    protocolType: hep.PROTOCOL_LOG,
    agentId: 4_000_000_000,
    authKey: 'söcret',
    node: 'edge-1',
    correlationId: 'a@b',
    count: { sequence: 2 ** 40 + 3, dropped: 9, run: Buffer.from('0011223344556677', 'hex') },
  }
  const bytes = writeHep3(facts, SIP)
  assert.ok(bytes !== undefined)
  const packet = new HepPacket()
  // Somewhere in larger memory, as a connection's bytes are.
  const memory = Buffer.concat([Buffer.alloc(11, 0xff), bytes])
  assert.ok(packet.read(memory, 11, memory.length, NOW_US))
  assert.equal(packet.ipProtocol, 6)
  assert.equal(packet.tUs, facts.tUs)
  assert.equal(packet.agentId, facts.agentId)
  assert.equal(packet.protocolType, hep.PROTOCOL_LOG)
  assert.equal(packet.text(packet.keyStart, packet.keyEnd), 'söcret')
  assert.equal(packet.text(packet.nodeStart, packet.nodeEnd), 'edge-1')
  assert.equal(packet.text(packet.correlationStart, packet.correlationEnd), 'a@b')
  assert.equal(packet.sequence, 2 ** 40 + 3)
  assert.equal(packet.dropped, 9)
  assert.equal(packet.run, '0011223344556677')
  assert.deepEqual(memory.subarray(packet.payloadStart, packet.payloadEnd), SIP)
})

test('HepPacket: of two addresses one may be mapped, or of the other family', () => {
  const ip4 = Buffer.from('c0000201', 'hex')
  const mapped = Buffer.from('00000000000000000000ffffc0000201', 'hex')
  const ip6 = Buffer.from('20010db8000000000000000000000002', 'hex')
  for (const [src, dst] of [
    [mapped, ip6],
    [ip6, mapped],
    [ip4, ip6],
    [ip6, ip4],
    [mapped, mapped],
  ] as const) {
    const bytes = writeHep3({ ...oldFacts(4), src, dst }, SIP) ?? Buffer.alloc(0)
    const packet = new HepPacket()
    assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
    const [from, to] = [src, dst].map((each) => (each === mapped ? ip4 : each).toString('hex'))
    assert.deepEqual(endsOf(packet, bytes), [`${from}:5060`, `${to}:5070`])
  }
})

for (const version of [1, 2] as const) {
  for (const length of [4, 16]) {
    test(`HepPacket: reads back version ${version} with addresses of ${length} bytes`, () => {
      const facts = oldFacts(length)
      const bytes = writeOldHep(version, facts, SIP)
      const packet = new HepPacket()
      assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
      assert.equal(packet.version, version)
      assert.deepEqual([packet.isSrcIp6, packet.isDstIp6], Array(2).fill(length === 16))
      assert.equal(packet.tUs, version === 1 ? Number.NaN : facts.tUs)
      assert.deepEqual(bytes.subarray(packet.payloadStart, packet.payloadEnd), SIP)
    })
  }
}

test('HepPacket: tells the plain layout of version 2 from the padded one', () => {
  const seconds = Math.floor(NOW_US / 1e6)
  const time = Buffer.alloc(10)
  time.writeUInt32BE(seconds, 0)
  time.writeUInt32BE(250_000, 4)
  time.writeUInt16BE(77, 8)
  const bytes = Buffer.concat([header(2), time, SIP])
  const packet = new HepPacket()
  assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
  assert.equal(packet.tUs, seconds * 1e6 + 250_000)
  assert.equal(packet.agentId, 77)
  assert.deepEqual(bytes.subarray(packet.payloadStart, packet.payloadEnd), SIP)
})

test('HepPacket: padding that looks like a method does not hide the padded layout', () => {
  const time = Buffer.alloc(12, 'AB')
  time.writeUInt32LE(Math.floor(NOW_US / 1e6), 0)
  time.writeUInt32LE(0, 4)
  const bytes = Buffer.concat([header(2), time, SIP])
  const packet = new HepPacket()
  assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
  assert.deepEqual(bytes.subarray(packet.payloadStart, packet.payloadEnd), SIP)
})

test('HepPacket: what is no HEP is none', () => {
  const packet = new HepPacket()
  const others = {
    empty: Buffer.alloc(0),
    sip: SIP,
    'a length below its own header': Buffer.from('484550330005', 'hex'),
    'half a header': Buffer.from('4845503300', 'hex'),
    'version 1 without a message': Buffer.concat([header(1), Buffer.from([0, 1, 2, 3])]),
    'version 1 of an unknown family': Buffer.concat([Buffer.from('01100711', 'hex'), SIP]),
    stun: Buffer.from('010100002112a442', 'hex'),
  }
  for (const [name, bytes] of Object.entries(others)) {
    assert.equal(packet.read(bytes, 0, bytes.length, NOW_US), false, name)
  }
})

test('HepPacket: keeps what came before a broken chunk, and says so', () => {
  const bytes = hepSample('kamailio-hep3-f2')
  // The payload's length: more than there is.
  const at = bytes.indexOf(Buffer.from('0000000f', 'hex'))
  bytes.writeUInt16BE(60_000, at + 4)
  const packet = new HepPacket()
  assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
  assert.equal(packet.problem, 'decode.hep.chunk-broken')
  assert.equal(packet.srcPort, 5090)
  // A datagram cut by a snap length ends like this: its message is read as far as it goes.
  assert.equal(packet.payloadEnd, bytes.length)
})

test('HepPacket: an unknown chunk is passed over', () => {
  const known = hepSample('kamailio-hep3-f2')
  const strange = Buffer.from('1234 5678 0009 aabbcc'.replaceAll(' ', ''), 'hex')
  const bytes = Buffer.concat([known.subarray(0, 6), strange, known.subarray(6)])
  bytes.writeUInt16BE(bytes.length, 4)
  const packet = new HepPacket()
  assert.ok(packet.read(bytes, 0, bytes.length, NOW_US))
  assert.equal(packet.problem, undefined)
  assert.equal(packet.agentId, 2026)
})

test('a name with zeros inside is read in the time of its length', async () => {
  const name = Buffer.alloc(60_000)
  name[0] = 0x61
  for (const last of [0, 0x62]) {
    name[name.length - 1] = last
    const bytes = writeHep3({ ...oldFacts(4), node: name.toString('latin1') }, Buffer.alloc(0))
    const packet = new HepPacket()
    assert.ok(bytes !== undefined && packet.read(bytes, 0, bytes.length, NOW_US))
    const text = await inShortTime(() => packet.text(packet.nodeStart, packet.nodeEnd))
    assert.equal(text?.length, last === 0 ? 1 : name.length)
  }
})

function header(version: number): Buffer {
  const bytes = Buffer.from('00100211 13c4 13c6 0a000004 0a000005'.replaceAll(' ', ''), 'hex')
  bytes[0] = version
  return bytes
}

function oldFacts(addressBytes: number): HepFacts {
  return {
    ipProtocol: 17,
    src: new Uint8Array(addressBytes).fill(1),
    dst: new Uint8Array(addressBytes).fill(2),
    srcPort: 5060,
    dstPort: 5070,
    tUs: NOW_US - 5_000_001,
    protocolType: hep.PROTOCOL_SIP,
    agentId: 12,
  }
}

function endsOf(packet: HepPacket, bytes: Buffer): readonly [src: string, dst: string] {
  const { isSrcIp6, isDstIp6, srcAt, dstAt, srcPort, dstPort } = packet
  const src = bytes.toString('hex', srcAt, srcAt + (isSrcIp6 ? 16 : 4))
  const dst = bytes.toString('hex', dstAt, dstAt + (isDstIp6 ? 16 : 4))
  return [`${src}:${srcPort}`, `${dst}:${dstPort}`]
}
