// Reports on streams of which no packet was captured in; when nobody reports any more, a stream
// that consists of reports alone out. Agents send such reports where the media passes them by. What
// was seen on the wire itself and fits no stream is counted and told no further.
import type { MediaReport, ReportEnd, ReportSource } from '../rtp/media-report.ts'
import { addReport } from './report-sums.ts'
import { COUNT_FIELDS, MS_FIELDS, type ReportSum, type StreamRecord } from './stream-record.ts'

/** Sources that speak of streams elsewhere. */
const FROM_ELSEWHERE: ReadonlySet<ReportSource> = new Set([
  'vq-rtcpxr',
  'hep-rtcp',
  'hep-statistics',
])

/** Streams that only reports tell of are told after this time without another one. */
const IDLE_US = 60_000_000
/** Blocks that are remembered of a stream: a report each five seconds fills them in five hours. */
const BLOCKS_MAX = 4_096

interface Reported {
  readonly ssrc: number
  src: ReportEnd | null
  dst: ReportEnd | null
  callId: string | null
  codec: string | null
  firstUs: number
  lastUs: number
  isFromElsewhere: boolean
  /** Of the reports that were captured as RTCP. */
  readonly blocks: Set<number>
  readonly sums: ReportSum[]
}

export class ReportedStreams {
  readonly #max: number
  readonly #emit: (record: StreamRecord) => void
  /** By SSRC, or by what else names the stream; the longest unheard first. */
  readonly #elsewhere = new Map<string, Reported>()
  /** The same of those that only the wire tells of: whoever is captured takes no room of others. */
  readonly #onWire = new Map<string, Reported>()
  /** SSRCs that an agent measured: what is reported on them it has reported with its figures. */
  readonly #measured = new Set<number>()
  #unmatched = 0

  constructor(max: number, emit: (record: StreamRecord) => void) {
    this.#max = max
    this.#emit = emit
  }

  /** `block`: where the RTCP lies that the report came in; 0 for none. */
  add(report: MediaReport, block: number): void {
    if (report.ssrc !== null && this.#measured.has(report.ssrc)) return
    const key = keyOf(report)
    const stream = this.#takeOut(key) ?? begin(report)
    stream.isFromElsewhere ||= FROM_ELSEWHERE.has(report.source)
    const streams = stream.isFromElsewhere ? this.#elsewhere : this.#onWire
    streams.set(key, stream)
    stream.src ??= report.src
    stream.dst ??= report.dst
    stream.callId ??= report.callId
    stream.codec ??= report.codec
    stream.firstUs = Math.min(stream.firstUs, report.tUs)
    stream.lastUs = Math.max(stream.lastUs, report.tUs)
    if (block > 0 && stream.blocks.size < BLOCKS_MAX) stream.blocks.add(block)
    addReport(stream.sums, report, { unitsPerMs: 0, lost: 0 })
    if (streams.size <= this.#max) return
    const [oldest] = streams.keys()
    if (oldest !== undefined) this.#end(oldest)
  }

  /** What was reported of an SSRC before its first packet; it is the stream's from now on. */
  take(ssrc: number): ReportSum[] | undefined {
    if (this.#elsewhere.size + this.#onWire.size === 0) return undefined
    return this.#takeOut(`ssrc ${ssrc}`)?.sums
  }

  /** Somebody else has measured this stream, reports and all. */
  leaveOut(ssrc: number): void {
    this.#takeOut(`ssrc ${ssrc}`)
    if (this.#measured.size >= this.#max) {
      const [oldest] = this.#measured
      if (oldest !== undefined) this.#measured.delete(oldest)
    }
    this.#measured.add(ssrc)
  }

  /** Ends what nobody has reported on for a while. */
  tick(nowUs: number): void {
    for (const streams of [this.#elsewhere, this.#onWire]) {
      for (const [key, { lastUs }] of streams) if (nowUs - lastUs > IDLE_US) this.#end(key)
    }
  }

  finish(): void {
    for (const streams of [this.#elsewhere, this.#onWire]) {
      for (const key of streams.keys()) this.#end(key)
    }
  }

  /** Streams of reports that fitted nothing. */
  get unmatched(): number {
    return this.#unmatched
  }

  #takeOut(key: string): Reported | undefined {
    const stream = this.#elsewhere.get(key) ?? this.#onWire.get(key)
    this.#elsewhere.delete(key)
    this.#onWire.delete(key)
    return stream
  }

  #end(key: string): void {
    const stream = this.#takeOut(key)
    if (stream === undefined) return
    const isNamed = stream.callId !== null || (stream.src !== null && stream.dst !== null)
    if (stream.isFromElsewhere && isNamed) this.#emit(recordOf(stream))
    else this.#unmatched++
  }
}

function keyOf({ ssrc, callId, src, dst }: MediaReport): string {
  if (ssrc !== null) return `ssrc ${ssrc}`
  return `${callId} ${src?.address} ${src?.port} ${dst?.address} ${dst?.port}`
}

function begin({ ssrc, tUs, source }: MediaReport): Reported {
  return {
    ssrc: ssrc ?? 0,
    src: null,
    dst: null,
    callId: null,
    codec: null,
    firstUs: tUs,
    lastUs: tUs,
    isFromElsewhere: FROM_ELSEWHERE.has(source),
    blocks: new Set(),
    sums: [],
  }
}

/** A record without a packet: everything that is counted is zero. */
function recordOf(stream: Reported): StreamRecord {
  const counts = Object.fromEntries(COUNT_FIELDS.map((field) => [field, 0]))
  const times = Object.fromEntries(MS_FIELDS.map((field) => [field, null]))
  return {
    ...(counts as { [F in (typeof COUNT_FIELDS)[number]]: number }),
    ...(times as { [F in (typeof MS_FIELDS)[number]]: number | null }),
    src: stream.src?.address ?? '',
    srcPort: stream.src?.port ?? 0,
    dst: stream.dst?.address ?? '',
    dstPort: stream.dst?.port ?? 0,
    ssrc: stream.ssrc,
    startUs: stream.firstUs,
    endUs: stream.lastUs,
    firstRef: 0,
    lastRef: 0,
    callId: stream.callId,
    sender: null,
    mediaType: null,
    protection: 'unknown',
    payloads: [],
    dscps: [],
    arrivals: [],
    blocks: [...stream.blocks].sort((a, b) => a - b),
    stretches: new Uint8Array(0),
    reports: stream.sums,
    talk: null,
    problems: [],
  }
}
