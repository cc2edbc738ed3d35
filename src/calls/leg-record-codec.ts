// A leg on its way from the thread that follows calls to the one that stores them: packed into
// bytes, because bytes cross between threads for nothing and objects do not.
import type { ByteReader } from '../base/byte-reader.ts'
import type { Day } from '../base/day.ts'
import { RecentTexts } from '../base/recent-texts.ts'
import type { ByteWriter } from '../base/byte-writer.ts'
import type { LegKind, LegState } from './leg.ts'
import { bodyFlags, readBody, writeBody } from './leg-body-codec.ts'
import type { JoinKey, LegHead, LegRecord, LegTrail, Path } from './leg-record.ts'
import type { LegSummary } from './leg-summary.ts'
import { writeTrail } from './leg-trail-codec.ts'

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

const kindNumbers = new Map(LEG_KINDS.map((kind, number) => [kind, number]))
const stateNumbers = new Map(LEG_STATES.map((state, number) => [state, number]))

/** Number under which a kind is stored. */
export function numberOfKind(kind: LegKind): number {
  return kindNumbers.get(kind) ?? 0
}

/** Number under which a state is stored. */
export function numberOfState(state: LegState): number {
  return stateNumbers.get(state) ?? 0
}

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
  /** The body that tells this summary, these problems and this trail; null where none is made. */
  readonly body: Uint8Array | null
}

export function packLeg(
  writer: ByteWriter,
  record: LegRecord,
  summary: LegSummary,
  refScale: number,
  filedUnder: Day | null = null,
): void {
  const { path, status } = summary
  const flags = bodyFlags({ callId: record.callId, problems: record.problems, summary })
  writer.byte(flags)
  writer.byte(numberOfKind(summary.kind))
  writer.byte(numberOfState(summary.state))
  writer.varint(status === null ? 0 : status + 1)
  writer.varint(summary.startUs)
  writeText(writer, path === null ? null : path.src)
  writeText(writer, path === null ? null : path.dst)
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
  const hops = hopsOf(record.trail, path)
  writer.varint(hops.length)
  for (const hop of hops) writer.text(hop)
  const bodyLength = writer.reserveWord()
  writeBody(writer, { callId: record.callId, problems: record.problems, summary })
  writeTrail(writer, record.trail, refScale)
  writer.fillWord(bodyLength, writer.length - bodyLength - 4)
}

export function unpackLeg(reader: ByteReader): PackedLeg {
  const flags = reader.byte()
  const kind = LEG_KINDS[reader.byte()] ?? 'other'
  const state = LEG_STATES[reader.byte()] ?? 'pending'
  const statusPlusOne = reader.varint()
  const startUs = reader.varint()
  const src = readRecent(reader)
  const dst = readRecent(reader)
  const filedUnder = readRecent(reader)
  const callId = readText(reader)
  const head: LegHead = {
    from: readRecent(reader),
    to: readRecent(reader),
    fromHost: readRecent(reader),
    toHost: readRecent(reader),
    userAgent: readRecent(reader),
  }
  const conversation = readText(reader)
  const joinKeys: JoinKey[] = []
  for (let left = reader.varint(); left > 0 && !reader.isShort; left--) {
    joinKeys.push({ header: reader.text(), value: reader.text() })
  }
  const hops: string[] = []
  for (let left = reader.varint(); left > 0 && !reader.isShort; left--) hops.push(reader.text())
  const status = statusPlusOne === 0 ? null : statusPlusOne - 1
  const columns = { kind, state, status, startUs, src, dst }
  const bodyBytes = reader.word()
  const bodyStart = reader.at
  const bodyEnd = bodyStart + bodyBytes
  const { summary, problems, trail } = readBody(reader, flags, columns, bodyEnd)
  const body = reader.between(bodyStart, bodyEnd)
  return { callId, head, joinKeys, conversation, problems, summary, hops, filedUnder, trail, body }
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

/** Users, hosts, agents and addresses come again and again. */
const recent = new RecentTexts()

function readRecent(reader: ByteReader): string | null {
  return reader.byte() === 0 ? null : reader.recentText(recent)
}

function readText(reader: ByteReader): string | null {
  return reader.byte() === 0 ? null : reader.text()
}
