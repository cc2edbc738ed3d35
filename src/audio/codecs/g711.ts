// G.711: bytes in, samples out, by two tables that are made from the law. Refuses nothing: every
// byte is a sample.
//
// ITU-T G.711 tables 1 and 2. A sample is sign, three bits of segment and four bits within it;
// A-law inverts every other bit, µ-law all of them.
import type { SoundDecoder } from './sound-decoder.ts'

export type G711Law = 'A' | 'mu'

const MU_LAW_BIAS = 0x84
/** Full scale of the 16-bit samples that both laws are written in. */
const SCALE = 32_768

/** A decoder of one law; it has no state, so every packet stands for itself. */
export function createG711Decoder(law: G711Law): SoundDecoder {
  const table = law === 'A' ? A_LAW : MU_LAW
  return {
    sampleRateHz: 8_000,
    samplesOf: (payload) => payload.length,
    decode: (payload) => {
      const samples = new Float32Array(payload.length)
      for (let i = 0; i < payload.length; i++) samples[i] = table[payload[i] ?? 0] ?? 0
      return samples
    },
  }
}

const A_LAW = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = byte ^ 0x55
  const segment = (code >> 4) & 7
  const step = ((code & 15) << 4) + (segment === 0 ? 8 : 0x108)
  const magnitude = segment === 0 ? step : step << (segment - 1)
  return ((code & 0x80) === 0 ? -magnitude : magnitude) / SCALE
})

const MU_LAW = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff
  const magnitude = ((((code & 15) << 3) + MU_LAW_BIAS) << ((code >> 4) & 7)) - MU_LAW_BIAS
  return ((code & 0x80) === 0 ? magnitude : -magnitude) / SCALE
})
