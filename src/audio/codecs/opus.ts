// Opus: packets in, samples at 48 kHz out, by libopus in WebAssembly. Two channels become one, as
// libopus does it. A packet that breaks the format's rules never reaches the library.
//
// RFC 6716; RFC 7587: the RTP clock is always 48000, whatever the encoder was given. Redundancy
// inside packets (RFC 6716 §2.1.7, FEC) is not used: the library has no door for it.
import { OpusDecoder } from 'opus-decoder'
import { parseOpusPacket } from './opus-packet.ts'
import type { SoundDecoder } from './sound-decoder.ts'

const RATE_HZ = 48_000
/** TOC bits that say how frames are packed; 0 is one frame (RFC 6716 §3.1). */
const PACKING_BITS = 3

/** Resolves when the WebAssembly part is ready. */
export async function createOpusDecoder(): Promise<SoundDecoder> {
  const decoder = new OpusDecoder({ channels: 1, sampleRate: RATE_HZ })
  await decoder.ready
  let lastToc: number | undefined
  const play = (packet: Uint8Array): Float32Array => {
    const { channelData, samplesDecoded } = decoder.decodeFrame(packet)
    return (channelData[0] ?? new Float32Array(0)).slice(0, samplesDecoded)
  }
  return {
    sampleRateHz: RATE_HZ,
    samplesOf: (payload) => {
      const packet = parseOpusPacket(payload)
      return packet === undefined ? 0 : packet.frames * packet.frameSamples
    },
    decode: (payload) => {
      if (parseOpusPacket(payload) === undefined) return new Float32Array(0)
      lastToc = payload[0]
      return play(payload)
    },
    conceal: (samples) => {
      const concealed = new Float32Array(samples)
      if (lastToc === undefined) return concealed
      // A frame without bytes is one that was lost (RFC 6716 §3.2.1): libopus goes on by itself.
      const nothing = Uint8Array.of(lastToc & ~PACKING_BITS)
      for (let at = 0; at < samples; ) {
        const frame = play(nothing)
        if (frame.length === 0) break
        concealed.set(frame.subarray(0, samples - at), at)
        at += frame.length
      }
      return concealed
    },
    close: () => decoder.free(),
  }
}
