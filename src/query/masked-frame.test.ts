// What is left of frames that carry messages of several legs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ethernet, hex, ip4, ip6, tcp, udp } from '../decode/frames.fixture.ts'
import type { StoredFrame } from './finder.ts'
import { maskedFrame } from './masked-frame.ts'

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
    ethernet(0x0800, ip4(Buffer.from('the second fragment'), { offset: 1480 })),
  ]) {
    const frame = frameOf(bytes)
    assert.equal(maskedFrame(frame, []), frame)
  }
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
