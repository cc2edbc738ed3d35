// Checks the reader on captures written by hand, whole and cut into pieces at every place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/limits.ts'
import {
  block,
  halves,
  hex,
  interfaceBlock,
  packetBlock,
  readPieces,
  sectionBlock,
  words,
} from './captures.fixture.ts'

/** Two frames, of 5 and 2 bytes, the second cut by a snap length from 9. */
const pcapUs = hex(`
  d4c3b2a1 0200 0400 00000000 00000000   # magic, version 2.4, zone, accuracy
  ffff0000 01000000                      # snap length 65535, Ethernet
  6a3c9d5f 40e20100 05000000 05000000    # 1604140138 s, 123456 µs, 5 of 5 bytes
  0102030405
  6b3c9d5f 00000000 02000000 09000000    # a second less 123456 µs later, 2 of 9 bytes
  0607
`)

const pcapNsBigEndian = hex(`
  a1b23c4d 0002 0004 00000000 00000000
  0000ffff 00000071                      # SLL
  5f9d3c6a 075bcd15 00000003 00000003    # 1604140138 s, 123456789 ns
  aabbcc
`)

const pcapModified = hex(`
  34cdb2a1 0200 0400 00000000 00000000
  ffff0000 01000000
  6a3c9d5f 40e20100 02000000 02000000
  07000000 0008 00 00                    # interface, protocol, direction, padding
  abcd
`)

const pcapIxia = hex(`
  ac01001c 0200 0400 00000000 00000000
  ffff0000 01000000
  11000000                               # bytes of all records
  6a3c9d5f 15cd5b07 01000000 01000000
  ee
`)

test('a pcap file yields each frame with its time and both lengths', () => {
  const { frames, result } = readPieces([pcapUs])
  assert.deepEqual(
    frames.map((frame) => [frame.hex, frame.originalLength, frame.tUs]),
    [
      ['0102030405', 5, 1_604_140_138_123_456],
      ['0607', 9, 1_604_140_139_000_000],
    ],
  )
  assert.equal(frames[0]?.ticks, 1_604_140_138_123_456n)
  assert.deepEqual(frames[0]?.interface, {
    linkType: 1,
    snapLength: 65_535,
    timeResolution: 6,
    timeOffsetSeconds: 0,
    name: undefined,
  })
  const bytes = pcapUs.length
  assert.deepEqual(result, { format: 'pcap', isComplete: true, frames: 2, bytes, problems: [] })
})

test('a big-endian pcap file with nanoseconds keeps every nanosecond', () => {
  const { frames } = readPieces([pcapNsBigEndian])
  assert.equal(frames[0]?.tUs, 1_604_140_138_123_456)
  assert.equal(frames[0]?.ticks, 1_604_140_138_123_456_789n)
  assert.equal(frames[0]?.interface.linkType, 113)
  assert.equal(frames[0]?.interface.timeResolution, 9)
})

test('nanosecond ticks are exact up to the last second that pcap can write', () => {
  const header = pcapNsBigEndian.subarray(0, 24)
  const record = hex('ffffffff 3b9ac9ff 00000000 00000000')
  const { frames } = readPieces([Buffer.concat([header, record])])
  assert.equal(frames[0]?.ticks, 4_294_967_295_999_999_999n)
})

test('the patched pcap of 1999 has longer record headers', () => {
  const { frames } = readPieces([pcapModified])
  assert.deepEqual(
    frames.map((frame) => frame.hex),
    ['abcd'],
  )
})

test('the pcap of IXIA has a longer file header', () => {
  const { frames } = readPieces([pcapIxia])
  assert.deepEqual(
    frames.map((frame) => [frame.hex, frame.tUs]),
    [['ee', 1_604_140_138_123_456]],
  )
})

test('the upper bits of the link type field are not the link type', () => {
  const bytes = Buffer.from(pcapUs)
  bytes.writeUInt32LE(0xf400_0065, 20)
  assert.equal(readPieces([bytes]).frames[0]?.interface.linkType, 101)
})

test('a record cut at the end of the file is a problem and yields what came before', () => {
  const { frames, result } = readPieces([pcapUs.subarray(0, pcapUs.length - 1)])
  assert.equal(frames.length, 1)
  assert.equal(result.isComplete, false)
  assert.deepEqual(result.problems, [
    {
      code: 'source.capture.cut',
      at: 45,
      detail: 'record of 18 bytes or more expected, file ends after 17',
      count: 1,
    },
  ])
})

test('a file header cut short is a cut capture, not an unknown file', () => {
  const { result } = readPieces([pcapUs.subarray(0, 11)])
  assert.equal(result.format, 'pcap')
  assert.equal(result.isComplete, false)
  assert.equal(result.problems[0]?.code, 'source.capture.cut')
})

test('a record longer than any frame stops the reading before it', () => {
  const absurd = Buffer.from(pcapUs)
  absurd.writeUInt32LE(0x7fff_ffff, 45 + 8)
  const { frames, result } = readPieces([absurd])
  assert.equal(frames.length, 1)
  assert.equal(result.isComplete, false)
  assert.deepEqual(result.problems, [
    {
      code: 'source.pcap.record-too-long',
      at: 45,
      detail: 'record of at most 262144 bytes expected, 2147483647 claimed',
      count: 1,
    },
  ])
})

for (const [name, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['three bytes', hex('d4c3b2')],
  ['a text', Buffer.from('INVITE sip:bob@example.com SIP/2.0\r\n')],
  ['zeros', Buffer.alloc(1000)],
] as const) {
  test(`${name} is no capture`, () => {
    const { frames, result } = readPieces([bytes])
    assert.equal(frames.length, 0)
    assert.equal(result.format, undefined)
    assert.equal(result.isComplete, false)
    assert.equal(result.problems[0]?.code, 'source.capture.unknown-format')
  })
}

const frameA = hex('a0a1a2a3a4')
const frameB = hex('b0b1')

/** A section in each byte order, with other resolutions, offsets, old blocks and unknown ones. */
const pcapng = Buffer.concat([
  sectionBlock(true),
  // Nanoseconds, and a name; then the end of options.
  interfaceBlock(true, 1, '0200 0400 65746830  0900 0100 09000000  0000 0000'),
  packetBlock(true, 0, 1_604_140_138_123_456_789n, frameA),
  block(true, 5, words(true, 0, 0, 0)),
  // Obsolete packet: interface and drops share a word.
  block(true, 2, halves(true, 0, 7), words(true, 0, 2_000_000_000, 2, 2), frameB, hex('0000')),
  sectionBlock(false),
  // Milliseconds from an offset of a billion seconds.
  interfaceBlock(false, 101, '0009 0001 03000000  000e 0008 00000000 3b9aca00'),
  interfaceBlock(false, 113),
  packetBlock(false, 0, 5_250n, frameB),
  packetBlock(false, 1, 7n, frameA),
  // Simple packet: five bytes on the wire, all captured.
  block(false, 3, words(false, 5), frameA, hex('000000')),
])

test('a pcapng file of two sections is read in both byte orders', () => {
  const { frames, result } = readPieces([pcapng])
  assert.deepEqual(
    frames.map((frame) => [frame.hex, frame.tUs, frame.interface.linkType]),
    [
      ['a0a1a2a3a4', 1_604_140_138_123_456, 1],
      ['b0b1', 2_000_000, 1],
      ['b0b1', 1_000_000_005_250_000, 101],
      ['a0a1a2a3a4', 7, 113],
      ['a0a1a2a3a4', 0, 101],
    ],
  )
  assert.equal(frames[0]?.ticks, 1_604_140_138_123_456_789n)
  assert.equal(frames[0]?.interface.name, 'eth0')
  assert.equal(frames[2]?.interface.timeOffsetSeconds, 1_000_000_000)
  assert.equal(result.isComplete, true)
  assert.deepEqual(
    result.problems.map(({ code, count }) => [code, count]),
    [
      ['source.pcapng.block-skipped', 1],
      ['source.pcapng.no-time', 1],
    ],
  )
})

test('a negative time offset of pcapng is signed', () => {
  const bytes = Buffer.concat([
    sectionBlock(true),
    interfaceBlock(true, 1, '0e00 0800 feffffff ffffffff'),
    packetBlock(true, 0, 5_000_000n, frameA),
  ])
  assert.equal(readPieces([bytes]).frames[0]?.tUs, 3_000_000)
})

test('a simple packet is no longer than the snap length or its block', () => {
  const short = Buffer.from(interfaceBlock(true, 1))
  short.writeUInt32LE(3, 12)
  const packet = block(true, 3, words(true, 100), frameA, hex('000000'))
  const { frames } = readPieces([Buffer.concat([sectionBlock(true), short, packet])])
  assert.deepEqual(
    frames.map((frame) => [frame.hex, frame.originalLength]),
    [['a0a1a2', 100]],
  )
})

interface Damage {
  readonly name: string
  readonly bytes: readonly Buffer[]
  readonly frames: number
  readonly isComplete: boolean
  readonly code: string
}

const good = [sectionBlock(true), interfaceBlock(true, 1), packetBlock(true, 0, 1n, frameA)]

function altered(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, at)
  return copy
}

const damages: readonly Damage[] = [
  {
    name: 'a packet of an interface that nobody described is skipped',
    bytes: [...good, packetBlock(true, 1, 1n, frameA), packetBlock(true, 0, 1n, frameB)],
    frames: 2,
    isComplete: true,
    code: 'source.pcapng.interface-missing',
  },
  {
    name: 'a packet longer than its block is skipped',
    bytes: [...good, altered(packetBlock(true, 0, 1n, frameA), 20, 99), good[2] as Buffer],
    frames: 2,
    isComplete: true,
    code: 'source.pcapng.packet-too-long',
  },
  {
    name: 'two different lengths of a block end the reading',
    bytes: [...good, altered(packetBlock(true, 0, 1n, frameA), 36, 44), good[2] as Buffer],
    frames: 1,
    isComplete: false,
    code: 'source.pcapng.lengths-differ',
  },
  {
    name: 'a block shorter than its frame of lengths ends the reading',
    bytes: [...good, altered(packetBlock(true, 0, 1n, frameA), 4, 8)],
    frames: 1,
    isComplete: false,
    code: 'source.pcapng.block-too-short',
  },
  {
    name: 'a block of gigabytes ends the reading',
    bytes: [...good, altered(packetBlock(true, 0, 1n, frameA), 4, 0x7fff_fffc)],
    frames: 1,
    isComplete: false,
    code: 'source.pcapng.block-too-long',
  },
  {
    name: 'a section without a byte order ends the reading',
    bytes: [...good, altered(sectionBlock(true), 8, 0)],
    frames: 1,
    isComplete: false,
    code: 'source.pcapng.version-unknown',
  },
  {
    name: 'a section of another version ends the reading',
    bytes: [...good, altered(sectionBlock(true), 12, 2)],
    frames: 1,
    isComplete: false,
    code: 'source.pcapng.version-unknown',
  },
  {
    name: 'options that run out of their block are left unread',
    bytes: [sectionBlock(true), interfaceBlock(true, 1, '0900 ff00 09000000'), good[2] as Buffer],
    frames: 1,
    isComplete: true,
    code: 'source.pcapng.options-broken',
  },
  {
    name: 'a time after 2255 is filed there',
    bytes: [...good, packetBlock(true, 0, 2n ** 64n - 1n, frameA)],
    frames: 2,
    isComplete: true,
    code: 'source.capture.time-out-of-range',
  },
]

test('pcapng: interfaces beyond the bound are counted, and their packets skipped', () => {
  const described = interfaceBlock(true, 1)
  const interfaces = Buffer.alloc(described.length * (limits.captureInterfacesMax + 2), described)
  const { frames, result } = readPieces([
    sectionBlock(true),
    interfaces,
    packetBlock(true, limits.captureInterfacesMax - 1, 1n, frameA),
    packetBlock(true, limits.captureInterfacesMax, 1n, frameA),
  ])
  assert.equal(frames.length, 1)
  assert.deepEqual(
    result.problems.map(({ code, count }) => [code, count]),
    [
      ['source.pcapng.too-many-interfaces', 2],
      ['source.pcapng.interface-missing', 1],
    ],
  )
})

for (const { name, bytes, frames, isComplete, code } of damages) {
  test(`pcapng: ${name}`, () => {
    const read = readPieces([Buffer.concat(bytes)])
    assert.equal(read.frames.length, frames)
    assert.equal(read.result.isComplete, isComplete)
    assert.deepEqual(
      read.result.problems.map((problem) => problem.code),
      [code],
    )
  })
}

test('any way of cutting a capture into pieces yields the same frames and problems', () => {
  const captures = [pcapUs, pcapNsBigEndian, pcapModified, pcapIxia, pcapng]
  const whole = captures.map((bytes) => readPieces([bytes]))
  const cuts = fc.array(fc.integer({ min: 0, max: pcapng.length }), { maxLength: 12 })
  fc.assert(
    fc.property(fc.nat(captures.length - 1), cuts, fc.nat(40), (index, places, lost) => {
      const bytes = captures[index]!.subarray(0, captures[index]!.length - (lost < 20 ? 0 : lost))
      const sorted = [0, ...places.map((at) => at % bytes.length), bytes.length].sort(
        (a, b) => a - b,
      )
      const pieces = sorted.slice(1).map((to, i) => Buffer.from(bytes.subarray(sorted[i], to)))
      const expected = lost < 20 ? whole[index] : readPieces([bytes])
      assert.deepEqual(readPieces(pieces), expected)
    }),
    { seed: 20_261_121, numRuns: 1500 },
  )
})

test('a capture that comes byte by byte yields the same frames', () => {
  const bytes = [...pcapng].map((byte) => Buffer.from([byte]))
  assert.deepEqual(readPieces(bytes), readPieces([pcapng]))
})
