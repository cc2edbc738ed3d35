// Codecs whose frames follow each other without a header: RTP payloads in, a plain file of them
// out. What is too short to be a frame is dropped.
import { fmtpValue } from '../fmtp.ts'
import { codecKey } from '../heard-packet.ts'
import type { SoundCodec } from '../sound.ts'
import {
  decodedStretch,
  type ForeignFile,
  type ForeignStretch,
  silentStretch,
} from './foreign-file.ts'

const RATE_HZ = 8_000

const G729_FRAME_BYTES = 10
const G729_FRAME_SAMPLES = 80

/**
 * G.729 and its annexes A and B: frames of ten bytes, perhaps a silence descriptor of two at the
 * end (RFC 3551 §4.5.6), which is silence here.
 */
export function writeG729(payloads: readonly Uint8Array[]): ForeignFile {
  const parts: Uint8Array[] = []
  const stretches = payloads.map((payload): ForeignStretch[] => {
    const frames = Math.floor(payload.length / G729_FRAME_BYTES)
    parts.push(payload.subarray(0, frames * G729_FRAME_BYTES))
    const stretch = frames === 0 ? [] : [decodedStretch(frames * G729_FRAME_SAMPLES)]
    const hasDescriptor = payload.length % G729_FRAME_BYTES === 2
    return hasDescriptor ? [...stretch, silentStretch(G729_FRAME_SAMPLES)] : stretch
  })
  return file('g729', [], parts, stretches)
}

const G723_FRAME_SAMPLES = 240
/** By the two lowest bits of a frame's first byte (RFC 3551 §4.5.3). */
const G723_FRAME_BYTES = [24, 20, 4, 1]

/** G.723.1 at both rates; descriptors of silence go to the decoder as they are. */
export function writeG723(payloads: readonly Uint8Array[]): ForeignFile {
  const parts: Uint8Array[] = []
  const stretches = payloads.map((payload): ForeignStretch[] => {
    let at = 0
    let frames = 0
    for (;;) {
      const first = payload[at]
      const length = first === undefined ? 0 : (G723_FRAME_BYTES[first & 3] ?? 0)
      if (length === 0 || at + length > payload.length) break
      at += length
      frames++
    }
    parts.push(payload.subarray(0, at))
    return frames === 0 ? [] : [decodedStretch(frames * G723_FRAME_SAMPLES)]
  })
  return file('g723_1', [], parts, stretches)
}

/** iLBC: all frames of one length, 20 or 30 ms, as the parameter `mode` or the payloads say. */
export function writeIlbc(codec: SoundCodec, payloads: readonly Uint8Array[]): ForeignFile {
  const declared = fmtpValue(codec.fmtp, 'mode')
  const isShort = payloads.some(({ length }) => length > 0 && length % 38 === 0)
  const isLong = payloads.some(({ length }) => length > 0 && length % 50 === 0)
  const is20 = isShort !== isLong ? isShort : declared === '20'
  const frameBytes = is20 ? 38 : 50
  const frameSamples = is20 ? 160 : 240
  const parts: Uint8Array[] = [Buffer.from(is20 ? '#!iLBC20\n' : '#!iLBC30\n', 'latin1')]
  const stretches = payloads.map((payload): ForeignStretch[] => {
    const frames = Math.floor(payload.length / frameBytes)
    parts.push(payload.subarray(0, frames * frameBytes))
    return frames === 0 ? [] : [decodedStretch(frames * frameSamples)]
  })
  return file('ilbc', [], parts, stretches)
}

/**
 * G.726 at 16 to 40 kbit/s. `G726-32` puts the first sample into the lowest bits (RFC 3551 §4.5.4),
 * `AAL2-G726-32` into the highest.
 */
export function writeG726(codec: SoundCodec, payloads: readonly Uint8Array[]): ForeignFile {
  const name = codecKey(codec)
  const bitsPerSample = Number(name.slice(-2)) / 8
  const stretches = payloads.map((payload): ForeignStretch[] => {
    // A payload ends at a whole byte and a whole sample (RFC 3551 §4.5.4): a multiple of 8 samples.
    return payload.length === 0
      ? []
      : [decodedStretch(Math.floor((payload.length * 8) / bitsPerSample))]
  })
  const options = ['-code_size', String(bitsPerSample), '-ar', String(RATE_HZ)]
  return file(name.startsWith('aal2') ? 'g726' : 'g726le', options, payloads, stretches)
}

function file(
  format: string,
  options: readonly string[],
  parts: readonly Uint8Array[],
  stretches: readonly (readonly ForeignStretch[])[],
): ForeignFile {
  return { format, options, sampleRateHz: RATE_HZ, bytes: Buffer.concat(parts), stretches }
}
