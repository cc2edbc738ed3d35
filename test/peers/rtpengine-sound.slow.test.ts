// What was said over a trunk whose codec only rtpengine encodes (G.729 above all) must come back
// out of the capture of the trunk: as it was said, and as rtpengine decodes the same packets.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { likeness, rtpOfCapture, tone } from '../../src/audio/captured-rtp.fixture.ts'
import { floatsOf, withoutFfmpeg } from '../../src/audio/ffmpeg.fixture.ts'
import { WAV_HEADER_BYTES } from '../../src/audio/wav.ts'
import { makeFolder } from '../../src/line/store.fixture.ts'
import { packetParts } from '../../src/rtp/packet-parts.ts'
import { callSoundOf } from '../../src/query/call-sound.ts'
import { importedStore } from '../../src/query/store.fixture.ts'
import { writeSoundFile } from '../../src/sound/sound-file.ts'
import { speech, type SpeechBand } from '../../src/sound/speech.fixture.ts'
import { programPath } from './programs.ts'
import { startRtpengine } from './rtpengine.ts'
import { whyNoSniffer } from './sniffer.ts'
import { type EndCodec, MU_LAW, trunkCall, TRUNK_PORTS, WIDE } from './trunk-call.ts'

const SECONDS = 3
const PACKET_SECONDS = 0.02
/** Two codecs' delays and that of two packets, for rtpengine may begin a side with the next. */
const LAG_SECONDS = 0.08

interface Case {
  /** As rtpengine writes a codec. */
  readonly codec: string
  readonly ends: EndCodec
  readonly band: SpeechBand
  /** For speech; a tone must be 0.98 like what was said. */
  readonly saidMin: number
  /** Against what rtpengine decodes from the same packets, by libraries that are not ours. */
  readonly decodedMin: number
}

const cases: readonly Case[] = [
  { codec: 'G729', ends: MU_LAW, band: 'telephone', saidMin: 0.9, decodedMin: 0.99 },
  // Below 140 Hz the codec itself keeps nothing: what rtpengine decodes is no more like it.
  { codec: 'G729', ends: MU_LAW, band: 'all', saidMin: 0.8, decodedMin: 0.99 },
  // A name that rtpengine, and others, make for annex A.
  { codec: 'G729a', ends: MU_LAW, band: 'telephone', saidMin: 0.9, decodedMin: 0.99 },
  { codec: 'GSM', ends: MU_LAW, band: 'telephone', saidMin: 0.9, decodedMin: 0.99 },
  { codec: 'speex/8000', ends: MU_LAW, band: 'telephone', saidMin: 0.9, decodedMin: 0.99 },
  { codec: 'speex/16000', ends: WIDE, band: 'all', saidMin: 0.8, decodedMin: 0.99 },
]

const ports = [`--port-min=${TRUNK_PORTS.first}`, `--port-max=${TRUNK_PORTS.last}`]
const flags = ['--num-threads=1', ...ports]

const skip = programPath('rtpengine') ? withoutFfmpeg || whyNoSniffer() : 'rtpengine is missing'

suite('calls over a trunk of rtpengine', { skip }, () => {
  for (const one of cases) {
    const name = `${one.codec}, ${one.band === 'all' ? 'every frequency' : 'telephone band'}`
    test(`${name}: both sides come back as they were said`, async (t) => {
      const folder = makeFolder(t)
      const ask = await startRtpengine(t, programPath('rtpengine') ?? '', flags)
      const { rateHz } = one.ends
      const said = {
        caller: speech(rateHz, SECONDS, one.band),
        callee: tone(440, rateHz, SECONDS),
      }
      const callId = one.codec.replace('/', '-')
      const wishes = { ask, folder, callId, trunkCodec: one.codec, ends: one.ends, ...said }
      const { capture, ...decoded } = await trunkCall(wishes)
      const rendered = await renderedSides(t, folder, capture)
      const likenesses = (a: Float32Array, b: Float32Array) =>
        likeness(a, b, Math.round(rateHz * LAG_SECONDS)).correlation
      for (const side of ['caller', 'callee'] as const) {
        const { samples, sampleRateHz, secondsMissing } = rendered[side]
        assert.equal(sampleRateHz, rateHz)
        assert.ok(Math.abs(secondsMissing) <= PACKET_SECONDS, `${secondsMissing} s are missing`)
        const asSaid = likenesses(said[side], samples)
        const byRtpengine = likenesses(said[side], decoded[side])
        const asDecoded = usualLikeness(decoded[side], samples, rateHz)
        const found =
          `${side}: ${asSaid.toFixed(4)} like what was said (rtpengine's own decoding ` +
          `${byRtpengine.toFixed(4)}), ${asDecoded.toFixed(4)} usually like it`
        t.diagnostic(found)
        assert.ok(asSaid > (side === 'caller' ? one.saidMin : 0.98), found)
        // A tone is like itself at many lags, so of it this asks less.
        assert.ok(asDecoded > (side === 'caller' ? one.decodedMin : 0.98), found)
      }
    })
  }
})

/**
 * How alike half a second usually is. For where the machine is busy rtpengine takes a packet for
 * lost that only came late, and what follows is elsewhere.
 */
function usualLikeness(a: Float32Array, b: Float32Array, rateHz: number): number {
  const step = rateHz / 2
  const all: number[] = []
  for (let at = 0; at + step <= a.length; at += step) {
    const piece = a.subarray(at, at + step)
    if (piece.every((sample) => Math.abs(sample) < 0.05)) continue
    all.push(likeness(piece, b.subarray(at), Math.round(rateHz * LAG_SECONDS)).correlation)
  }
  return all.toSorted((one, other) => one - other)[all.length >> 1] ?? 0
}

/** What Earshot makes of both sides, and how much it is shorter than what was captured. */
async function renderedSides(t: TestContext, folder: string, capture: Buffer) {
  const { finder } = await importedStore(t, capture)
  const call = (await finder.findCalls({}, { limit: 1 })).rows[0]
  assert.ok(call)
  const callSound = await callSoundOf(finder, call.legs)
  const render = async (side: 'caller' | 'callee') => {
    const path = join(folder, `${side}.wav`)
    const facts = await writeSoundFile(callSound, { format: 'wav', layout: side }, path)
    const samples = floatsOf(readFileSync(path).subarray(WAV_HEADER_BYTES))
    const { sampleRateHz } = facts
    return {
      samples,
      sampleRateHz,
      secondsMissing: secondsOf(capture, sampleRateHz) - facts.samples / sampleRateHz,
    }
  }
  return { caller: await render('caller'), callee: await render('callee') }
}

/** From where the first side begins to where the last one ends, by their packets' timestamps. */
function secondsOf(capture: Buffer, clockRateHz: number): number {
  const sides = rtpOfCapture(capture).map(({ packets }) => {
    const [first, last] = [packets[0], packets.at(-1)]
    assert.ok(first !== undefined && last !== undefined)
    // rtpengine leaves the time of one packet out behind its first: it is heard as a pause.
    const [from = 0, to = 0] = [first, last].map(({ bytes }) => packetParts(bytes)?.timestamp)
    const startSeconds = first.tUs / 1e6
    return [
      startSeconds,
      startSeconds + ((to - from) >>> 0) / clockRateHz + PACKET_SECONDS,
    ] as const
  })
  return Math.max(...sides.map(([, end]) => end)) - Math.min(...sides.map(([start]) => start))
}
