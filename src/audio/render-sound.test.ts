// Rendering of RTP that the network, the sender or the capture treated badly: what is heard must be
// what was sent, at the time at which it was sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  assertSame,
  likeness,
  samplesOf,
  sentPackets,
  soundStream,
} from './captured-rtp.fixture.ts'
import { speechLike } from './ffmpeg.fixture.ts'
import { renderSound } from './render-sound.ts'
import type { CapturedRtp, RenderOptions, SoundCodec, SoundStream } from './sound.ts'

const L16: SoundCodec = { name: 'L16', clockRateHz: 8_000, channels: 1 }
const PT = 96
const PACKET = 160
const PACKET_US = 20_000
const START_US = 1_700_000_000_000_000
const speech = speechLike(8_000, 4)

/** L16 payloads of 20 ms. */
function payloadsOf(samples: Float32Array): Uint8Array[] {
  return Array.from({ length: Math.floor(samples.length / PACKET) }, (_, p) => {
    const payload = Buffer.alloc(2 * PACKET)
    for (let i = 0; i < PACKET; i++) {
      payload.writeInt16BE(Math.round((samples[p * PACKET + i] ?? 0) * 32_768), 2 * i)
    }
    return payload
  })
}

const payloads = payloadsOf(speech)
const sent = sentPackets({ payloads, payloadType: PT, step: PACKET, stepUs: PACKET_US })
const stream = soundStream(PT, L16)
/** What was sent, as 16 bits hold it. */
const said = Float32Array.from(speech, (sample) => Math.round(sample * 32_768) / 32_768)

async function render(
  packets: readonly CapturedRtp[],
  options: RenderOptions = { layout: 'caller' },
  streams: readonly SoundStream[] = [stream],
) {
  const sound = await renderSound(packets, streams, options)
  const channels = await samplesOf(sound)
  const account = sound.account
  return { sound, channels, mono: channels[0] ?? new Float32Array(0), account: account.streams[0] }
}

const inCaptureOrder = (packets: readonly CapturedRtp[]) =>
  packets.toSorted((a, b) => a.tUs - b.tUs)

test('a clean stream comes out sample for sample, from its first to its last', async () => {
  const { mono, sound, account } = await render(sent)
  assertSame(mono, said)
  assert.equal(sound.startUs, START_US)
  assert.deepEqual([account?.packets, account?.heard, account?.lost], [200, 200, 0])
  assert.deepEqual(sound.account.gaps, [])
})

test('jitter and reordering change nothing of what is heard', async () => {
  const shaken = sent.map((packet, i) => ({ ...packet, tUs: packet.tUs + ((i * 7_919) % 90_000) }))
  const { mono, account } = await render(inCaptureOrder(shaken))
  assertSame(mono, said)
  assert.deepEqual([account?.lost, account?.late, account?.realigned], [0, 0, 0])
})

test('duplicates are heard once and counted', async () => {
  const twice = sent.flatMap((packet) => [packet, { ...packet, tUs: packet.tUs + 5 }])
  const { mono, account } = await render(twice)
  assertSame(mono, said)
  assert.deepEqual([account?.packets, account?.heard, account?.duplicates], [400, 200, 200])
})

test('a packet a second and a half late is counted, and the rest stays in its place', async () => {
  const late = inCaptureOrder(
    sent.map((packet, i) => (i === 50 ? { ...packet, tUs: packet.tUs + 1_500_000 } : packet)),
  )
  const { mono, account } = await render(late)
  assert.equal(mono.length, said.length)
  assert.equal(account?.late, 1)
  assertSame(mono.subarray(52 * PACKET), said.subarray(52 * PACKET))
})

test('lost packets are concealed, listed as a gap, and move nothing after them', async () => {
  const { mono, sound, account } = await render(sent.filter((_, i) => i !== 80 && i !== 81))
  assert.equal(mono.length, said.length)
  assert.equal(account?.lost, 2)
  assertSame(mono.subarray(83 * PACKET), said.subarray(83 * PACKET))
  const hole = [80 * PACKET, 82 * PACKET] as const
  const energy = mono.subarray(...hole).reduce((sum, sample) => sum + sample * sample, 0)
  assert.ok(energy > 0.05 * said.subarray(...hole).reduce((sum, s) => sum + s * s, 0))
  const [startUs, endUs] = [START_US + 80 * PACKET_US, START_US + 82 * PACKET_US]
  assert.deepEqual(sound.account.gaps, [{ side: 'caller', startUs, endUs, reason: 'lost' }])
})

test('a long loss ends in silence, for a longer guess would be an invention', async () => {
  const { mono } = await render(sent.filter((_, i) => i < 50 || i >= 75))
  assert.equal(mono.length, said.length)
  assert.ok(mono.subarray(54 * PACKET, 75 * PACKET).every((sample) => sample === 0))
  assertSame(mono.subarray(76 * PACKET), said.subarray(76 * PACKET))
})

test('a pause that the sender made stays as long as it was', async () => {
  const first = sentPackets({ payloads, payloadType: PT, step: PACKET, stepUs: PACKET_US })
  const second = sentPackets({
    payloads: payloads.slice(0, 50),
    payloadType: PT,
    step: PACKET,
    stepUs: PACKET_US,
    startUs: START_US + 14_000_000,
    firstSequence: 65_530 + 200,
    firstTimestamp: 0xffff_ff00 + 14 * 8_000,
  })
  const { mono, sound } = await render([...first, ...second])
  assert.equal(mono.length, 15 * 8_000)
  assertSame(mono.subarray(14 * 8_000), said.subarray(0, 8_000))
  assert.ok(mono.subarray(4 * 8_000 + 480, 14 * 8_000).every((sample) => sample === 0))
  assert.equal(sound.account.gaps[0]?.reason, 'unsent')
})

test('timestamps that do not count a pause are set right by the capture time', async () => {
  const rest = sent.slice(100).map((packet) => ({ ...packet, tUs: packet.tUs + 5_000_000 }))
  const { mono, account } = await render([...sent.slice(0, 100), ...rest])
  assert.equal(mono.length, said.length + 5 * 8_000)
  assertSame(mono.subarray(7 * 8_000), said.subarray(2 * 8_000))
  assert.equal(account?.realigned, 1)
})

test('a sender that was busy for a moment loses nothing by it', async () => {
  const stalled = sent.map((packet, i) =>
    i < 120 ? packet : { ...packet, tUs: packet.tUs + 300_000 },
  )
  const { mono, account } = await render(stalled)
  assertSame(mono, said)
  assert.equal(account?.realigned, 0)
})

test('packets held up by the network for seconds are heard when they were said', async () => {
  const held = sent.map((packet, i) =>
    i >= 100 && i < 150 ? { ...packet, tUs: START_US + 3_000_000 + i } : packet,
  )
  const { mono, account } = await render(inCaptureOrder(held))
  assertSame(mono, said)
  assert.equal(account?.realigned, 0)
})

test('timestamps that jump are taken up where the packets were captured', async () => {
  const jumped = sentPackets({
    payloads: payloads.slice(100),
    payloadType: PT,
    step: PACKET,
    stepUs: PACKET_US,
    startUs: START_US + 2_000_000,
    firstSequence: 65_530 + 100,
    firstTimestamp: 0x1234_5678,
  })
  const { mono, account } = await render([...sent.slice(0, 100), ...jumped])
  assertSame(mono, said)
  assert.equal(account?.realigned, 1)
})

test('a sender that begins its numbers anew is heard without a hole', async () => {
  const again = sentPackets({
    payloads: payloads.slice(100),
    payloadType: PT,
    step: PACKET,
    stepUs: PACKET_US,
    startUs: START_US + 2_000_000,
    firstSequence: 20_000,
    firstTimestamp: 77,
  })
  const { mono, account } = await render([...sent.slice(0, 100), ...again])
  assertSame(mono, said)
  assert.deepEqual([account?.lost, account?.late], [0, 0])
})

test('one stray packet with a wild number does not disturb the stream', async () => {
  const [stray] = sentPackets({
    payloads: payloads.slice(0, 1),
    payloadType: PT,
    step: 0,
    stepUs: 0,
    startUs: START_US + 1_000_001,
    firstSequence: 30_000,
  })
  const { mono, account } = await render(
    [...sent.slice(0, 51), stray ?? [], sent.slice(51)].flat(2),
  )
  assertSame(mono, said)
  assert.deepEqual([account?.lost, account?.late], [0, 1])
})

test('a sender whose clock is slow by a thousandth stays with the capture time', async () => {
  const minute = Array.from({ length: 15 }, () => payloads).flat()
  const slow = sentPackets({ payloads: minute, payloadType: PT, step: PACKET, stepUs: 20_020 })
  const fast = sentPackets({ payloads: minute, payloadType: PT, step: PACKET, stepUs: 19_980 })
  const lengths = await Promise.all(
    [slow, fast].map(async (packets) => (await render(packets)).mono),
  )
  const seconds = lengths.map(({ length }) => length / 8_000)
  assert.ok(Math.abs((seconds[0] ?? 0) - 60.06) < 0.1, `slow: ${seconds[0]} s`)
  assert.ok(Math.abs((seconds[1] ?? 0) - 59.94) < 0.1, `fast: ${seconds[1]} s`)
})

test('a sender whose timestamps run at another clock than it declared is heard whole', async () => {
  const wrong = sentPackets({ payloads, payloadType: PT, step: 2 * PACKET, stepUs: PACKET_US })
  const { mono } = await render(wrong)
  assertSame(mono, said)
})

test('comfort noise fills the pause after it, at its level', async () => {
  const codecs = new Map([
    [PT, L16],
    [13, { name: 'CN', clockRateHz: 8_000, channels: 1 }],
  ])
  const noise = sentPackets({
    payloads: [Uint8Array.of(30)],
    payloadType: 13,
    step: 0,
    stepUs: 0,
    startUs: START_US + 1_000_000,
    firstSequence: 65_530 + 50,
    firstTimestamp: 0xffff_ff00 + 50 * PACKET,
  })
  const rest = sentPackets({
    payloads: payloads.slice(150),
    payloadType: PT,
    step: PACKET,
    stepUs: PACKET_US,
    startUs: START_US + 3_000_000,
    firstSequence: 65_530 + 51,
    firstTimestamp: 0xffff_ff00 + 150 * PACKET,
  })
  const packets = [...sent.slice(0, 50), ...noise, ...rest]
  const { mono, account } = await render(packets, undefined, [{ ...stream, codecs }])
  const pause = mono.subarray(8_000, 3 * 8_000)
  const level = 10 * Math.log10(pause.reduce((sum, s) => sum + s * s, 0) / pause.length)
  assert.ok(Math.abs(level + 30) < 1, `level ${level} dB`)
  assertSame(mono.subarray(3 * 8_000), said.subarray(3 * 8_000))
  assert.equal(account?.lost, 0)
})

test('caller is left and callee right, each at its own time', async () => {
  const callee = sentPackets({
    streamId: 1,
    payloads: payloads.slice(0, 100),
    payloadType: PT,
    step: PACKET,
    stepUs: PACKET_US,
    startUs: START_US + 500_000,
  })
  const streams = [stream, soundStream(PT, L16, 'callee', 1)]
  const packets = inCaptureOrder([...sent, ...callee])
  const { channels } = await render(packets, { layout: 'stereo' }, streams)
  assert.equal(channels.length, 2)
  assertSame(channels[0] ?? new Float32Array(0), said)
  assertSame((channels[1] ?? said).subarray(4_000, 20_000), said.subarray(0, 16_000))
  const mixed = await render(packets, { layout: 'mixed' }, streams)
  const want = said.map((sample, i) => sample + (channels[1]?.[i] ?? 0))
  assert.ok(likeness(mixed.mono, want).correlation > 0.999)
  assert.ok(mixed.mono.every((sample) => sample >= -1 && sample <= 1))
})

test('a wished span begins and ends the sound, whatever was captured', async () => {
  const startUs = START_US - 1_000_000
  const { mono, sound } = await render(sent, { layout: 'caller', startUs, endUs: START_US + 1e6 })
  assert.equal(sound.startUs, startUs)
  assert.equal(mono.length, 16_000)
  assertSame(mono.subarray(8_000), said.subarray(0, 8_000))
})

test('packets that no decoder takes are counted by their codec and leave a gap', async () => {
  const codecs = new Map([[PT, { name: 'x-secret', clockRateHz: 8_000, channels: 1 }]])
  const { mono, account, sound } = await render(sent, undefined, [{ ...stream, codecs }])
  assert.equal(account?.heard, 0)
  assert.deepEqual([...(account?.undecodable ?? [])], [['x-secret', 200]])
  assert.ok(mono.every((sample) => sample === 0))
  assert.equal(sound.account.gaps[0]?.reason, 'unheard')
})

test('a stream of hours goes through in pieces of a second', async () => {
  const hours = sentPackets({
    payloads: [...payloads.slice(0, 10), ...payloads.slice(0, 10)],
    payloadType: PT,
    step: PACKET,
    stepUs: PACKET_US,
  }).map((packet, i) => (i < 10 ? packet : { ...packet, tUs: packet.tUs + 7_200_000_000 }))
  const sound = await renderSound(hours, [stream], { layout: 'caller' })
  let samples = 0
  for await (const { startSample, channels } of sound.pieces) {
    assert.equal(startSample, samples)
    assert.ok((channels[0]?.length ?? 0) <= 8_000)
    samples += channels[0]?.length ?? 0
  }
  assert.equal(samples, (7_200 + 0.4) * 8_000)
})

test('whatever the packets are, rendering ends, stays in scale and within its lag', async () => {
  const packet = fc.record({
    streamId: fc.integer({ min: 0, max: 2 }),
    tUs: fc.integer({ min: START_US, max: START_US + 20_000_000 }),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.integer({ min: 0, max: sent.length - 1 }).map((i) => sent[i]?.bytes ?? new Uint8Array(0)),
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 60 }), async (packets) => {
      const streams = [stream, soundStream(0, L16, 'callee', 1)]
      const { channels } = await render(packets, { layout: 'stereo' }, streams)
      assert.equal(channels[0]?.length, channels[1]?.length)
      assert.ok((channels[0]?.length ?? 0) <= 30 * 8_000)
      assert.ok(channels.flatMap((each) => [...each]).every((s) => s >= -1 && s <= 1))
    }),
    { seed: 3, numRuns: 40 },
  )
})
