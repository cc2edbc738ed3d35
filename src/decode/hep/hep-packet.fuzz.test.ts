// Hostile HEP: whatever bytes come, reading ends, nothing is thrown, and offsets stay inside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressTable } from '../../base/address-table.ts'
import type { Datagram } from '../datagram.ts'
import { Decoder } from '../decoder.ts'
import { udpFrame } from '../frames.fixture.ts'
import { emptyFrame } from '../../source/record-walker.ts'
import { HepPacket } from './hep-packet.ts'
import { hepSample, SAMPLES } from './hep-samples.fixture.ts'

const ethernet = { ...emptyFrame().interface, linkType: 1 }
const NOW_US = Date.UTC(2026, 10, 21) * 1000

/** A real packet with some bytes changed, some cut off, and some put in. */
const damaged = fc
  .record({
    sample: fc.constantFrom(...SAMPLES),
    changes: fc.array(fc.record({ at: fc.nat(800), byte: fc.nat(255) }), { maxLength: 8 }),
    cut: fc.nat(800),
    extra: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ sample, changes, cut, extra }) => {
    const bytes = hepSample(sample)
    for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte
    return Buffer.concat([bytes.subarray(0, Math.max(1, bytes.length - cut)), extra])
  })
const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

test('HepPacket: never throws, and its parts lie inside the packet', () => {
  const packet = new HepPacket()
  fc.assert(
    fc.property(fc.oneof(damaged, anything), (bytes) => {
      if (!packet.read(bytes, 0, bytes.length, NOW_US)) return
      const spans = [
        [packet.payloadStart, packet.payloadEnd],
        [packet.keyStart, packet.keyEnd],
        [packet.correlationStart, packet.correlationEnd],
        [packet.nodeStart, packet.nodeEnd],
      ] as const
      for (const [start, end] of spans) {
        if (start < 0) continue
        assert.ok(start <= end && end <= bytes.length, `${start}–${end} of ${bytes.length}`)
      }
      const addressBytes = packet.isIp6 ? 16 : 4
      for (const at of [packet.srcAt, packet.dstAt]) {
        assert.ok(at < 0 || at + addressBytes <= bytes.length)
      }
    }),
    { seed: 7, numRuns: 20_000 },
  )
})

test('Decoder: HEP in a datagram never throws, and no time is far from that of the frame', () => {
  const seen: Datagram[] = []
  const decoder = new Decoder(new AddressTable(), {
    datagram: (datagram) => seen.push({ ...datagram }),
    streamChunk: () => {},
  })
  fc.assert(
    fc.property(fc.oneof(damaged, anything), (bytes) => {
      seen.length = 0
      const frame = udpFrame(bytes)
      const span = { start: 0, end: frame.length, originalLength: frame.length }
      decoder.push({ ...emptyFrame(), ...span, bytes: frame, tUs: NOW_US, interface: ethernet })
      for (const { tUs, start, end, bytes: payload, pieces } of seen) {
        assert.ok(start <= end && end <= payload.length)
        assert.ok(tUs - NOW_US <= 600_000_000 && NOW_US - tUs <= 7 * 86_400_000_000)
        assert.ok(pieces.every(({ offset, length }) => offset >= 0 && length >= 0))
      }
    }),
    { seed: 8, numRuns: 10_000 },
  )
})
