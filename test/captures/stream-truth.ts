// In: NAME.truth.json, the RTP streams of a capture as tshark tells them, and what `earshot
// streams` tells. Out: where they differ, in words. tshark's Lost counts packets, ours sequence
// numbers: its figure is ours less the duplicates.
import { readFileSync } from 'node:fs'

/** A stream as tshark prints it; jitter in ms, -1 or 0 where it has none. */
interface TruthStream {
  readonly src: string
  readonly sport: number
  readonly dst: string
  readonly dport: number
  readonly ssrc: string
  readonly packets: number
  readonly lost: number
  readonly mean_jitter_ms: number
  readonly max_jitter_ms: number
}

interface Truth {
  readonly sip: { readonly messages?: number } | null
  readonly rtp_streams: readonly TruthStream[]
  readonly rtp_streams_heuristic: readonly TruthStream[]
}

/** A line of `earshot streams --json`, as far as it is compared. */
export interface ListedStream {
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  readonly ssrc: number
  readonly packets: number
  readonly lost: number
  readonly duplicates: number
  readonly jitterMsMean: number | null
  readonly jitterMsMax: number | null
}

/** Jitter agrees when it is as near as this, ms. */
const JITTER_MS_SLACK = 0.01
/** Without SDP tshark takes single packets for streams; what is longer must be found. */
const GUESSED_PACKETS_MIN = 6

/**
 * Streams that must be found: those that SDP announced; without any SIP those of some length too.
 */
export function readStreamTruth(path: string): readonly TruthStream[] {
  const truth: Truth = JSON.parse(readFileSync(path, 'utf8'))
  if (truth.rtp_streams.length > 0) return truth.rtp_streams
  const hasSip = (truth.sip?.messages ?? 0) > 0
  if (hasSip) return []
  return truth.rtp_streams_heuristic.filter(({ packets }) => packets >= GUESSED_PACKETS_MIN)
}

/** What differs, a line for each stream. */
export function compareStreams(
  truth: readonly TruthStream[],
  found: readonly ListedStream[],
): string[] {
  const listed = new Map(
    found.map((stream) => [
      keyOf(stream.src, stream.srcPort, stream.dst, stream.dstPort, stream.ssrc),
      stream,
    ]),
  )
  return truth.flatMap((want) => {
    const key = keyOf(want.src, want.sport, want.dst, want.dport, Number(want.ssrc))
    const stream = listed.get(key)
    if (stream === undefined) return [`${key}: not found`]
    const faults = faultsOf(want, stream)
    return faults.length === 0 ? [] : [`${key}: ${faults.join(', ')}`]
  })
}

function faultsOf(want: TruthStream, stream: ListedStream): string[] {
  const { packets, lost, duplicates, jitterMsMean, jitterMsMax } = stream
  const faults: string[] = []
  if (packets !== want.packets) faults.push(`${packets} packets, not ${want.packets}`)
  if (lost - duplicates !== want.lost) {
    faults.push(`${lost} lost less ${duplicates} duplicates, not ${want.lost}`)
  }
  const compare = (name: string, ours: number | null, theirs: number): void => {
    if (Math.abs((ours ?? 0) - Math.max(0, theirs)) <= JITTER_MS_SLACK) return
    faults.push(`${name} ${ours}, not ${theirs}`)
  }
  compare('mean jitter', jitterMsMean, want.mean_jitter_ms)
  compare('largest jitter', jitterMsMax, want.max_jitter_ms)
  return faults
}

function keyOf(src: string, srcPort: number, dst: string, dstPort: number, ssrc: number): string {
  return `${src} ${srcPort} → ${dst} ${dstPort} 0x${ssrc.toString(16)}`
}
