// L16: 16-bit samples in network byte order in, samples out (RFC 3551 §4.5.11). Several channels
// become one, for a stream is one side of a call. Refuses half a sample at the end.
import type { SoundDecoder } from './sound-decoder.ts'

const SCALE = 32_768

/** A decoder of linear samples at any rate that SDP names. */
export function createL16Decoder(sampleRateHz: number, channels: number): SoundDecoder {
  const width = Math.max(1, channels)
  const samplesOf = (payload: Uint8Array) => Math.floor(payload.length / (2 * width))
  return {
    sampleRateHz,
    samplesOf,
    decode: (payload) => {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
      const samples = new Float32Array(samplesOf(payload))
      for (let i = 0; i < samples.length; i++) {
        let sum = 0
        for (let channel = 0; channel < width; channel++) {
          sum += view.getInt16((i * width + channel) * 2)
        }
        samples[i] = sum / (SCALE * width)
      }
      return samples
    },
  }
}
