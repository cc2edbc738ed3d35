// Hostile HEP: whatever bytes come, reading ends, nothing is thrown, and offsets stay inside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressTable } from '../../base/address-table.ts'
import type { Datagram } from '../datagram.ts'
import { Decoder } from '../decoder.ts'
import { udpFrame } from '../frames.fixture.ts'
import { HEP_FRAME_BYTES_MAX, HepFrames, hepInterface } from '../../source/hep/hep-peer.ts'
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
      const { srcAt, dstAt } = packet
      assert.ok(srcAt < 0 || srcAt + (packet.isSrcIp6 ? 16 : 4) <= bytes.length)
      assert.ok(dstAt < 0 || dstAt + (packet.isDstIp6 ? 16 : 4) <= bytes.length)
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

/** All that a datagram tells, and of the HEP packet what is asked for later. */
function toldBy({ bytes, start, end, pieces, hep, ...facts }: Datagram): object {
  assert.ok(hep !== undefined)
  const { protocolType, mos, rFactor, correlationStart, correlationEnd } = hep
  const correlationId = hep.text(correlationStart, correlationEnd)
  const payload = bytes.toString('hex', start, end)
  const told = { payload, pieces: structuredClone(pieces) }
  return { ...facts, ...told, protocolType, mos, rFactor, correlationId }
}

test('Decoder: a frame made of HEP tells the same whether it was read before or not', () => {
  const seen: object[] = []
  const sink = {
    datagram: (datagram: Datagram) => void seen.push(toldBy(datagram)),
    streamChunk: () => {},
  }
  const addresses = new AddressTable()
  const again = new Decoder(addresses, sink)
  const before = new Decoder(addresses, sink)
  const peer = { transport: 'tcp', address: '192.0.2.1' } as const
  const frames = new HepFrames(hepInterface('tcp'), peer, 40_000)
  const memory = Buffer.alloc(HEP_FRAME_BYTES_MAX)
  const packet = new HepPacket()
  fc.assert(
    fc.property(fc.oneof(damaged, anything), fc.nat(40), (bytes, start) => {
      const source = Buffer.concat([Buffer.alloc(start), bytes])
      if (!packet.read(source, start, source.length, NOW_US)) return
      const frame = frames.frame(memory, source, start, source.length, NOW_US)
      frame.ref = start
      seen.length = 0
      again.push(frame)
      packet.moveTo(memory, frame.end - source.length)
      before.push(frame, packet)
      assert.equal(seen.length, 2)
      assert.deepEqual(seen[1], seen[0])
      assert.deepEqual(before.stats(), again.stats())
    }),
    { seed: 9, numRuns: 20_000 },
  )
})
