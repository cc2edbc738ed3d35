// An open stream in, its record out: what the packet path counted in one array, as named figures.
import { ByteReader } from '../base/byte-reader.ts'
import type { AddressTable } from '../base/address-table.ts'
import { CARRIES_UNKNOWN, type PayloadProfile } from '../rtp/payload-profile.ts'
import * as open from '../rtp/stream-fields.ts'
import { problemsOf } from '../rtp/stream-problems.ts'
import type { StreamMeter } from '../rtp/stream-meter.ts'
import type { StreamPayload, StreamRecord } from './stream-record.ts'

/** What is known of a stream beside what was counted. */
export type StreamContext = Pick<
  StreamRecord,
  'callId' | 'sender' | 'mediaType' | 'protection' | 'reports' | 'talk'
>

/** The record of a stream as far as it has come. */
export function snapshotOf(
  meter: StreamMeter,
  stream: number,
  addresses: AddressTable,
  profile: PayloadProfile,
  context: StreamContext,
): StreamRecord {
  const { words, doubles } = meter.streams
  const w = meter.streams.wordsOf(stream)
  const d = meter.streams.doublesOf(stream)
  const word = (field: number): number => words[w + field] as number
  const double = (field: number): number => doubles[d + field] as number
  const hasJitter = (word(open.FLAGS) & open.FLAG_HAS_JITTER) !== 0
  const packets = word(open.PACKETS)
  const ends = meter.streams.endsOf(stream)
  return {
    ...context,
    src: addresses.text(ends.src),
    srcPort: ends.srcPort,
    dst: addresses.text(ends.dst),
    dstPort: ends.dstPort,
    ssrc: word(open.SSRC) >>> 0,
    startUs: double(open.FIRST_US),
    endUs: double(open.LAST_US),
    firstRef: double(open.FIRST_REF),
    lastRef: double(open.LAST_REF),
    packets,
    payloadBytes: double(open.PAYLOAD_BYTES),
    expected: meter.expectedOf(stream),
    duplicates: word(open.DUPLICATES),
    reordered: word(open.REORDERED),
    strays: word(open.STRAYS),
    restarts: word(open.RESTARTS),
    timestampJumps: word(open.TIMESTAMP_JUMPS),
    step: word(open.STEP),
    late40: word(open.LATE_40),
    late60: word(open.LATE_60),
    late200: word(open.LATE_200),
    lateAdaptive: word(open.LATE_ADAPTIVE),
    judged: word(open.JUDGED),
    notPlayed: word(open.NOT_PLAYED),
    bursts: word(open.BURSTS),
    burstLost: word(open.BURST_LOST),
    burstPackets: word(open.BURST_LENGTH),
    gapLost: word(open.GAP_LOST),
    runs: word(open.RUNS),
    runMax: word(open.RUN_MAX),
    payloadsBeyond: word(open.PAYLOADS_BEYOND),
    jitterMsMean: hasJitter ? double(open.JITTER_MEAN) : null,
    jitterMsMax: hasJitter ? double(open.JITTER_MAX) : null,
    jitterMsMin: hasJitter ? double(open.JITTER_MIN) : null,
    deltaMsMean: packets > 1 ? double(open.DELTA_MEAN) : null,
    deltaMsMax: packets > 1 ? double(open.DELTA_MAX) : null,
    adaptiveMsMean: packets > 0 ? double(open.ADAPTIVE_SUM) / packets : null,
    payloads: payloadsOf(words, w, profile),
    dscps: pairs(words, w + open.DSCPS, word(open.DSCP_COUNT)).map(([dscp, count]) => ({
      dscp,
      packets: count,
    })),
    arrivals: [...words.subarray(w + open.ARRIVALS, w + open.ARRIVALS + open.ARRIVAL_BOXES)],
    blocks: blocksOf(meter.blocks.of(stream), word(open.BLOCK_RUN)),
    stretches: meter.stretches.of(stream).slice(),
    problems: problemsOf(words, w),
  }
}

function payloadsOf(words: Int32Array, w: number, profile: PayloadProfile): StreamPayload[] {
  return pairs(words, w + open.PAYLOADS, words[w + open.PAYLOAD_COUNT] as number).map(
    ([payloadType, packets]) => payloadOf(profile, payloadType, packets),
  )
}

/** What a payload type of a stream stands for, of which so many packets came. */
export function payloadOf(
  profile: PayloadProfile,
  payloadType: number,
  packets: number,
): StreamPayload {
  const codec = profile.codecs.get(payloadType)
  return {
    payloadType,
    codec: codec === undefined || codec.name === '' ? null : codec.name,
    clockRateHz: codec?.clockRateHz ?? 0,
    channels: codec?.channels ?? 1,
    fmtp: codec?.fmtp ?? null,
    carries: profile.carries[payloadType] ?? CARRIES_UNKNOWN,
    packets,
  }
}

function pairs(words: Int32Array, at: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => [
    words[at + i * 2] as number,
    words[at + i * 2 + 1] as number,
  ])
}

/** Block numbers, each once: a stream may go back and forth between the blocks of two days. */
function blocksOf(runs: Uint8Array, lastRun: number): number[] {
  const reader = new ByteReader(runs)
  const blocks = new Set<number>()
  let block = 0
  while (!reader.isAtEnd) {
    block += reader.signed()
    const run = reader.isAtEnd ? lastRun : reader.varint()
    for (let n = 0; n < run; n++) blocks.add(block + n)
    block += run - 1
  }
  return [...blocks]
}
