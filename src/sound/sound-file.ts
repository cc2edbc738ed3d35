// What the sound of a call is made of in, a WAV or MP3 file out. The file is written beside its
// name and takes it at the end, so that nobody meets half a sound. Refuses to write silence where
// something was said that could not be opened.
import { open, rename, rm } from 'node:fs/promises'
import { mp3RateOf, streamMp3 } from '../audio/mp3.ts'
import { renderSound, soundRateOf } from '../audio/render-sound.ts'
import type { ForeignDecoder, Sound, SoundAccount, SoundLayout } from '../audio/sound.ts'
import { pcm16, wavHeader } from '../audio/wav.ts'
import { Failure } from '../base/failure.ts'
import type { CallSound } from '../query/call-sound.ts'
import { ffmpegDecoder } from './ffmpeg-decoder.ts'

export const SOUND_FORMATS = ['wav', 'mp3'] as const
export type SoundFormat = (typeof SOUND_FORMATS)[number]

export const SOUND_LAYOUTS: readonly SoundLayout[] = ['stereo', 'mixed', 'caller', 'callee']

export interface SoundFileFacts {
  readonly sampleRateHz: number
  readonly channels: number
  /** Samples of one channel. */
  readonly samples: number
  /** Time of the first sample, µs since 1970. */
  readonly startUs: number
  readonly account: SoundAccount
}

/**
 * Writes the sound of a call.
 * @throws Failure `conflict` where no key opens it, `unavailable` where a program for its codec is
 * missing; an error of the system where the file cannot be written
 */
export async function writeSoundFile(
  callSound: Pick<CallSound, 'streams' | 'packets'>,
  wish: { readonly format: SoundFormat; readonly layout: SoundLayout },
  path: string,
  foreign: ForeignDecoder = ffmpegDecoder(),
): Promise<SoundFileFacts> {
  const { streams } = callSound
  const rateHz = soundRateOf(streams)
  const sampleRateHz = wish.format === 'mp3' ? mp3RateOf(rateHz) : rateHz
  const options = { layout: wish.layout, sampleRateHz }
  const sound = await renderSound(callSound.packets(), streams, options, { foreign })
  const partial = `${path}.part`
  try {
    await writeTo(partial, sound, wish.format)
    requireHeard(sound.account)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  const { channels, startUs, account } = sound
  return { sampleRateHz, channels, samples: account.samples, startUs, account }
}

async function writeTo(path: string, sound: Sound, format: SoundFormat): Promise<void> {
  const file = await open(path, 'w')
  try {
    if (format === 'mp3') {
      for await (const bytes of streamMp3(sound)) await file.write(bytes)
      return
    }
    await file.write(wavHeader(sound))
    for await (const piece of sound.pieces) await file.write(pcm16(piece))
    const header = wavHeader(sound, sound.account.samples)
    await file.write(header, 0, header.length, 0)
  } finally {
    await file.close()
  }
}

/** @throws Failure where packets came and none could be heard: says why */
export function requireHeard({ streams }: SoundAccount): void {
  if (streams.some(({ heard }) => heard > 0)) return
  if (streams.some(({ unauthentic }) => unauthentic > 0)) {
    throw new Failure('conflict', 'the sound of this call is encrypted and no known key opens it')
  }
  const names = new Set(streams.flatMap(({ undecodable }) => [...undecodable.keys()]))
  if (names.size > 0) {
    throw new Failure('unavailable', `no decoder for ${[...names].slice(0, 5).join(', ')}`)
  }
  throw new Failure('not-found', 'no sound of this call was captured')
}
