// Frames of several link types in, where their IP packet begins out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ethernet, hex, ip4, ip6, udp } from '../decode/frames.fixture.ts'
import type { StoredFrame } from '../store/block-reader.ts'
import { ipPartOf } from './ip-part.ts'

/** A frame that lies in the middle of other memory. */
function frameOf(bytes: Buffer): StoredFrame {
  const memory = Buffer.concat([Buffer.alloc(7, 0x45), bytes, Buffer.alloc(90, 0x45)])
  return {
    bytes: memory,
    start: 7,
    end: 7 + bytes.length,
    originalLength: bytes.length,
    tUs: 0,
    ticksHigh: 0,
    ticksLow: 0,
    interface: {
      linkType: 1,
      snapLength: 0,
      timeResolution: 6,
      timeOffsetSeconds: 0,
      name: undefined,
    },
    ref: 0,
  }
}

const packet4 = ip4(udp('hello'))
const packet6 = ip6(17, udp('hello'))

describe('ipPartOf', () => {
  for (const [name, header, packet] of [
    ['Ethernet', ethernet(0x0800, Buffer.alloc(0)), packet4],
    ['Ethernet with IPv6', ethernet(0x86dd, Buffer.alloc(0)), packet6],
    ['a VLAN tag', ethernet(0x8100, hex('0064 0800')), packet4],
    ['two VLAN tags', ethernet(0x88a8, hex('0001 8100 0064 86dd')), packet6],
    ['Linux cooked', hex('0000 0001 0006 020000000001 0000 0800'), packet4],
    ['BSD loopback', hex('02000000'), packet4],
    ['raw IP', Buffer.alloc(0), packet6],
  ] as const) {
    test(`behind ${name} it begins after ${header.length} bytes`, () => {
      assert.equal(ipPartOf(frameOf(Buffer.concat([header, packet]))), header.length)
    })
  }

  test('where there is none nothing is found', () => {
    assert.equal(ipPartOf(frameOf(Buffer.alloc(0))), undefined)
    assert.equal(ipPartOf(frameOf(ethernet(0x0806, Buffer.alloc(28)))), undefined)
    assert.equal(ipPartOf(frameOf(packet4.subarray(0, 12))), undefined)
  })

  test('no bytes make it throw or point beyond the frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const offset = ipPartOf(frameOf(Buffer.from(bytes)))
        assert(offset === undefined || offset + 20 <= bytes.length)
      }),
      { seed: 20_261_121, numRuns: 5_000 },
    )
  })
})
