// Streams packet by packet: what is lost, doubled, late or out of place, what is believed to be a
// stream at all, and that floods stay within their bounds.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import * as open from './stream-fields.ts'
import { datagramWith, measure, type PacketPlan, steadyPackets } from './rtp-packets.fixture.ts'
import { readStretches } from './stretches.ts'

const PROPERTY = { numRuns: 300, seed: 20261121 }

describe('StreamMeter: sequence', () => {
  test('a steady stream lacks nothing', () => {
    const { counts, lost } = measure(steadyPackets(100))
    assert.deepEqual(counts(), {
      packets: 100,
      duplicates: 0,
      reordered: 0,
      restarts: 0,
      strays: 0,
    })
    assert.equal(lost(), 0)
  })

  test('holes are lost, whatever their length below a restart', () => {
    const packets = steadyPackets(2_500).filter(({ seq }) => {
      return seq !== 1010 && !(seq >= 1200 && seq < 1900) && !(seq >= 2000 && seq < 3200)
    })
    assert.equal(measure(packets).lost(), 1 + 700 + 1200)
  })

  test('sequence numbers go on over their wrap, with losses on it', () => {
    const packets = steadyPackets(200, { seq: 65_436 }).filter(({ seq }) => {
      return seq < 65_530 || seq >= 65_540
    })
    const { lost, counts } = measure(packets)
    assert.equal(lost(), 10)
    assert.equal(counts().restarts, 0)
  })

  test('a late packet fills its hole, a second copy is a duplicate', () => {
    const [a, b, c, d, e] = steadyPackets(5) as [
      PacketPlan,
      PacketPlan,
      PacketPlan,
      PacketPlan,
      PacketPlan,
    ]
    const { counts, lost } = measure([a, c, b, c, d, d, a, e])
    assert.deepEqual(counts(), {
      packets: 8,
      duplicates: 3,
      reordered: 1,
      restarts: 0,
      strays: 0,
    })
    assert.equal(lost(), 0)
  })

  test('packets before the first one widen the stream', () => {
    const packets = steadyPackets(20)
    const { lost, counts } = measure([...packets.slice(3, 6), ...packets.slice(0, 3)])
    assert.equal(lost(), 0)
    assert.equal(counts().reordered, 3)
  })

  test('one packet far off is a stray, and no loss', () => {
    const packets = steadyPackets(50)
    const stray = { ...(packets[20] as PacketPlan), seq: 40_000, timestamp: 7 }
    const { counts, lost } = measure([...packets.slice(0, 20), stray, ...packets.slice(20)])
    assert.equal(counts().strays, 1)
    assert.equal(counts().restarts, 0)
    assert.equal(lost(), 0)
  })

  test('a sender that begins anew has lost nothing', () => {
    const again = steadyPackets(30, { seq: 30_000, ms: 600 })
    const { counts, lost } = measure([...steadyPackets(30), ...again])
    assert.deepEqual([counts().restarts, counts().strays, lost()], [1, 0, 0])
  })

  test('a long hole that time explains is loss, not a new beginning', () => {
    const packets = steadyPackets(5_000).filter(({ seq }) => seq < 1100 || seq >= 5100)
    const { counts, lost } = measure(packets)
    assert.deepEqual([counts().restarts, lost()], [0, 4_000])
  })

  test('losses, copies and disorder come out as they were put in', () => {
    const bend = fc.array(fc.record({ at: fc.integer({ min: 1, max: 298 }), kind: fc.nat(2) }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(bend, fc.integer({ min: 0, max: 65_535 }), (bends, seq) => {
        const packets = steadyPackets(300, { seq })
        const kinds = new Map(bends.map(({ at, kind }) => [at, kind]))
        const sent: PacketPlan[] = []
        let held: PacketPlan | undefined
        const want = { lost: 0, duplicates: 0, reordered: 0 }
        for (const [i, packet] of packets.entries()) {
          const kind = kinds.get(i)
          if (kind === 0) want.lost++
          else if (kind === 1 && held === undefined && i < 290) held = packet
          else {
            sent.push(packet)
            if (kind === 2) {
              sent.push(packet)
              want.duplicates++
            }
            if (held !== undefined) {
              sent.push(held)
              want.reordered++
              held = undefined
            }
          }
        }
        const { counts, lost } = measure(sent)
        const { duplicates, reordered } = counts()
        assert.deepEqual({ lost: lost(), duplicates, reordered }, want)
      }),
      PROPERTY,
    )
  })
})

describe('StreamMeter: time', () => {
  test('a steady stream has no jitter, and its box in the histogram', () => {
    const { double, word } = measure(steadyPackets(101))
    assert.equal(double(open.JITTER_MAX), 0)
    assert.equal(word(open.ARRIVALS + 4), 100)
    assert.equal(word(open.STEP), 160)
  })

  test('jitter grows by a sixteenth of what a packet is late', () => {
    const packets = steadyPackets(3)
    const late = { ...(packets[2] as PacketPlan), ms: 56 }
    const { double } = measure([...packets.slice(0, 2), late])
    assert.equal(double(open.JITTER_MAX), 1)
    assert.equal(double(open.JITTER_MIN), 0)
  })

  test('what begins a talkspurt is late by nature and sets no record', () => {
    const packets = steadyPackets(4)
    const spurt = { ...(packets[3] as PacketPlan), ms: 400, isMarked: true }
    assert.equal(measure([...packets.slice(0, 3), spurt]).double(open.JITTER_MAX), 0)
  })

  test('payload types without a clock leave jitter alone', () => {
    const { word, double } = measure(steadyPackets(20, { payloadType: 101 }))
    assert.equal(word(open.FLAGS) & open.FLAG_HAS_JITTER, 0)
    assert.equal(double(open.JITTER), 0)
  })

  test('packets later than a buffer holds are counted for each of them', () => {
    const packets = steadyPackets(60).map((packet, i) => {
      return i === 20 ? { ...packet, ms: packet.ms + 50 } : packet
    })
    const very = packets.map((packet, i) =>
      i === 40 ? { ...packet, ms: packet.ms + 250 } : packet,
    )
    const sorted = very.toSorted((a, b) => a.ms - b.ms)
    const { word } = measure(sorted)
    assert.deepEqual(
      [open.LATE_40, open.LATE_60, open.LATE_200].map((field) => word(field)),
      [2, 1, 1],
    )
  })

  test('a pause with its clock stopped makes nothing late for long', () => {
    const packets = steadyPackets(200).map((packet, i) => {
      return i < 100 ? packet : { ...packet, ms: packet.ms + 30_000 }
    })
    assert(measure(packets).word(open.LATE_60) <= 5)
  })

  test('stretches of five seconds add up to the stream, and silence leaves none', () => {
    const packets = [...steadyPackets(500), ...steadyPackets(100, { ms: 60_000, seq: 1500 })]
    const { meter } = measure(packets.filter(({ seq }) => seq !== 1300))
    meter.finish(0)
    const stretches = readStretches(meter.stretches.of(0))
    assert.deepEqual(
      stretches.map(({ sinceMs, packets: count, lost }) => [sinceMs, count, lost]),
      [
        [0, 250, 0],
        [5_000, 249, 1],
        [60_000, 100, 0],
      ],
    )
  })
})

describe('StreamMeter: bursts', () => {
  /** Losses at these places of a stream of 400. */
  const lossesAt = (places: readonly number[]) => {
    const { meter, word } = measure(steadyPackets(400).filter((_, i) => !places.includes(i)))
    meter.finish(0)
    const fields = { bursts: open.BURSTS, inBursts: open.BURST_LOST, alone: open.GAP_LOST }
    return {
      bursts: word(fields.bursts),
      inBursts: word(fields.inBursts),
      alone: word(fields.alone),
      runs: word(open.RUNS),
      runMax: word(open.RUN_MAX),
    }
  }

  test('losses far apart stand alone', () => {
    assert.deepEqual(lossesAt([50, 100, 150]), {
      bursts: 0,
      inBursts: 0,
      alone: 3,
      runs: 3,
      runMax: 1,
    })
  })

  test('losses with fewer than sixteen packets between them are one burst', () => {
    assert.deepEqual(lossesAt([50, 51, 60, 75, 200, 216, 217, 300]), {
      bursts: 2,
      inBursts: 7,
      alone: 1,
      runs: 6,
      runMax: 2,
    })
  })
})

describe('StreamMeter: what is a stream', () => {
  const doubted = { isBelieved: false }

  test('an unannounced stream is believed after four packets that agree', () => {
    const { meter } = measure(steadyPackets(3), doubted)
    assert.equal(meter.isBelieved(0), false)
    const { meter: other, counts } = measure(steadyPackets(4), doubted)
    assert.equal(other.isBelieved(0), true)
    assert.equal(counts().packets, 4)
  })

  test('a mirror that shows every packet twice keeps no stream from being believed', () => {
    const twice = steadyPackets(5).flatMap((packet) => [packet, packet])
    const { meter, counts } = measure(twice, doubted)
    assert.equal(meter.isBelieved(0), true)
    assert.equal(counts().duplicates, 5)
  })

  test('bytes that only look like RTP are never believed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 12, maxLength: 40 }), { maxLength: 60 }),
        (payloads) => {
          const { meter } = measure([], doubted)
          for (const [i, payload] of payloads.entries()) {
            const bytes = Buffer.from(payload)
            bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f)
            meter.push(datagramWith(bytes, { ms: i }))
          }
          for (const stream of meter.streams) assert.equal(meter.isBelieved(stream), false)
        },
      ),
      PROPERTY,
    )
  })

  test('one SSRC between other ends is another stream', () => {
    const { meter } = measure([...steadyPackets(5), ...steadyPackets(5, { dstPort: 6000 })])
    assert.equal(meter.streams.size, 2)
  })

  test('forged payload types fill a table and no more', () => {
    const { word, counts } = measure(
      steadyPackets(200).map((packet, i) => ({ ...packet, payloadType: i % 100 })),
    )
    assert.equal(word(open.PAYLOAD_COUNT), open.PAYLOADS_MAX)
    assert.equal(word(open.PAYLOADS_BEYOND), 200 - 2 * open.PAYLOADS_MAX)
    assert.equal(counts().packets, 200)
  })

  test('code points are told apart', () => {
    const { word } = measure(steadyPackets(10).map((p, i) => ({ ...p, dscp: i < 7 ? 46 : 0 })))
    assert.deepEqual(
      [0, 1, 2, 3].map((n) => word(open.DSCPS + n)),
      [46, 7, 0, 3],
    )
  })
})

describe('StreamMeter: floods', () => {
  test('a storm of SSRCs on probation keeps to its bound', () => {
    const storm = Array.from({ length: 5_000 }, (_, i) => ({ ms: i, seq: i, ssrc: i }))
    const { meter } = measure(storm, { isBelieved: false, limits: { streamCandidatesMax: 100 } })
    assert(meter.streams.size <= 100)
    assert.equal(meter.stats().candidatesEvicted, 4_900)
  })

  test('beyond the limit the longest silent streams are ended, and counted', () => {
    const many = Array.from({ length: 250 }, (_, i) => ({ ms: i, seq: 1, ssrc: i }))
    const { meter, ended } = measure(many, { limits: { openStreamsMax: 100 } })
    assert(meter.streams.size <= 100)
    assert.equal(meter.streams.size + ended.length, 250)
    assert.equal(meter.problems().get('rtp.streams.too-many'), ended.length)
    assert(!meter.streams.isOpen(ended[0] ?? -1) || ended.length > 100)
  })

  test('65,535 streams at once are all followed', () => {
    const streams = Array.from({ length: 65_535 }, (_, i) => ({ ms: 0, seq: 1, ssrc: i * 65_537 }))
    const again = streams.map((packet) => ({ ...packet, ms: 20, seq: 2 }))
    const payload = new Uint8Array(1)
    const { meter, counts } = measure([...streams, ...again].map((p) => ({ ...p, payload })))
    assert.equal(meter.streams.size, 65_535)
    assert.equal(counts(65_534).packets, 2)
  })

  test('clocks that jump to and fro break nothing', () => {
    const times = fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { maxLength: 50 })
    fc.assert(
      fc.property(times, (all) => {
        const { meter, counts } = measure(all.map((ms, i) => ({ ms, seq: i })))
        for (const stream of meter.streams) meter.finish(stream)
        assert.equal(counts().packets, all.length)
      }),
      PROPERTY,
    )
  })
})
