// The smaller parts of rendering: rates, outlines, pictures, files, redundancy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import {
  assertSame,
  joined,
  likeness,
  sentPackets,
  soundStream,
  tone,
} from './captured-rtp.fixture.ts'
import { ffmpeg, floatsOf, speechLike, withoutFfmpeg } from './ffmpeg.fixture.ts'
import type { HeardPacket } from './heard-packet.ts'
import { streamMp3 } from './mp3.ts'
import { levelFor, packPeaks, PeakGatherer, unpackPeaks } from './peaks.ts'
import { unpackRedundancy } from './redundancy.ts'
import { renderSound } from './render-sound.ts'
import { Resampler } from './resampler.ts'
import type { SoundCodec } from './sound.ts'
import { SpectrogramGatherer } from './spectrogram.ts'
import { pcm16, wavHeader } from './wav.ts'

function resampled(samples: Float32Array, from: number, to: number, piece = 333): Float32Array {
  const resampler = new Resampler(from, to)
  const parts: Float32Array[] = []
  for (let at = 0; at < samples.length; at += piece) {
    parts.push(resampler.push(samples.slice(at, at + piece)))
  }
  return joined([...parts, resampler.finish()])
}

const rates: readonly (readonly [number, number])[] = [
  [8_000, 48_000],
  [16_000, 48_000],
  [44_100, 48_000],
  [48_000, 8_000],
  [16_000, 8_000],
  [11_025, 16_000],
]
for (const [from, to] of rates) {
  test(`a tone keeps pitch, place and loudness from ${from} to ${to} Hz`, () => {
    const input = tone(1_000, from, 0.5)
    const sound = resampled(input, from, to)
    assert.equal(sound.length, Math.ceil((input.length * to) / from))
    const want = tone(1_000, to, 0.5)
    const inside = [Math.round(0.02 * to), Math.round(0.48 * to)] as const
    const error = sound.subarray(...inside).map((s, i) => s - (want[inside[0] + i] ?? 0))
    assert.ok(Math.max(...error.map(Math.abs)) < 0.001)
  })
}

test('what a lower rate cannot hold is gone, not folded back', () => {
  const sound = resampled(tone(6_000, 16_000, 0.5), 16_000, 8_000)
  assert.ok(Math.max(...sound.subarray(400, 3_600).map(Math.abs)) < 0.001)
})

test('equal rates pass bit for bit, and pieces of any size give the same', () => {
  const speech = speechLike(8_000, 0.5)
  assertSame(resampled(speech, 8_000, 8_000), speech)
  const whole = resampled(speech, 8_000, 44_100, speech.length)
  for (const piece of [1, 7, 160, 4_000]) {
    assertSame(resampled(speech, 8_000, 44_100, piece), whole)
  }
})

const random = (packet: Partial<HeardPacket>): HeardPacket => ({
  streamId: 1,
  tUs: 5,
  sequenceNumber: 2,
  timestamp: 1_000,
  payloadType: 100,
  isMarked: false,
  payload: new Uint8Array(0),
  codec: undefined,
  isRedundant: false,
  ...packet,
})
const codecs = new Map<number, SoundCodec>([[8, { name: 'PCMA', clockRateHz: 8_000, channels: 1 }]])

test('a redundant packet holds older packets and its own', () => {
  // PT 8, 320 units ago, 2 bytes; PT 8, 160 units ago, 3 bytes; PT 8 now: RFC 2198 §3.
  const payload = Buffer.from(
    '88050002 88028003 08 aaaa bbbbbb cccccccc'.replaceAll(' ', ''),
    'hex',
  )
  const packets = unpackRedundancy(random({ payload }), (payloadType) => codecs.get(payloadType))
  assert.deepEqual(
    packets.map((one) => [
      one.sequenceNumber,
      one.timestamp,
      Buffer.from(one.payload).toString('hex'),
      one.isRedundant,
    ]),
    [
      [0, 680, 'aaaa', true],
      [1, 840, 'bbbbbb', true],
      [2, 1_000, 'cccccccc', false],
    ],
  )
  assert.equal(packets[0]?.codec?.name, 'PCMA')
})

test('redundancy that does not hold what it says gives what was whole, and never throws', () => {
  const cut = Buffer.from('880500ff08aaaa', 'hex')
  const packets = unpackRedundancy(random({ payload: cut }), () => undefined)
  assert.deepEqual(
    packets.map(({ payload }) => payload.length),
    [0],
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (payload) => {
      for (const one of unpackRedundancy(random({ payload }), () => undefined)) {
        assert.ok(one.payload.length <= payload.length)
      }
    }),
    { seed: 4, numRuns: 300 },
  )
})

test('a copy in a later packet takes the place of a packet that was lost', async () => {
  const red: SoundCodec = { name: 'red', clockRateHz: 8_000, channels: 1 }
  const said = Array.from({ length: 48 }, (_, i) => Buffer.alloc(160, 0x55 ^ (i + 1)))
  const payloads = said.map((own, i) => {
    const before = said[i - 1]
    if (before === undefined) return Buffer.concat([Buffer.of(8), own])
    return Buffer.concat([Buffer.from('880280a0', 'hex'), Buffer.of(8), before, own])
  })
  const sent = sentPackets({ payloads, payloadType: 100, step: 160, stepUs: 20_000 })
  const stream = { ...soundStream(100, red), codecs: new Map([...codecs, [100, red] as const]) }
  const render = async (packets: typeof sent) => {
    const sound = await renderSound(packets, [stream], { layout: 'caller' })
    const parts: Float32Array[] = []
    for await (const { channels } of sound.pieces) parts.push(channels[0] ?? new Float32Array(0))
    return { samples: joined(parts), account: sound.account }
  }
  const whole = await render(sent)
  const holed = await render(sent.filter((_, i) => i % 3 !== 1))
  assertSame(holed.samples, whole.samples)
  assert.equal(whole.account.streams[0]?.duplicates, 0)
})

test('an outline holds the lowest and the highest of every stretch, at every zoom', () => {
  const gatherer = new PeakGatherer(8_000, 2)
  const left = tone(100, 8_000, 40)
  const right = left.map((sample, i) => (i === 100_000 ? -1 : sample / 2))
  for (let at = 0; at < left.length; at += 1_234) {
    gatherer.push({ channels: [left.subarray(at, at + 1_234), right.subarray(at, at + 1_234)] })
  }
  const peaks = gatherer.finish()
  assert.equal(peaks.samples, 320_000)
  assert.deepEqual(
    peaks.levels.map(({ samplesPerPeak }) => samplesPerPeak),
    [80, 320, 1_280],
  )
  for (const { samplesPerPeak, channels } of peaks.levels) {
    assert.equal(channels[0]?.length, 2 * Math.ceil(320_000 / samplesPerPeak))
    const loud = [...(channels[1] ?? [])].indexOf(-127)
    assert.equal(loud, 2 * Math.floor(100_000 / samplesPerPeak))
    assert.ok((channels[0] ?? []).every((peak) => Math.abs(peak) <= 64))
  }
  assert.deepEqual(unpackPeaks(packPeaks(peaks)), peaks)
  assert.equal(levelFor(peaks, 200)?.samplesPerPeak, 1_280)
  assert.equal(levelFor(peaks, 100_000)?.samplesPerPeak, 80)
  assert.equal(unpackPeaks(packPeaks(peaks).subarray(0, 500)), undefined)
  assert.equal(unpackPeaks(Buffer.from('RIFF')), undefined)
})

/** Rows of an 8-bit grey PNG without filters. */
function readPng(png: Buffer): { width: number; height: number; row(y: number): Buffer } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const at = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
  return { width, height, row: (y) => rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)) }
}

test('a spectrogram is bright where the tone is and dark elsewhere', () => {
  const samples = tone(1_000, 8_000, 4)
  const gatherer = new SpectrogramGatherer(samples.length)
  for (let at = 0; at < samples.length; at += 1_000) {
    gatherer.push({ channels: [samples.subarray(at, at + 1_000)] })
  }
  const picture = readPng(gatherer.finish())
  assert.deepEqual([picture.width, picture.height], [125, 256])
  // 1000 Hz is row 64 of 256 rows up to 4000 Hz, counted from below.
  assert.ok(
    picture
      .row(255 - 64)
      .subarray(2, 120)
      .every((level) => level > 200),
  )
  assert.ok(
    picture
      .row(255 - 200)
      .subarray(2, 120)
      .every((level) => level < 20),
  )
})

async function bytesOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(piece)
  return Buffer.concat(parts)
}

const speech = speechLike(8_000, 2)
const payloads = Array.from({ length: 100 }, (_, p) => {
  const payload = Buffer.alloc(320)
  for (let i = 0; i < 160; i++) {
    payload.writeInt16BE(Math.round((speech[p * 160 + i] ?? 0) * 32_768), 2 * i)
  }
  return payload
})
const rendered = () =>
  renderSound(
    sentPackets({ payloads, payloadType: 96, step: 160, stepUs: 20_000 }),
    [soundStream(96, { name: 'L16', clockRateHz: 8_000, channels: 1 })],
    { layout: 'stereo' },
  )

test('a WAV that is streamed, and one whose length is known, are read by ffmpeg', {
  skip: withoutFfmpeg,
}, async () => {
  const sound = await rendered()
  const samples: Buffer[] = []
  for await (const piece of sound.pieces) samples.push(pcm16(piece))
  const streamed = Buffer.concat([wavHeader(sound), ...samples])
  const known = Buffer.concat([
    wavHeader({ sampleRateHz: 8_000, channels: 2 }, 16_000),
    streamed.subarray(44),
  ])
  for (const wav of [streamed, known]) {
    const left = ffmpeg(wav, '-i', '-', '-af', 'pan=mono|c0=c0', '-f', 's16le')
    assertSame(floatsOf(left), floatsOf(pcm16({ channels: [speech] })))
  }
  assert.equal(known.readUInt32LE(4), known.length - 8)
  assert.equal(known.readUInt32LE(40), 64_000)
})

test('an MP3 sounds like what was rendered', { skip: withoutFfmpeg }, async () => {
  const mp3 = await bytesOf(streamMp3(await rendered()))
  assert.ok(mp3.length < 40_000)
  const left = floatsOf(ffmpeg(mp3, '-i', '-', '-af', 'pan=mono|c0=c0', '-f', 's16le'))
  assert.ok(likeness(speech, left, 2_400).correlation > 0.98)
})
