// Blocks of an RTCP extended report in, what they say out. A block that is too short for its kind
// is told as malformed and passed over; kinds that nobody here reads are told by their number.
//
//    |      type     |    specific   |      length in words          |            RFC 3611 §3
import { u16be, u32be } from '../source/integers.ts'
import { knownLevel, knownMos, knownRFactor, knownRoundTrip } from './media-report.ts'

const LOSS_RLE = 1
const DUPLICATE_RLE = 2
const RECEIVER_TIME = 4
const DLRR = 5
const STATISTICS = 6
const VOIP_METRICS = 7

const BLOCK_HEADER_BYTES = 4
const BLOCKS_MAX = 64
/** Words of VoIP metrics and of the statistics summary, the header apart. */
const VOIP_WORDS = 8
const STATISTICS_WORDS = 9
/** Sequence numbers that one block may span (RFC 3611 §4.1 and §4.6). */
const SPAN_MAX = 65_535
const THINNING_MASK = 15

/** VoIP metrics (RFC 3611 §4.7). */
export interface VoipMetrics {
  readonly kind: 'voip'
  readonly ssrc: number
  /** Ratios, 0 to 1. */
  readonly lossRatio: number
  readonly discardRatio: number
  readonly burstDensity: number
  readonly gapDensity: number
  readonly burstMs: number
  readonly gapMs: number
  /** Null where the sender does not know: of the round trip too, which is 0 until it does. */
  readonly roundTripMs: number | null
  readonly endSystemDelayMs: number
  readonly signalDbm: number | null
  readonly noiseDbm: number | null
  readonly echoReturnLossDb: number | null
  readonly rFactor: number | null
  readonly mosListening: number | null
  readonly mosConversational: number | null
  readonly bufferMsNominal: number
  readonly bufferMsMax: number
}

export type ExtendedBlock =
  | VoipMetrics
  /** Loss or duplicates by runs (§4.1, §4.2): how many sequence numbers the bits say it of. */
  | {
      readonly kind: 'lost' | 'duplicated'
      readonly ssrc: number
      readonly packets: number
      /** Sequence numbers that the block covers. */
      readonly span: number
    }
  /** Receiver reference time (§4.4): what a later DLRR names it by. */
  | { readonly kind: 'receiver-time'; readonly ntpMiddle: number }
  /** Answers to it (§4.5): delay in 1/65536 s. */
  | {
      readonly kind: 'receiver-delay'
      readonly ssrc: number
      readonly lastReceiverTime: number
      readonly delaySinceLast: number
    }
  | {
      readonly kind: 'statistics'
      readonly ssrc: number
      /** Sequence numbers that the block covers: those since the one before, as a rule. */
      readonly span: number
      readonly packetsLost: number | null
      readonly packetsDuplicated: number | null
      readonly jitterUnitsMean: number | null
      readonly jitterUnitsMax: number | null
    }
  | { readonly kind: 'malformed'; readonly type: number }
  | { readonly kind: 'other'; readonly type: number }

/** Reads the blocks between `start` and `end`. */
export function readExtendedBlocks(
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly ExtendedBlock[] {
  const blocks: ExtendedBlock[] = []
  for (let at = start; at + BLOCK_HEADER_BYTES <= end && blocks.length < BLOCKS_MAX; ) {
    const type = bytes[at] as number
    const words = u16be(bytes, at + 2)
    const next = at + BLOCK_HEADER_BYTES + words * 4
    if (next > end) {
      blocks.push({ kind: 'malformed', type })
      break
    }
    blocks.push(...readBlock(bytes, at, words, type))
    at = next
  }
  return blocks
}

function readBlock(bytes: Uint8Array, at: number, words: number, type: number): ExtendedBlock[] {
  const body = at + BLOCK_HEADER_BYTES
  const malformed: ExtendedBlock[] = [{ kind: 'malformed', type }]
  switch (type) {
    case LOSS_RLE:
      return words < 2 ? malformed : [readRuns(bytes, at, words, 'lost')]
    case DUPLICATE_RLE:
      return words < 2 ? malformed : [readRuns(bytes, at, words, 'duplicated')]
    case RECEIVER_TIME:
      return words < 2 ? malformed : [{ kind: 'receiver-time', ntpMiddle: u32be(bytes, body + 2) }]
    case DLRR:
      if (words % 3 !== 0 || words === 0) return malformed
      return Array.from({ length: words / 3 }, (_, i) => readDelay(bytes, body + i * 12))
    case STATISTICS:
      return words < STATISTICS_WORDS ? malformed : [readStatistics(bytes, at)]
    case VOIP_METRICS:
      return words < VOIP_WORDS ? malformed : [readVoip(bytes, body)]
    default:
      return [{ kind: 'other', type }]
  }
}

function readDelay(bytes: Uint8Array, at: number): ExtendedBlock {
  return {
    kind: 'receiver-delay',
    ssrc: u32be(bytes, at),
    lastReceiverTime: u32be(bytes, at + 4),
    delaySinceLast: u32be(bytes, at + 8),
  }
}

/**
 * Chunks of runs and of single bits; a zero bit is what the block is about (RFC 3611 §4.1.1). A
 * thinned block speaks of every second, fourth … sequence number alone.
 */
function readRuns(
  bytes: Uint8Array,
  at: number,
  words: number,
  kind: 'lost' | 'duplicated',
): ExtendedBlock {
  const body = at + BLOCK_HEADER_BYTES
  const step = 2 ** ((bytes[at + 1] as number) & THINNING_MASK)
  const first = u16be(bytes, body + 4)
  const all = (u16be(bytes, body + 6) - first) & SPAN_MAX
  const span = Math.ceil((first + all) / step) - Math.ceil(first / step)
  let left = span
  let packets = 0
  const chunksEnd = body + words * 4
  for (let next = body + 8; next + 2 <= chunksEnd && left > 0; next += 2) {
    const chunk = u16be(bytes, next)
    if (chunk === 0) break
    const isRun = (chunk & 0x8000) === 0
    const length = Math.min(left, isRun ? chunk & 0x3fff : 15)
    if (isRun) packets += (chunk & 0x4000) === 0 ? length : 0
    else for (let i = 0; i < length; i++) packets += (chunk >> (14 - i)) & 1 ? 0 : 1
    left -= length
  }
  return { kind, ssrc: u32be(bytes, body), packets, span }
}

/** Flags say which figures are there: L, D and J of §4.6. */
function readStatistics(bytes: Uint8Array, at: number): ExtendedBlock {
  const flags = bytes[at + 1] as number
  const body = at + BLOCK_HEADER_BYTES
  const hasJitter = (flags & 0x20) !== 0
  return {
    kind: 'statistics',
    ssrc: u32be(bytes, body),
    span: (u16be(bytes, body + 6) - u16be(bytes, body + 4)) & SPAN_MAX,
    packetsLost: (flags & 0x80) === 0 ? null : u32be(bytes, body + 8),
    packetsDuplicated: (flags & 0x40) === 0 ? null : u32be(bytes, body + 12),
    jitterUnitsMax: hasJitter ? u32be(bytes, body + 20) : null,
    jitterUnitsMean: hasJitter ? u32be(bytes, body + 24) : null,
  }
}

function readVoip(bytes: Uint8Array, at: number): VoipMetrics {
  const byte = (n: number): number => bytes[at + n] as number
  const level = (value: number): number | null => knownLevel(value > 127 ? value - 256 : value)
  return {
    kind: 'voip',
    ssrc: u32be(bytes, at),
    lossRatio: byte(4) / 256,
    discardRatio: byte(5) / 256,
    burstDensity: byte(6) / 256,
    gapDensity: byte(7) / 256,
    burstMs: u16be(bytes, at + 8),
    gapMs: u16be(bytes, at + 10),
    roundTripMs: knownRoundTrip(u16be(bytes, at + 12)),
    endSystemDelayMs: u16be(bytes, at + 14),
    signalDbm: level(byte(16)),
    noiseDbm: level(byte(17)),
    echoReturnLossDb: knownLevel(byte(18)),
    rFactor: knownRFactor(byte(20)),
    mosListening: knownMos(byte(22) / 10),
    mosConversational: knownMos(byte(23) / 10),
    bufferMsNominal: u16be(bytes, at + 26),
    bufferMsMax: u16be(bytes, at + 28),
  }
}
