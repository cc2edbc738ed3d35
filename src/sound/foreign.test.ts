// Codecs that the system's ffmpeg decodes for us: what was encoded must be heard, at its length,
// also where packets were lost, and a missing program must be named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeForeign } from '../audio/foreign/write-foreign.ts'
import { likeness, samplesOf, sentPackets, soundStream } from '../audio/captured-rtp.fixture.ts'
import {
  cut,
  ffmpeg,
  oggPackets,
  pcmOf,
  rawInput,
  speechLike,
  withoutFfmpeg,
} from '../audio/ffmpeg.fixture.ts'
import { renderSound } from '../audio/render-sound.ts'
import type { SoundCodec } from '../audio/sound.ts'
import { isFailure } from '../base/failure.ts'
import { ffmpegDecoder } from './ffmpeg-decoder.ts'

interface Case {
  readonly codec: SoundCodec
  readonly ptime: number
  readonly encode: (pcm: Buffer) => Uint8Array[]
  readonly correlationMin: number
}

const g726 = (name: string, bits: number, encoder: string): Case => ({
  codec: { name, clockRateHz: 8_000, channels: 1 },
  ptime: 20,
  encode: (pcm) => {
    const args = ['-c:a', encoder, '-b:a', `${bits * 8}k`, '-f', encoder]
    return cut(ffmpeg(pcm, ...rawInput(8_000), ...args), 20 * bits)
  },
  correlationMin: bits > 2 ? 0.95 : 0.9,
})
// Speex keeps what is heard, not the shape of the wave: ffmpeg's own reading is no more like it.
const speex = (clockRateHz: number): Case => ({
  codec: { name: 'speex', clockRateHz, channels: 1 },
  ptime: 20,
  encode: (pcm) => {
    const args = ['-c:a', 'libspeex', '-cbr_quality', '10', '-f', 'ogg']
    return oggPackets(ffmpeg(pcm, ...rawInput(clockRateHz), ...args)).slice(2)
  },
  correlationMin: 0.65,
})
const cases: readonly Case[] = [
  g726('G726-32', 4, 'g726le'),
  g726('G726-40', 5, 'g726le'),
  g726('G726-24', 3, 'g726le'),
  g726('AAL2-G726-32', 4, 'g726'),
  g726('G726-16', 2, 'g726le'),
  speex(8_000),
  speex(16_000),
  {
    codec: { name: 'G723', clockRateHz: 8_000, channels: 1 },
    ptime: 30,
    encode: (pcm) => cut(ffmpeg(pcm, ...rawInput(8_000), '-b:a', '6.3k', '-f', 'g723_1'), 24),
    correlationMin: 0.6,
  },
]

for (const { codec, ptime, encode, correlationMin } of cases) {
  const { name, clockRateHz } = codec
  test(`${name}/${clockRateHz} comes back as it was said`, { skip: withoutFfmpeg }, async (t) => {
    const said = speechLike(clockRateHz, 2)
    const payloads = encode(pcmOf(said))
    const step = (clockRateHz * ptime) / 1_000
    const sent = sentPackets({ payloads, payloadType: 96, step, stepUs: ptime * 1_000 })
    const parts = { foreign: ffmpegDecoder() }
    const sound = await renderSound(sent, [soundStream(96, codec)], { layout: 'caller' }, parts)
    const [heard = new Float32Array(0)] = await samplesOf(sound)
    assert.equal(sound.sampleRateHz, clockRateHz)
    assert.ok(Math.abs(heard.length - payloads.length * step) <= step, 'length')
    const { correlation } = likeness(said, heard, clockRateHz * 0.06)
    t.diagnostic(`correlation ${correlation.toFixed(3)}`)
    assert.ok(correlation > correlationMin, `correlation ${correlation}`)
  })
}

test('a lost packet of a foreign codec moves nothing after it', {
  skip: withoutFfmpeg,
}, async () => {
  const [{ codec, encode } = assert.fail()] = cases
  const said = speechLike(8_000, 2)
  const payloads = encode(pcmOf(said))
  const sent = sentPackets({ payloads, payloadType: 96, step: 160, stepUs: 20_000 })
  const parts = { foreign: ffmpegDecoder() }
  const holed = sent.filter((_, i) => i !== 40)
  const sound = await renderSound(holed, [soundStream(96, codec)], { layout: 'caller' }, parts)
  const [heard = new Float32Array(0)] = await samplesOf(sound)
  assert.equal(heard.length, payloads.length * 160)
  const after = 60 * 160
  assert.ok(likeness(said.subarray(after), heard.subarray(after)).correlation > 0.95)
  assert.equal(sound.account.streams[0]?.lost, 1)
})

test('a missing program is a failure that names it and the codec', async () => {
  const codec = { name: 'G729', clockRateHz: 8_000, channels: 1 }
  const decoder = ffmpegDecoder('no-such-ffmpeg')
  await assert.rejects(decoder(codec, [new Uint8Array(20)]), (error) => {
    assert.ok(isFailure(error, 'unavailable'))
    assert.match(error.message, /G729 needs no-such-ffmpeg, which is not installed/)
    return true
  })
})

const samplesIn = (codec: SoundCodec, ...payloads: Uint8Array[]) =>
  writeForeign(codec, payloads)?.stretches.map((stretches) =>
    stretches.map(({ samples, isSilence }) => (isSilence ? -samples : samples)),
  )
const codecOf = (name: string, fmtp?: string): SoundCodec => ({
  name,
  clockRateHz: name === 'AMR-WB' ? 16_000 : 8_000,
  channels: 1,
  ...(fmtp === undefined ? {} : { fmtp }),
})

test('frames of G.729 are counted, and a silence descriptor is silence', () => {
  const found = samplesIn(
    codecOf('G729'),
    new Uint8Array(20),
    new Uint8Array(12),
    new Uint8Array(2),
  )
  assert.deepEqual(found, [[160], [80, -80], [-80]])
})

test('G.729 by the name of an annex is G.729', () => {
  for (const name of ['G729a', 'G729B', 'G729AB']) {
    assert.deepEqual(samplesIn(codecOf(name), new Uint8Array(20)), [[160]])
  }
  assert.equal(samplesIn(codecOf('G729E'), new Uint8Array(20)), undefined)
})

test('frames of G.723.1 are told apart by their first bits', () => {
  const found = samplesIn(
    codecOf('G723'),
    Uint8Array.from({ length: 44 }, (_, i) => (i === 24 ? 1 : 0)),
    Uint8Array.of(2, 0, 0, 0),
    Uint8Array.of(3),
    new Uint8Array(5),
  )
  assert.deepEqual(found, [[480], [240], [240], []])
})

test('iLBC is of 20 or 30 ms by its parameter, or by the length of its payloads', () => {
  assert.deepEqual(samplesIn(codecOf('iLBC', 'mode=20'), new Uint8Array(76)), [[320]])
  assert.deepEqual(samplesIn(codecOf('iLBC'), new Uint8Array(50)), [[240]])
  assert.deepEqual(samplesIn(codecOf('iLBC', 'mode=30'), new Uint8Array(38)), [[160]])
})

// One frame of AMR 12.2 (type 7, 244 bits): CMR 4 bits, then 0 0111 1, or aligned to bytes.
const efficient = Buffer.concat([Buffer.from('f3c0', 'hex'), Buffer.alloc(30)])
const aligned = Buffer.concat([Buffer.from('f03c', 'hex'), Buffer.alloc(31)])

test('AMR is read in either packing, whatever its parameter says', () => {
  for (const fmtp of [undefined, 'octet-align=1', 'mode-set=7; octet-align=0']) {
    assert.deepEqual(samplesIn(codecOf('AMR', fmtp), efficient), [[160]], `efficient, ${fmtp}`)
    assert.deepEqual(samplesIn(codecOf('AMR', fmtp), aligned), [[160]], `aligned, ${fmtp}`)
  }
  const file = writeForeign(codecOf('AMR'), [efficient])
  assert.equal(file?.bytes.subarray(0, 7).toString('latin1'), '#!AMR\n\x3c')
  assert.equal(file?.bytes.length, 6 + 32)
})

test('AMR without speech is silence, and damage is dropped', () => {
  const noFrame = Buffer.from('f7c0', 'hex')
  assert.deepEqual(samplesIn(codecOf('AMR'), noFrame, efficient), [[-160], [160]])
  assert.deepEqual(samplesIn(codecOf('AMR-WB'), noFrame), [[-320]])
  assert.deepEqual(samplesIn(codecOf('AMR'), efficient.subarray(0, 9), Buffer.alloc(0)), [[], []])
})

test('writing payloads for a foreign decoder never throws, and bounds what it expects', () => {
  const names = ['G729', 'G723', 'iLBC', 'AMR', 'AMR-WB', 'speex', 'G726-32', 'AAL2-G726-40']
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(fc.uint8Array({ maxLength: 70 })),
      (name, all) => {
        const file = writeForeign(codecOf(name), all)
        assert.equal(file?.stretches.length, all.length)
        const samples = file?.stretches.flat().reduce((sum, one) => sum + one.samples, 0) ?? 0
        assert.ok(samples <= all.reduce((sum, { length }) => sum + 320 * (length + 1), 0))
      },
    ),
    { seed: 6, numRuns: 300 },
  )
})
