// RTP for tests: that of a capture file by its streams, and streams of given payloads as a sender
// with a steady clock would send them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { AddressTable } from '../base/address-table.ts'
import { Decoder } from '../decode/decoder.ts'
import { packetParts } from '../rtp/packet-parts.ts'
import { CaptureReader } from '../source/capture-reader.ts'
import type { CapturedRtp, Sound, SoundCodec, SoundSide, SoundStream } from './sound.ts'

/** All RTP of a capture (a path, or bytes) over UDP, by stream in the order of first packets. */
export function rtpOfCapture(capture: string | Buffer): { ssrc: number; packets: CapturedRtp[] }[] {
  const streams = new Map<string, { ssrc: number; packets: CapturedRtp[] }>()
  const decoder = new Decoder(new AddressTable(), {
    datagram: ({ src, srcPort, dst, dstPort, bytes, start, end, tUs }) => {
      const copy = Uint8Array.from(bytes.subarray(start, end))
      const parts = packetParts(copy)
      if (parts === undefined) return
      const key = `${src} ${srcPort} ${dst} ${dstPort} ${parts.ssrc}`
      const stream = streams.get(key) ?? { ssrc: parts.ssrc, packets: [] }
      streams.set(key, stream)
      const streamId = [...streams.keys()].indexOf(key)
      stream.packets.push({ streamId, tUs, bytes: copy })
    },
    streamChunk: () => undefined,
  })
  const reader = new CaptureReader()
  const bytes = typeof capture === 'string' ? readFileSync(capture) : capture
  reader.push(bytes, (frame) => decoder.push(frame))
  reader.finish()
  return [...streams.values()]
}

export interface SentStream {
  readonly streamId?: number
  readonly payloads: readonly Uint8Array[]
  readonly payloadType: number
  /** Timestamp units and µs from one packet to the next. */
  readonly step: number
  readonly stepUs: number
  readonly startUs?: number
  readonly firstSequence?: number
  readonly firstTimestamp?: number
  readonly ssrc?: number
}

/** Packets that leave on time and arrive at once. */
export function sentPackets(sent: SentStream): CapturedRtp[] {
  const { streamId = 0, payloads, payloadType, step, stepUs, ssrc = 0x1234 } = sent
  const { startUs = 1_700_000_000_000_000, firstSequence = 65_530 } = sent
  const { firstTimestamp = 0xffff_ff00 } = sent
  return payloads.map((payload, i) => ({
    streamId,
    tUs: startUs + i * stepUs,
    bytes: rtpPacket({
      payloadType,
      sequenceNumber: (firstSequence + i) & 0xffff,
      timestamp: (firstTimestamp + i * step) >>> 0,
      ssrc,
      payload,
    }),
  }))
}

export function rtpPacket(parts: {
  payloadType: number
  sequenceNumber: number
  timestamp: number
  ssrc: number
  payload: Uint8Array
}): Uint8Array {
  const header = Buffer.alloc(12)
  header[0] = 0x80
  header[1] = parts.payloadType
  header.writeUInt16BE(parts.sequenceNumber, 2)
  header.writeUInt32BE(parts.timestamp, 4)
  header.writeUInt32BE(parts.ssrc, 8)
  return Buffer.concat([header, parts.payload])
}

/** A stream in the clear of one codec. */
export function soundStream(
  payloadType: number,
  codec: SoundCodec,
  side: SoundSide = 'caller',
  id = 0,
): SoundStream {
  const codecs = new Map([[payloadType, codec]])
  return { id, ssrc: 0x1234, side, codecs, isEncrypted: false, keys: [] }
}

/** All samples of a sound, one array for each channel. */
export async function samplesOf(sound: Sound): Promise<Float32Array[]> {
  const parts: Float32Array[][] = Array.from({ length: sound.channels }, () => [])
  for await (const { channels } of sound.pieces) {
    for (const [i, samples] of channels.entries()) parts[i]?.push(samples)
  }
  return parts.map(joined)
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Normalized correlation, at the lag (up to `lagMax` samples either way) at which it is largest.
 */
export function likeness(
  a: Float32Array,
  b: Float32Array,
  lagMax = 0,
): { correlation: number; lag: number } {
  let best = { correlation: -1, lag: 0 }
  for (let lag = -lagMax; lag <= lagMax; lag++) {
    let product = 0
    let energyA = 0
    let energyB = 0
    for (let i = Math.max(0, -lag); i < Math.min(a.length, b.length - lag); i++) {
      const x = a[i] ?? 0
      const y = b[i + lag] ?? 0
      product += x * y
      energyA += x * x
      energyB += y * y
    }
    const correlation = product / Math.sqrt(energyA * energyB || 1)
    if (correlation > best.correlation) best = { correlation, lag }
  }
  return best
}

/** A sine wave of `seconds`, amplitude 0.5. */
export function tone(frequencyHz: number, sampleRateHz: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: Math.round(sampleRateHz * seconds) },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz),
  )
}

/** The same samples, told by the first that differs. */
export function assertSame(samples: Float32Array, want: Float32Array): void {
  assert.equal(samples.length, want.length)
  const at = samples.findIndex((sample, i) => sample !== want[i])
  assert.equal(at, -1, `sample ${at} is ${samples[at]}, not ${want[at]}`)
}
