// What is left of frames that carry messages of several legs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tunnels } from '../decode/carriers.fixture.ts'
import type { FrameStretch } from '../decode/frame-head.ts'
import { ethernet, hex, ip4, ip6, sctp, sctpChunk, tcp, udp } from '../decode/frames.fixture.ts'
import type { StoredFrame } from '../store/block-reader.ts'
import { FrameMask } from './masked-frame.ts'

function frameOf(bytes: Buffer, linkType = 1): StoredFrame {
  // Somewhere in a block: nothing before and behind it may come out.
  const around = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('behind')])
  return {
    bytes: around,
    start: 6,
    end: 6 + bytes.length,
    originalLength: bytes.length,
    tUs: 1,
    ticksHigh: 0,
    ticksLow: 1,
    interface: {
      linkType,
      snapLength: 0,
      timeResolution: 6,
      timeOffsetSeconds: 0,
      name: undefined,
    },
    ref: 1,
  }
}

function maskedFrame(frame: StoredFrame, pieces: readonly FrameStretch[]): StoredFrame {
  return new FrameMask().masked(frame, pieces)
}

function textOf({ bytes, start, end }: StoredFrame): string {
  return bytes.toString('latin1', start, end)
}

const THEIRS = 'INVITE sip:theirs SIP/2.0\r\n\r\n'
const OURS = 'BYE sip:ours SIP/2.0\r\n\r\n'

test('of a TCP segment only the pieces that may be seen are left, in their places', () => {
  const bytes = ethernet(0x0800, ip4(tcp(THEIRS + OURS + THEIRS, { sequence: 1 }), { protocol: 6 }))
  const head = bytes.length - (THEIRS + OURS + THEIRS).length
  const masked = maskedFrame(frameOf(bytes), [
    { offset: head + THEIRS.length, length: OURS.length },
  ])
  const text = textOf(masked)
  assert.equal(masked.end - masked.start, bytes.length)
  assert.equal(text.slice(0, head), bytes.toString('latin1', 0, head))
  assert.match(text.slice(head), /^[\r\n]+BYE sip:ours SIP\/2\.0\r\n\r\n[\r\n]+$/)
})

test('the frame in the store stays as it is', () => {
  const bytes = ethernet(0x0800, ip4(tcp(THEIRS, { sequence: 1 }), { protocol: 6 }))
  const frame = frameOf(bytes)
  maskedFrame(frame, [])
  assert.ok(textOf(frame).includes(THEIRS))
})

test('a datagram is one message and goes out as it came', () => {
  for (const bytes of [
    ethernet(0x0800, ip4(udp(OURS))),
    ethernet(0x86dd, ip6(17, udp(OURS))),
    ethernet(0x0800, ip4(udp(OURS, { length: 2_000 }), { hasMore: true })),
    Buffer.concat([ethernet(0x0800, ip4(udp(OURS))), Buffer.from('a trailer')]),
  ]) {
    const frame = frameOf(bytes)
    assert.equal(maskedFrame(frame, []), frame)
  }
})

test('so does a datagram in whatever tunnel, for a tunnel carries one packet', () => {
  for (const { name, frame } of tunnels) {
    const stored = frameOf(frame)
    assert.equal(maskedFrame(stored, []), stored, name)
  }
})

/** Messages of several legs in one packet, and what carries the packet here. */
const shared = THEIRS + OURS + THEIRS
const segment = ip4(tcp(shared, { sequence: 1 }), { protocol: 6 })
const chunks = sctp(...[THEIRS, OURS, THEIRS].map((text, i) => sctpChunk(text, { tsn: i })))
const vxlan = Buffer.concat([hex('08000000 00002a00'), ethernet(0x0800, segment)])
const carriers: readonly (readonly [name: string, frame: Buffer])[] = [
  ['VXLAN', ethernet(0x0800, ip4(udp(vxlan, { dstPort: 4789 })))],
  ['VXLAN in IPv6', ethernet(0x86dd, ip6(17, udp(vxlan, { dstPort: 4789 })))],
  [
    'Geneve',
    ethernet(
      0x0800,
      ip4(udp(Buffer.concat([hex('0000 0800 00002a00'), segment]), { dstPort: 6081 })),
    ),
  ],
  ['GRE', ethernet(0x0800, ip4(Buffer.concat([hex('0000 0800'), segment]), { protocol: 47 }))],
  ['SCTP', ethernet(0x0800, ip4(chunks, { protocol: 132 }))],
  ['SCTP in UDP', ethernet(0x0800, ip4(udp(chunks, { dstPort: 9899 })))],
]

for (const [name, bytes] of carriers) {
  test(`of several messages inside ${name} those that may be seen are left, with headers`, () => {
    const at = bytes.indexOf(OURS)
    const text = textOf(maskedFrame(frameOf(bytes), [{ offset: at, length: OURS.length }]))
    assert.equal(text.length, bytes.length)
    assert.equal(text.indexOf(OURS), at)
    assert.ok(!text.includes('theirs'))
    const head = bytes.indexOf(THEIRS)
    assert.equal(text.slice(0, head), bytes.toString('latin1', 0, head))
  })
}

test('of SCTP the header of each chunk is left', () => {
  const bytes = ethernet(0x0800, ip4(chunks, { protocol: 132 }))
  const masked = textOf(maskedFrame(frameOf(bytes), []))
  for (const message of [THEIRS, OURS]) {
    const at = bytes.lastIndexOf(message)
    assert.equal(masked.slice(at - 16, at), bytes.toString('latin1', at - 16, at))
  }
})

test('of a fragment that may be a part of a tunnel only headers and pieces are left', () => {
  const whole = udp(vxlan, { dstPort: 4789 })
  const cut = 96
  for (const [bytes, headerBytes] of [
    [ethernet(0x0800, ip4(whole.subarray(0, cut), { hasMore: true })), 14 + 20 + 8],
    [ethernet(0x0800, ip4(whole.subarray(cut), { offset: cut })), 14 + 20],
    [ethernet(0x86dd, ip6(44, Buffer.concat([hex('11000060 00000007'), whole]))), 14 + 40 + 8],
  ] as const) {
    const text = textOf(maskedFrame(frameOf(bytes), []))
    assert.equal(text.slice(0, headerBytes), bytes.toString('latin1', 0, headerBytes))
    assert.match(text.slice(headerBytes), /^[\r\n]+$/)
  }
})

test('frames that lie behind the first of an aggregate are not left', () => {
  const inside = Buffer.concat([hex('aaaa03 000000 0800'), ip4(udp(OURS))])
  const length = hex(inside.length.toString(16).padStart(4, '0'))
  const addresses = '00'.repeat(12)
  const bytes = Buffer.concat([
    hex(`8801 0000 ${'00'.repeat(18)} 0000 8000 ${addresses}`),
    length,
    inside,
    hex(`${addresses} 0100`),
    Buffer.from(THEIRS.repeat(3)),
  ])
  const text = textOf(maskedFrame(frameOf(bytes, 105), []))
  assert.ok(text.includes(OURS) && !text.includes('theirs'))
})

test('TCP over IPv6 is told from its headers too', () => {
  const bytes = ethernet(0x86dd, ip6(6, tcp(OURS + THEIRS, { sequence: 1 })))
  const head = bytes.length - (OURS + THEIRS).length
  const text = textOf(maskedFrame(frameOf(bytes), [{ offset: head, length: OURS.length }]))
  assert.ok(text.includes(OURS) && !text.includes('theirs'))
  assert.equal(text.slice(0, head), bytes.toString('latin1', 0, head))
})

test('of an exported PDU the tags stay', () => {
  const tags = hex('000c 0003 73697000 0000 0000')
  const bytes = Buffer.concat([tags.subarray(0, 7), hex('0000 0000'), Buffer.from(THEIRS)])
  const text = textOf(maskedFrame(frameOf(bytes, 252), []))
  assert.equal(text.slice(0, 11), bytes.toString('latin1', 0, 11))
  assert.ok(!text.includes('theirs'))
})

test('whatever a frame is, nothing of it but headers and pieces comes out', () => {
  const SECRET = 'secret-of-somebody'
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(0, 1, 101, 113, 252, 276),
      fc.constantFrom(4, 6, 41, 47, 50, 132),
      (noise, linkType, protocol) => {
        const payload = Buffer.concat([tcp('', { sequence: 1 }), Buffer.from(SECRET + OURS)])
        const packet = ip4(payload, { protocol })
        for (const bytes of [
          Buffer.concat([Buffer.from(noise), Buffer.from(SECRET + OURS)]),
          ethernet(0x0800, packet),
        ]) {
          const piece = { offset: bytes.length - OURS.length, length: OURS.length }
          const masked = maskedFrame(frameOf(bytes, linkType), [piece])
          if (textOf(masked).includes(SECRET)) {
            // Only what looks like a datagram in every field is left whole.
            assert.ok(masked.bytes.length > bytes.length, 'a copy was masked')
            continue
          }
          assert.ok(textOf(masked).endsWith(OURS))
          assert.ok(!textOf(masked).includes('behind'))
        }
      },
    ),
    { seed: 20_261_121, numRuns: 300 },
  )
})
