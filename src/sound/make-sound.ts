// A wish about a call's sound in, a file with it out. Runs in the thread that makes sound, or in a
// command that has nothing else to do.
import { rename, writeFile } from 'node:fs/promises'
import { PeakGatherer, packPeaks } from '../audio/peaks.ts'
import { renderSound, soundRateOf } from '../audio/render-sound.ts'
import type { SoundLayout } from '../audio/sound.ts'
import { SpectrogramGatherer } from '../audio/spectrogram.ts'
import type { Leg } from '../calls/leg.ts'
import { type CallSound, callSoundOf } from '../query/call-sound.ts'
import type { Finder } from '../query/finder.ts'
import type { SecretSource } from '../source/key-log.ts'
import { findCallFindings } from './call-findings.ts'
import { ffmpegDecoder } from './ffmpeg-decoder.ts'
import { requireHeard, writeSoundFile } from './sound-file.ts'
import type { SoundWish } from './sound-order.ts'

/** Outlines and pictures need no more: what is above is not seen in them. */
const SEEN_RATE_HZ_MAX = 16_000

/**
 * Makes what is wished.
 * @returns whether all packets of the call could be read
 * @throws Failure as `callSoundOf` and `writeSoundFile` do
 */
export async function makeSound(
  finder: Finder,
  legs: readonly Leg[],
  wish: SoundWish,
  path: string,
  secrets?: SecretSource,
): Promise<boolean> {
  if (wish.kind === 'findings') {
    const found = await findCallFindings(finder, legs, { secrets })
    await put(path, Buffer.from(JSON.stringify(found)))
    return found.unread.length === 0
  }
  let isWhole = true
  const onUnread = () => void (isWhole = false)
  const callSound = await callSoundOf(finder, legs, { secrets, onUnread })
  switch (wish.kind) {
    case 'sound':
      await writeSoundFile(callSound, wish, path)
      break
    case 'peaks':
      await put(path, await makePeaks(callSound))
      break
    case 'spectrogram':
      await put(path, await makeSpectrogram(callSound, wish.layout))
      break
  }
  return isWhole
}

async function makePeaks(callSound: CallSound): Promise<Buffer> {
  const sound = await rendered(callSound, 'stereo')
  const gatherer = new PeakGatherer(sound.sampleRateHz, sound.channels)
  for await (const piece of sound.pieces) gatherer.push(piece)
  requireHeard(sound.account)
  return packPeaks(gatherer.finish())
}

async function makeSpectrogram(callSound: CallSound, layout: SoundLayout): Promise<Buffer> {
  const sound = await rendered(callSound, layout)
  const startUs = Math.min(...callSound.sources.map((source) => source.startUs))
  const endUs = Math.max(...callSound.sources.map((source) => source.endUs))
  const gatherer = new SpectrogramGatherer(((endUs - startUs) * sound.sampleRateHz) / 1e6)
  for await (const piece of sound.pieces) gatherer.push(piece)
  requireHeard(sound.account)
  return gatherer.finish()
}

function rendered(callSound: CallSound, layout: SoundLayout) {
  const sampleRateHz = Math.min(soundRateOf(callSound.streams), SEEN_RATE_HZ_MAX)
  const parts = { foreign: ffmpegDecoder() }
  return renderSound(callSound.packets(), callSound.streams, { layout, sampleRateHz }, parts)
}

async function put(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}
