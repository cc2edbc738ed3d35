// A leg on its way from the thread that follows calls to the one that stores them: packed into
// bytes, because bytes cross between threads for nothing and objects do not.
import type { ByteReader } from '../base/byte-reader.ts'
import type { Day } from '../base/day.ts'
import type { ByteWriter } from '../base/byte-writer.ts'
import type { LegKind, LegState } from './leg.ts'
import type { JoinKey, LegHead, LegRecord, LegTrail, Path } from './leg-record.ts'
import type { LegSummary } from './leg-summary.ts'
import { encodeTrail } from './leg-trail-codec.ts'

/** Kinds and states in the order of their stored numbers: append only. */
export const LEG_KINDS: readonly LegKind[] = [
  'call',
  'registration',
  'options',
  'subscription',
  'message',
  'other',
]
export const LEG_STATES: readonly LegState[] = [
  'trying',
  'ringing',
  'in-call',
  'completed',
  'cancelled',
  'busy',
  'rejected',
  'redirected',
  'challenged',
  'pending',
  'done',
]

/** What crosses: the record with its summary, the trail still as bytes. */
export interface PackedLeg {
  readonly callId: string | null
  readonly head: LegHead
  readonly joinKeys: readonly JoinKey[]
  readonly conversation: string | null
  readonly problems: readonly string[]
  readonly summary: LegSummary
  /** Addresses that its messages touched beside the two ends of its path: the hops between. */
  readonly hops: readonly string[]
  /** The day that the leg is filed under where that is not the day of its start. */
  readonly filedUnder: Day | null
  readonly trail: Uint8Array
}

export function packLeg(
  writer: ByteWriter,
  record: LegRecord,
  summary: LegSummary,
  refScale: number,
  filedUnder: Day | null = null,
): void {
  writeText(writer, filedUnder)
  writeText(writer, record.callId)
  writeText(writer, record.head.from)
  writeText(writer, record.head.to)
  writeText(writer, record.head.fromHost)
  writeText(writer, record.head.toHost)
  writeText(writer, record.head.userAgent)
  writeText(writer, record.conversation)
  writer.varint(record.joinKeys.length)
  for (const key of record.joinKeys) {
    writer.text(key.header)
    writer.text(key.value)
  }
  writer.varint(record.problems.length)
  for (const code of record.problems) writer.text(code)
  packSummary(writer, summary)
  const hops = hopsOf(record.trail, summary.path)
  writer.varint(hops.length)
  for (const hop of hops) writer.text(hop)
  const trail = encodeTrail(record.trail, refScale)
  writer.varint(trail.length)
  writer.bytes(trail)
}

export function unpackLeg(reader: ByteReader): PackedLeg {
  const filedUnder = readText(reader)
  const callId = readText(reader)
  const head: LegHead = {
    from: readText(reader),
    to: readText(reader),
    fromHost: readText(reader),
    toHost: readText(reader),
    userAgent: readText(reader),
  }
  const conversation = readText(reader)
  const joinKeys: JoinKey[] = []
  for (let left = reader.varint(); left > 0 && !reader.isShort; left--) {
    joinKeys.push({ header: reader.text(), value: reader.text() })
  }
  const problems: string[] = []
  for (let left = reader.varint(); left > 0 && !reader.isShort; left--) problems.push(reader.text())
  const summary = unpackSummary(reader)
  const hops: string[] = []
  for (let left = reader.varint(); left > 0 && !reader.isShort; left--) hops.push(reader.text())
  const trail = reader.bytes(reader.varint())
  return { callId, head, joinKeys, conversation, problems, summary, hops, filedUnder, trail }
}

/** Addresses of a trail that are not the ends of this path, each once. */
export function hopsOf(trail: LegTrail, path: Path | null): readonly string[] {
  if (path === null || isBetween(path, trail.paths)) return []
  const ends = trail.paths.flatMap((each) => [each.src, each.dst])
  return [...new Set(ends)].filter((address) => address !== path.src && address !== path.dst)
}

/** There and back between the two ends is the rule, and has no hops. */
function isBetween(path: Path, paths: readonly Path[]): boolean {
  for (const { src, dst } of paths) {
    if (src !== path.src && src !== path.dst) return false
    if (dst !== path.src && dst !== path.dst) return false
  }
  return true
}

/** Null as 0, a text as one more than its length would be: an empty text is not null. */
function writeText(writer: ByteWriter, text: string | null): void {
  writer.byte(text === null ? 0 : 1)
  if (text !== null) writer.text(text)
}

function readText(reader: ByteReader): string | null {
  return reader.byte() === 0 ? null : reader.text()
}

function packSummary(writer: ByteWriter, summary: LegSummary): void {
  writer.byte(LEG_KINDS.indexOf(summary.kind))
  writer.byte(LEG_STATES.indexOf(summary.state))
  writer.byte(summary.isOpened ? 1 : 0)
  packPath(writer, summary.path)
  writer.varint(summary.startUs)
  writer.varint(summary.lastUs)
  writeTime(writer, summary.ringUs)
  writeTime(writer, summary.answerUs)
  writeTime(writer, summary.endUs)
  writer.varint(summary.status === null ? 0 : summary.status + 1)
  writer.byte(summary.endedBy === null ? 0 : summary.endedBy === 'caller' ? 1 : 2)
  writer.varint(summary.messages)
  writer.varint(summary.retransmissions)
}

function unpackSummary(reader: ByteReader): LegSummary {
  const kind = LEG_KINDS[reader.byte()] ?? 'other'
  const state = LEG_STATES[reader.byte()] ?? 'pending'
  const isOpened = reader.byte() === 1
  const path = unpackPath(reader)
  const startUs = reader.varint()
  const lastUs = reader.varint()
  const ringUs = readTime(reader)
  const answerUs = readTime(reader)
  const endUs = readTime(reader)
  const statusPlusOne = reader.varint()
  const side = reader.byte()
  return {
    kind,
    state,
    isOpened,
    path,
    startUs,
    lastUs,
    ringUs,
    answerUs,
    endUs,
    status: statusPlusOne === 0 ? null : statusPlusOne - 1,
    endedBy: side === 0 ? null : side === 1 ? 'caller' : 'callee',
    messages: reader.varint(),
    retransmissions: reader.varint(),
  }
}

function writeTime(writer: ByteWriter, tUs: number | null): void {
  writer.varint(tUs === null ? 0 : tUs + 1)
}

function readTime(reader: ByteReader): number | null {
  const plusOne = reader.varint()
  return plusOne === 0 ? null : plusOne - 1
}

function packPath(writer: ByteWriter, path: Path | null): void {
  writer.byte(path === null ? 0 : 1)
  if (path === null) return
  writer.text(path.src)
  writer.varint(path.srcPort)
  writer.text(path.dst)
  writer.varint(path.dstPort)
  writer.byte(path.transport)
}

function unpackPath(reader: ByteReader): Path | null {
  if (reader.byte() === 0) return null
  return {
    src: reader.text(),
    srcPort: reader.varint(),
    dst: reader.text(),
    dstPort: reader.varint(),
    transport: reader.byte(),
  }
}
