// What was opened and stored as a frame is read again with its ends, time and transport; PDUs that
// Wireshark exports are read too, and hostile ones end quietly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressTable } from '../base/address-table.ts'
import { ExportedPduWriter } from '../source/exported-pdu.ts'
import type { Datagram } from './datagram.ts'
import { Decoder } from './decoder.ts'
import { columnOf } from './exported-pdu.ts'
import { countOf, decode, hex } from './frames.fixture.ts'

const MESSAGE = 'OPTIONS sip:bob@192.0.2.7 SIP/2.0\r\nCall-ID: pdu\r\n\r\n'
const LINK_TYPE = 252

for (const transport of [250, 251, 252] as const) {
  for (const addressBytes of [4, 16]) {
    const column = columnOf(transport)
    test(`exported pdu: ${column} over ${addressBytes} bytes of address is read back`, () => {
      const table = new AddressTable()
      const seen: Datagram[] = []
      const datagram = (one: Datagram): void => void seen.push({ ...one })
      const sink = { datagram, streamChunk: () => assert.fail() }
      const decoder = new Decoder(table, sink)
      const [src, dst] = [
        new Uint8Array(addressBytes).fill(32),
        new Uint8Array(addressBytes).fill(33),
      ]
      const bytes = Buffer.from(`xx${MESSAGE}yy`)
      const pdu = {
        tUs: 1_700_000_000_123_456,
        src,
        srcPort: 40_000,
        dst,
        dstPort: 5061,
        column,
        bytes,
      }
      const { frame, bodyOffset } = new ExportedPduWriter().write({
        ...pdu,
        start: 2,
        end: bytes.length - 2,
      })
      decoder.push(frame)
      const [one] = seen
      assert.ok(one !== undefined)
      assert.equal(one.bytes.toString('latin1', one.start, one.end), MESSAGE)
      assert.deepEqual(
        [one.tUs, one.srcPort, one.dstPort, one.transport],
        [pdu.tUs, 40_000, 5061, transport],
      )
      assert.deepEqual([...table.bytes(one.src), ...table.bytes(one.dst)], [...src, ...dst])
      assert.deepEqual(one.pieces, [{ ref: 0, offset: bodyOffset, length: MESSAGE.length }])
    })
  }
}

test('exported pdu: one that Wireshark wrote is read, one of another dissector is not', () => {
  const tags = hex('0014 0004 0a000001 0015 0004 0a000002 0018 0004 00000003')
  const ports = hex('0019 0004 000013c4 001a 0004 000013c6 0000 0000')
  const named = (name: string): Buffer =>
    Buffer.concat([hex('000c 0004'), Buffer.from(name.padEnd(4, '\0')), tags, ports])
  const frames = ['sip', 'rtp'].map((name) => Buffer.concat([named(name), Buffer.from(MESSAGE)]))
  const seen = decode(frames, { linkType: LINK_TYPE })
  assert.deepEqual(
    seen.datagrams.map(({ ends, payload }) => [ends, payload]),
    [['10.0.0.1 5060 > 10.0.0.2 5062', MESSAGE]],
  )
  assert.equal(seen.stats.framesWithout, 1)
})

test('exported pdu: cut and hostile tags end quietly', () => {
  assert.equal(countOf(decode([hex('000c ffff')], { linkType: LINK_TYPE }), 'decode.header.cut'), 1)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      decode([Buffer.from(bytes)], { linkType: LINK_TYPE })
    }),
    { seed: 4 },
  )
})
