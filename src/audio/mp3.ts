// Pieces of sound in, the bytes of an MP3 file out, by LAME in WebAssembly. Refuses rates that MPEG
// audio does not have: `mp3RateOf` says which one to render at.
import { createMp3Encoder } from 'wasm-media-encoders'
import type { Sound } from './sound.ts'

/** Rates of MPEG 1, 2 and 2.5, layer III. */
const RATES_HZ = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const
type Mp3Rate = (typeof RATES_HZ)[number]

/** LAME's quality of variable bit rate, 0 to 9.999: transparent for speech. */
const QUALITY = 3

/** The lowest MP3 rate that keeps what a sound of this rate has. */
export function mp3RateOf(sampleRateHz: number): number {
  return nearest(sampleRateHz)
}

export async function* streamMp3(sound: Sound): AsyncGenerator<Buffer> {
  const encoder = await createMp3Encoder()
  encoder.configure({
    channels: sound.channels === 2 ? 2 : 1,
    sampleRate: sound.sampleRateHz,
    outputSampleRate: nearest(sound.sampleRateHz),
    vbrQuality: QUALITY,
  })
  for await (const { channels } of sound.pieces) {
    // The encoder's memory is used again for the next piece.
    const bytes = Buffer.from(encoder.encode(channels))
    if (bytes.length > 0) yield bytes
  }
  yield Buffer.from(encoder.finalize())
}

function nearest(sampleRateHz: number): Mp3Rate {
  return RATES_HZ.find((rate) => rate >= sampleRateHz) ?? 48_000
}
