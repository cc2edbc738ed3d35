// What is kept of a leg beside the columns that are searched, as bytes and back. The same bytes
// cross between threads and stand in the leg's row, so that nobody takes them apart to store them.
import type { ByteReader } from '../base/byte-reader.ts'
import type { ByteWriter } from '../base/byte-writer.ts'
import type { LegSummary } from './leg-summary.ts'

/** Bits of what a leg has; 64 is the store's. */
export const BODY_OPENED = 1
export const BODY_HAS_PATH = 2
export const BODY_ENDED = 4
export const BODY_ENDED_BY_CALLER = 8
export const BODY_HAS_CALL_ID = 16
export const BODY_HAS_PROBLEMS = 32
/** What few legs have follows: copies, an answer that only its ACK tells of, a far refusal. */
export const BODY_HAS_MORE = 128

/** What a body tells of. */
export interface BodyParts {
  readonly callId: string | null
  readonly problems: readonly string[]
  readonly summary: LegSummary
}

/** What stands beside a body, in columns. */
export type BodyColumns = Pick<LegSummary, 'kind' | 'state' | 'status' | 'startUs'> & {
  readonly src: string | null
  readonly dst: string | null
}

export function bodyFlags({ callId, problems, summary }: BodyParts): number {
  return (
    (summary.isOpened ? BODY_OPENED : 0) |
    (summary.path === null ? 0 : BODY_HAS_PATH) |
    (summary.endedBy === null ? 0 : BODY_ENDED) |
    (summary.endedBy === 'caller' ? BODY_ENDED_BY_CALLER : 0) |
    (callId === null ? 0 : BODY_HAS_CALL_ID) |
    (problems.length === 0 ? 0 : BODY_HAS_PROBLEMS) |
    (hasMore(summary) ? BODY_HAS_MORE : 0)
  )
}

function hasMore({ copies, isAcknowledged, refusedBy }: LegSummary): boolean {
  return copies > 0 || isAcknowledged || refusedBy !== null
}

/** Writes all of a body but its trail, which follows. */
export function writeBody(writer: ByteWriter, { problems, summary }: BodyParts): void {
  const { path, startUs } = summary
  if (path !== null) {
    writer.byte(path.transport)
    writer.varint(path.srcPort)
    writer.varint(path.dstPort)
  }
  writer.varint(sinceStart(summary.ringUs, startUs))
  writer.varint(sinceStart(summary.answerUs, startUs))
  writer.varint(sinceStart(summary.endUs, startUs))
  writer.signed(summary.lastUs - startUs)
  writer.varint(summary.messages)
  writer.varint(summary.retransmissions)
  if (hasMore(summary)) {
    writer.varint(summary.copies)
    writer.byte(summary.isAcknowledged ? 1 : 0)
    writer.text(summary.refusedBy ?? '')
  }
  if (problems.length > 0) writer.text(problems.join(' '))
}

/** Reads what `writeBody` wrote, and what follows up to `end` as the trail. */
export function readBody(
  reader: ByteReader,
  flags: number,
  columns: BodyColumns,
  end = reader.end,
): { summary: LegSummary; problems: readonly string[]; trail: Uint8Array } {
  const { kind, state, status, startUs } = columns
  const path =
    (flags & BODY_HAS_PATH) === 0
      ? null
      : {
          transport: reader.byte(),
          src: columns.src ?? '',
          srcPort: reader.varint(),
          dst: columns.dst ?? '',
          dstPort: reader.varint(),
        }
  const hasMore = (flags & BODY_HAS_MORE) !== 0
  const isByCaller = (flags & BODY_ENDED_BY_CALLER) !== 0
  const summary: LegSummary = {
    kind,
    state,
    isOpened: (flags & BODY_OPENED) !== 0,
    path,
    startUs,
    ringUs: timeAfter(reader.varint(), startUs),
    answerUs: timeAfter(reader.varint(), startUs),
    endUs: timeAfter(reader.varint(), startUs),
    lastUs: startUs + reader.signed(),
    status,
    endedBy: (flags & BODY_ENDED) === 0 ? null : isByCaller ? 'caller' : 'callee',
    messages: reader.varint(),
    retransmissions: reader.varint(),
    copies: hasMore ? reader.varint() : 0,
    isAcknowledged: hasMore && reader.byte() === 1,
    refusedBy: (hasMore && reader.text()) || null,
  }
  const problems = (flags & BODY_HAS_PROBLEMS) === 0 ? [] : reader.text().split(' ')
  return { summary, problems, trail: reader.upTo(end) }
}

/** A time as the signed distance from the start, shifted so that 0 can mean "unknown". */
function sinceStart(tUs: number | null, startUs: number): number {
  if (tUs === null) return 0
  return tUs >= startUs ? (tUs - startUs) * 2 + 1 : (startUs - tUs) * 2
}

function timeAfter(since: number, startUs: number): number | null {
  if (since === 0) return null
  return since % 2 === 1 ? startUs + (since - 1) / 2 : startUs - since / 2
}
