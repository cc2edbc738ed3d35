// A real capture of G.729, beside one of the same announcement in G.722 that the same switch played
// a week before. What was said nobody knows any more, so the two recordings are held against each
// other: they must rise and fall together, and be equally long.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { likeness } from '../audio/captured-rtp.fixture.ts'
import { floatsOf, withoutFfmpeg } from '../audio/ffmpeg.fixture.ts'
import { WAV_HEADER_BYTES } from '../audio/wav.ts'
import { callSoundOf } from '../query/call-sound.ts'
import { importedStore } from '../query/store.fixture.ts'
import { writeSoundFile } from './sound-file.ts'

const captures = join(import.meta.dirname, '..', '..', 'test', 'captures')
const SECONDS = 8.5

/** The callee's loudness in steps of 25 ms, and how long the sound is. */
async function loudness(t: TestContext, name: string) {
  const { finder } = await importedStore(t, readFileSync(join(captures, name)))
  const call = (await finder.findCalls({}, { limit: 1 })).rows[0]
  assert.ok(call)
  const folder = mkdtempSync(join(tmpdir(), 'earshot-g729-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'heard.wav')
  const wish = { format: 'wav', layout: 'callee' } as const
  const facts = await writeSoundFile(await callSoundOf(finder, call.legs), wish, path)
  const samples = floatsOf(readFileSync(path).subarray(WAV_HEADER_BYTES))
  const step = facts.sampleRateHz / 40
  const levels = Float32Array.from({ length: Math.floor(samples.length / step) }, (_, i) => {
    const part = samples.subarray(i * step, (i + 1) * step)
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / step)
  })
  return { levels, seconds: facts.samples / facts.sampleRateHz }
}

test('an announcement in G.729 rises and falls as the same one in G.722', {
  skip: withoutFfmpeg,
}, async (t) => {
  const narrow = await loudness(t, 'sipnab__sip-rtp-g729a.pcap')
  const wide = await loudness(t, 'sipnab__sip-rtp-g722.pcap')
  assert.ok(Math.abs(narrow.seconds - SECONDS) <= 0.02, `${narrow.seconds} s`)
  assert.ok(Math.abs(wide.seconds - SECONDS) <= 0.02, `${wide.seconds} s`)
  const { correlation } = likeness(wide.levels, narrow.levels, 2)
  t.diagnostic(`correlation of loudness ${correlation.toFixed(4)}`)
  assert.ok(correlation > 0.97, `correlation ${correlation}`)
})
