// What two real phones said to each other must come back out of the capture of their call: the same
// sound, at the same length, each side in its channel.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { floatsOf, pcmOf } from '../audio/ffmpeg.fixture.ts'
import { likeness, tone } from '../audio/captured-rtp.fixture.ts'
import { WAV_HEADER_BYTES, wavHeader } from '../audio/wav.ts'
import type { Stream } from '../calls/stream.ts'
import { callSoundOf } from '../query/call-sound.ts'
import { importedStore } from '../query/store.fixture.ts'
import { capturedCall, withoutPhones } from './baresip.fixture.ts'
import { writeSoundFile } from './sound-file.ts'
import { speech, type SpeechBand } from './speech.fixture.ts'

const SECONDS = 3
const PACKET_SECONDS = 0.02
interface Case {
  readonly codec: string
  readonly rateHz: number
  readonly correlationMin: number
  readonly band?: SpeechBand
  readonly mediaEncryption?: string
}
const cases: readonly Case[] = [
  { codec: 'PCMU/8000/1', rateHz: 8_000, correlationMin: 0.98 },
  { codec: 'PCMA/8000/1', rateHz: 8_000, correlationMin: 0.98 },
  { codec: 'G722/16000/1', rateHz: 16_000, correlationMin: 0.98 },
  { codec: 'L16/16000/1', rateHz: 16_000, correlationMin: 0.98 },
  { codec: 'opus/48000/2', rateHz: 48_000, correlationMin: 0.9 },
  { codec: 'GSM/8000/1', rateHz: 8_000, correlationMin: 0.9, band: 'telephone' },
  { codec: 'AMR/8000/1', rateHz: 8_000, correlationMin: 0.9, band: 'telephone' },
  { codec: 'AMR-WB/16000/1', rateHz: 16_000, correlationMin: 0.9 },
  { codec: 'PCMU/8000/1', rateHz: 8_000, correlationMin: 0.98, mediaEncryption: 'srtp-mand' },
]

suite('calls between two baresip phones', { skip: withoutPhones }, () => {
  for (const { rateHz, correlationMin, band, ...phones } of cases) {
    const secret = phones.mediaEncryption !== undefined ? ' under SRTP with keys of SDES' : ''
    test(`${phones.codec}${secret}: both sides come back as they were said`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'earshot-phones-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const said = { caller: speech(rateHz, SECONDS, band), callee: tone(440, rateHz, SECONDS) }
      const channels = phones.codec.startsWith('opus') ? 2 : 1
      for (const side of ['caller', 'callee'] as const) {
        const samples = channels === 1 ? said[side] : twice(said[side])
        const header = wavHeader({ sampleRateHz: rateHz, channels }, said[side].length)
        writeFileSync(join(folder, `${side}.wav`), Buffer.concat([header, pcmOf(samples)]))
      }
      const capture = await capturedCall(folder, {
        callerFile: join(folder, 'caller.wav'),
        calleeFile: join(folder, 'callee.wav'),
        ...phones,
      })
      const { finder } = await importedStore(t, capture)
      const call = (await finder.findCalls({}, { limit: 1 })).rows[0]
      assert.ok(call)
      const callSound = await callSoundOf(finder, call.legs)
      const { sources } = callSound
      for (const side of ['caller', 'callee'] as const) {
        const path = join(folder, `${side}-heard.wav`)
        const facts = await writeSoundFile(callSound, { format: 'wav', layout: side }, path)
        const heard = floatsOf(readFileSync(path).subarray(WAV_HEADER_BYTES))
        // A file is as long as the call, whichever side it holds: to the end of the side that spoke
        // last. Two phones do not start in the same moment, and each is heard where it started.
        const seconds = Math.max(...sources.map((one) => delayOf(one, sources) + spokenBy(one)))
        const heardSeconds = facts.samples / rateHz
        const found = `${heardSeconds} s of ${seconds} s; ${JSON.stringify(facts.account)}`
        assert.ok(Math.abs(heardSeconds - seconds) <= PACKET_SECONDS, found)
        const source = sources.find(({ direction }) => direction === `from-${side}`)
        assert.ok(source)
        const spoken = heard.subarray(Math.round(delayOf(source, sources) * rateHz))
        // A codec may delay: Opus by 6.5 ms, G.722 by its filters.
        const { correlation } = likeness(said[side], spoken, Math.round(rateHz * PACKET_SECONDS))
        t.diagnostic(`${side}: correlation ${correlation.toFixed(4)}`)
        assert.ok(correlation > correlationMin, `${side}: correlation ${correlation}`)
      }
    })
  }
})

/** How much later than the first side this one starts, in s. */
function delayOf({ startUs }: Stream, sources: readonly Stream[]): number {
  return (startUs - Math.min(...sources.map((one) => one.startUs))) / 1e6
}

/** In s. */
function spokenBy({ packets, lost }: Stream): number {
  return (packets + lost) * PACKET_SECONDS
}

function twice(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: samples.length * 2 }, (_, i) => samples[i >> 1] ?? 0)
}
