// Our decoders against ffmpeg's, and against what they are defined to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertSame, joined, likeness } from '../captured-rtp.fixture.ts'
import {
  cut,
  ffmpeg,
  floatsOf,
  oggPackets,
  pcmOf,
  rawInput,
  speechLike,
  withoutFfmpeg,
} from '../ffmpeg.fixture.ts'
import { ComfortNoise } from './comfort-noise.ts'
import { createG711Decoder } from './g711.ts'
import { createG722Decoder } from './g722.ts'
import { createGsmDecoder } from './gsm.ts'
import { createL16Decoder } from './l16.ts'
import { parseOpusPacket } from './opus-packet.ts'
import { createOpusDecoder } from './opus.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
const speech8 = pcmOf(speechLike(8_000, 1))
const speech16 = pcmOf(speechLike(16_000, 1))
const speech48 = pcmOf(speechLike(48_000, 1))

for (const [law, format] of [
  ['A', 'alaw'],
  ['mu', 'mulaw'],
] as const) {
  test(`G.711 ${law}-law gives every byte the value that ffmpeg gives it`, {
    skip: withoutFfmpeg,
  }, () => {
    const want = ffmpeg(everyByte, '-f', format, '-ar', '8000', '-i', '-', '-f', 's16le')
    assertSame(createG711Decoder(law).decode(everyByte), floatsOf(want))
  })
}

test('G.722 gives bit for bit what ffmpeg gives', { skip: withoutFfmpeg }, () => {
  const coded = ffmpeg(speech16, ...rawInput(16_000), '-c:a', 'g722', '-f', 'g722')
  const want = ffmpeg(coded, '-f', 'g722', '-i', '-', '-f', 's16le')
  const decoder = createG722Decoder()
  const samples = joined(cut(coded, 160).map((payload) => decoder.decode(payload)))
  assertSame(samples, floatsOf(want).subarray(0, samples.length))
  assert.equal(decoder.samplesOf(coded.subarray(0, 160)), 320)
})

test('G.722 gives bit for bit what ffmpeg gives of noise that no encoder made', {
  skip: withoutFfmpeg,
}, () => {
  let state = 5
  const noise = Uint8Array.from(
    { length: 2_000 },
    () => (state = (state * 1_103 + 12_345) & 0xffff) >> 5,
  )
  const want = ffmpeg(noise, '-f', 'g722', '-i', '-', '-f', 's16le')
  assertSame(createG722Decoder().decode(noise), floatsOf(want))
})

test('GSM gives bit for bit what ffmpeg gives, also of frames that no encoder made', {
  skip: withoutFfmpeg,
}, () => {
  const coded = ffmpeg(speech8, ...rawInput(8_000), '-c:a', 'libgsm', '-f', 'gsm')
  let state = 7
  const odd = coded.map((byte, i) => {
    state = (state * 1_103 + 12_345) & 0xffff
    return i % 33 === 0 ? 0xd0 | (state >> 12) : i % 5 === 0 ? state >> 8 : byte
  })
  const input = Buffer.concat([coded, odd])
  const want = ffmpeg(input, '-f', 'gsm', '-c:a', 'libgsm', '-i', '-', '-f', 's16le')
  const decoder = createGsmDecoder()
  const samples = joined(cut(input, 66).map((payload) => decoder.decode(payload)))
  assertSame(samples, floatsOf(want).subarray(0, samples.length))
  assert.equal(decoder.decode(coded.subarray(0, 32)).length, 0)
})

test('L16 reads network order, adds up channels, and drops half a sample', () => {
  const mono = createL16Decoder(44_100, 1)
  assert.deepEqual([...mono.decode(Uint8Array.of(0x40, 0, 0xc0, 0, 1))], [0.5, -0.5])
  const stereo = createL16Decoder(44_100, 2)
  assert.deepEqual([...stereo.decode(Uint8Array.of(0x40, 0, 0x20, 0))], [0.375])
  assert.equal(stereo.samplesOf(new Uint8Array(11)), 2)
})

for (const [name, options] of [
  ['CELT', ['-b:a', '64k', '-application', 'audio']],
  ['SILK', ['-b:a', '12k', '-application', 'voip', '-frame_duration', '60']],
  ['hybrid', ['-b:a', '24k', '-application', 'voip', '-frame_duration', '20']],
  ['stereo', ['-b:a', '64k', '-ac', '2', '-frame_duration', '10']],
] as const) {
  test(`Opus ${name} sounds like what was encoded`, { skip: withoutFfmpeg }, async () => {
    const file = ffmpeg(speech48, ...rawInput(48_000), '-c:a', 'libopus', ...options, '-f', 'ogg')
    const packets = oggPackets(file).slice(2)
    const decoder = await createOpusDecoder()
    const lengths = packets.map((packet) => decoder.samplesOf(packet))
    const samples = packets.map((packet) => decoder.decode(packet))
    decoder.close?.()
    assert.deepEqual(
      samples.map(({ length }) => length),
      lengths,
    )
    const { correlation } = likeness(floatsOf(speech48), joined(samples).subarray(312), 400)
    assert.ok(correlation > 0.9, `correlation ${correlation}`)
  })
}

test('Opus fills a hole with as many samples as were lost, and goes on', async () => {
  const decoder = await createOpusDecoder()
  assert.equal(decoder.conceal?.(100).length, 100)
  decoder.decode(Uint8Array.of(0x78, 1, 2, 3, 4, 5, 6, 7, 8))
  assert.equal(decoder.conceal?.(2_000).length, 2_000)
  assert.equal(decoder.decode(Uint8Array.of(0x78, 1, 2, 3)).length, 960)
  decoder.close?.()
})

const opusPackets: readonly { name: string; bytes: readonly number[]; want: string }[] = [
  { name: 'one SILK frame of 20 ms', bytes: [0x08, 1, 2], want: '1×960' },
  { name: 'one CELT frame of 2.5 ms', bytes: [0x80, 1], want: '1×120' },
  { name: 'one hybrid frame of 10 ms', bytes: [0x60, 1], want: '1×480' },
  { name: 'no sound, only its TOC', bytes: [0x78], want: '1×960' },
  { name: 'two frames of equal length', bytes: [0x79, 1, 2, 3, 4], want: '2×960' },
  { name: 'two frames of equal length with an odd byte', bytes: [0x79, 1, 2, 3], want: 'none' },
  { name: 'two frames, the first of two bytes', bytes: [0x7a, 2, 1, 2, 3], want: '2×960' },
  { name: 'two frames, the first beyond the end', bytes: [0x7a, 9, 1, 2, 3], want: 'none' },
  { name: 'three frames of equal length', bytes: [0x7b, 3, 1, 2, 3], want: '3×960' },
  { name: 'three frames that do not share the bytes', bytes: [0x7b, 3, 1, 2], want: 'none' },
  { name: 'frames with lengths and padding', bytes: [0x7b, 0xc2, 1, 1, 9, 9, 0], want: '2×960' },
  { name: 'padding beyond the end', bytes: [0x7b, 0x42, 9, 1, 2], want: 'none' },
  { name: 'more than 120 ms', bytes: [0x1b, 3, 1, 2, 3], want: 'none' },
  { name: 'no frames at all', bytes: [0x7b, 0], want: 'none' },
  { name: 'nothing', bytes: [], want: 'none' },
]
for (const { name, bytes, want } of opusPackets) {
  test(`an Opus packet of ${name} is read`, () => {
    const packet = parseOpusPacket(Uint8Array.from(bytes))
    const found = packet === undefined ? 'none' : `${packet.frames}×${packet.frameSamples}`
    assert.equal(found, want)
  })
}

test('no decoder throws, and each gives what it said it would, whatever the bytes', async () => {
  const decoders = [
    createG711Decoder('A'),
    createG722Decoder(),
    createGsmDecoder(),
    createL16Decoder(16_000, 2),
    await createOpusDecoder(),
  ]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const decoder of decoders) {
        const samples = decoder.decode(bytes)
        assert.equal(samples.length, decoder.samplesOf(bytes))
        assert.ok(samples.every(Number.isFinite))
      }
    }),
    { seed: 11, numRuns: 300 },
  )
})

test('comfort noise is as loud as its payload says, and the same every time', () => {
  const samples = new ComfortNoise(Uint8Array.of(40), 5).samples(20_000)
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  assert.ok(Math.abs(10 * Math.log10(power) + 40) < 0.5)
  assert.deepEqual(new ComfortNoise(Uint8Array.of(40), 5).samples(20_000), samples)
  assert.ok(new ComfortNoise(Uint8Array.of(127), 5).samples(10).every((sample) => sample === 0))
})
