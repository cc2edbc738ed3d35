// A codec in, our own decoder for it out; undefined for one that we have none for. Which codecs are
// left to a foreign decoder stands here too.
import { codecKey } from './heard-packet.ts'
import { createG711Decoder } from './codecs/g711.ts'
import { createG722Decoder } from './codecs/g722.ts'
import { createGsmDecoder } from './codecs/gsm.ts'
import { createL16Decoder } from './codecs/l16.ts'
import { createOpusDecoder } from './codecs/opus.ts'
import type { SoundDecoder } from './codecs/sound-decoder.ts'
import type { SoundCodec } from './sound.ts'

/** Rates that L16 is believed to have; SDP may claim any number. */
const L16_RATE_MIN = 4_000
const L16_RATE_MAX = 192_000

/** Opens a decoder; one for each stream and payload type, for most of them remember. */
export async function openDecoder(codec: SoundCodec): Promise<SoundDecoder | undefined> {
  switch (codecKey(codec)) {
    case 'pcma':
      return createG711Decoder('A')
    case 'pcmu':
      return createG711Decoder('mu')
    case 'g722':
      return createG722Decoder()
    case 'gsm':
      return createGsmDecoder()
    case 'l16':
      return isL16Rate(codec.clockRateHz)
        ? createL16Decoder(codec.clockRateHz, codec.channels)
        : undefined
    case 'opus':
      return createOpusDecoder()
    default:
      return undefined
  }
}

function isL16Rate(rateHz: number): boolean {
  return rateHz >= L16_RATE_MIN && rateHz <= L16_RATE_MAX
}

/** Rate of the samples that a codec gives; undefined for one that is no sound that we know. */
export function rateOf(codec: SoundCodec): number | undefined {
  const key = codecKey(codec)
  if (key === 'opus') return 48_000
  if (key === 'g722') return 16_000
  if (key === 'l16') return isL16Rate(codec.clockRateHz) ? codec.clockRateHz : undefined
  if (key === 'pcma' || key === 'pcmu' || key === 'gsm') return 8_000
  return foreignRateOf(codec)
}

/** Rate of a codec that a foreign decoder takes; undefined for all others. */
export function foreignRateOf(codec: SoundCodec): number | undefined {
  switch (codecKey(codec)) {
    case 'g729':
    case 'amr':
    case 'ilbc':
    case 'g723':
    case 'g726-16':
    case 'g726-24':
    case 'g726-32':
    case 'g726-40':
    case 'aal2-g726-16':
    case 'aal2-g726-24':
    case 'aal2-g726-32':
    case 'aal2-g726-40':
      return 8_000
    case 'amr-wb':
      return 16_000
    case 'speex':
      return [8_000, 16_000, 32_000].find((rateHz) => rateHz === codec.clockRateHz)
    default:
      return undefined
  }
}
