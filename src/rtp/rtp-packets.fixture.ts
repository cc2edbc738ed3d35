// For tests of rtp: plans of packets in, datagrams as decode would hand them on out; and a meter
// that is fed with them. Times are ms from an arbitrary start.
import type { Datagram } from '../decode/datagram.ts'
import { limits, type Limits } from '../base/limits.ts'
import { Kernel } from '../kernel/kernel.ts'
import { PayloadProfiles, type ProfileCodec } from './payload-profile.ts'
import * as open from './stream-fields.ts'
import { meterBytes, StreamMeter } from './stream-meter.ts'

export const START_US = Date.UTC(2026, 10, 21, 8) * 1000
export const REF_SCALE = 2 ** 20

export interface PacketPlan {
  readonly ms: number
  readonly seq: number
  /** In timestamp units; 160 a packet where it is left out. */
  readonly timestamp?: number
  readonly payloadType?: number
  readonly isMarked?: boolean
  readonly ssrc?: number
  readonly srcPort?: number
  readonly dstPort?: number
  readonly dscp?: number
  readonly payload?: Uint8Array
  readonly ref?: number
}

/**
 * A datagram with an RTP packet: 10.0.0.1 port 4000 to 10.0.0.2 port 5000 unless told otherwise.
 */
export function datagramOf(plan: PacketPlan): Datagram {
  const payload = plan.payload ?? new Uint8Array(160)
  const bytes = Buffer.alloc(12 + payload.length)
  bytes[0] = 0x80
  bytes[1] = (plan.payloadType ?? 0) | (plan.isMarked === true ? 0x80 : 0)
  bytes.writeUInt16BE(plan.seq & 0xffff, 2)
  bytes.writeUInt32BE((plan.timestamp ?? plan.seq * 160) >>> 0, 4)
  bytes.writeUInt32BE(plan.ssrc ?? 0x1234, 8)
  bytes.set(payload, 12)
  return datagramWith(bytes, plan)
}

/** A datagram with these bytes between the usual ends. */
export function datagramWith(
  bytes: Buffer,
  plan: Pick<PacketPlan, 'ms' | 'srcPort' | 'dstPort' | 'dscp' | 'ref'>,
): Datagram {
  return {
    src: 0x0a000001,
    srcPort: plan.srcPort ?? 4000,
    dst: 0x0a000002,
    dstPort: plan.dstPort ?? 5000,
    tUs: START_US + Math.round(plan.ms * 1000),
    transport: 17,
    dscp: plan.dscp ?? 0,
    bytes,
    start: 0,
    end: bytes.length,
    isCut: false,
    pieces: [{ ref: plan.ref ?? REF_SCALE, offset: 42, length: bytes.length }],
    hep: undefined,
    problem: undefined,
  }
}

/** Packets in their order, 20 ms apart, without any fault. */
export function steadyPackets(count: number, from: Partial<PacketPlan> = {}): PacketPlan[] {
  const { ms = 0, seq = 1000 } = from
  return Array.from({ length: count }, (_, i) => ({ ...from, ms: ms + i * 20, seq: seq + i }))
}

export interface MeterWish {
  readonly codecs?: readonly ProfileCodec[]
  readonly isBelieved?: boolean
  readonly limits?: Partial<Limits>
}

/** A meter fed with packets, and a way to read the fields of its streams. */
export function measure(plans: readonly PacketPlan[], wish: MeterWish = {}) {
  const bounds = { ...limits, payloadProfilesMax: 16, ...wish.limits }
  const kernel = new Kernel(meterBytes(bounds))
  const profiles = new PayloadProfiles(kernel, 16)
  const profile = profiles.numberOf(wish.codecs ?? [])
  const ended: number[] = []
  const meter = new StreamMeter({
    kernel,
    profiles,
    refScale: REF_SCALE,
    begin: () => ({ profile, isBelieved: wish.isBelieved ?? true }),
    end: (stream) => ended.push(stream),
    limits: bounds,
  })
  for (const plan of plans) meter.push(datagramOf(plan))
  const { streams } = meter
  return {
    meter,
    ended,
    word: (field: number, stream = 0) => streams.words[streams.wordsOf(stream) + field] ?? 0,
    double: (field: number, stream = 0) => streams.doubles[streams.doublesOf(stream) + field] ?? 0,
    lost: (stream = 0) => meter.lostOf(stream),
    counts: (stream = 0) => {
      const field = (n: number) => streams.words[streams.wordsOf(stream) + n] ?? 0
      return {
        packets: field(open.PACKETS),
        duplicates: field(open.DUPLICATES),
        reordered: field(open.REORDERED),
        restarts: field(open.RESTARTS),
        strays: field(open.STRAYS),
      }
    },
  }
}
