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
/** What few legs have follows: copies, an answer that only its ACK tells of, why it ended … */
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

function hasMore(summary: LegSummary): boolean {
  const { copies, isAcknowledged, isChallengedAgain, answerRepeats, refusedBy, reason } = summary
  if (isAcknowledged || isChallengedAgain) return true
  if (summary.transferBy !== null || answerFlags(summary) !== 0) return true
  return copies > 0 || answerRepeats > 0 || refusedBy !== null || reason !== null
}

/** Bits of a byte of it. */
const MORE_ACKNOWLEDGED = 1
const MORE_HAS_REASON = 2
const MORE_ANSWER_REPEATS = 4
const MORE_CHALLENGED_AGAIN = 8
/** Silent was the end of the path, as of a leg that nothing answered. */
const MORE_SILENT_END = 16
const MORE_SILENT_ELSEWHERE = 32
/** A call that was answered is silent nowhere. */
const MORE_CANCEL_CROSSED = MORE_SILENT_END | MORE_SILENT_ELSEWHERE
const MORE_TRANSFER = 64
const MORE_TRANSFER_BY_CALLER = 128

function moreFlags(summary: LegSummary): number {
  return (
    (summary.isAcknowledged ? MORE_ACKNOWLEDGED : 0) |
    (summary.reason === null ? 0 : MORE_HAS_REASON) |
    (summary.answerRepeats === 0 ? 0 : MORE_ANSWER_REPEATS) |
    (summary.isChallengedAgain ? MORE_CHALLENGED_AGAIN : 0) |
    answerFlags(summary) |
    (summary.transferBy === null ? 0 : MORE_TRANSFER) |
    (summary.transferBy === 'caller' ? MORE_TRANSFER_BY_CALLER : 0)
  )
}

function answerFlags({ isCancelCrossed, silentAt, path }: LegSummary): number {
  if (isCancelCrossed) return MORE_CANCEL_CROSSED
  if (silentAt === null) return 0
  return silentAt === path?.dst ? MORE_SILENT_END : MORE_SILENT_ELSEWHERE
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
    writer.byte(moreFlags(summary))
    writer.text(summary.refusedBy ?? '')
    if (summary.reason !== null) writer.text(summary.reason)
    if (summary.answerRepeats > 0) writer.varint(summary.answerRepeats)
    if (answerFlags(summary) === MORE_SILENT_ELSEWHERE) writer.text(summary.silentAt ?? '')
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
  const ringUs = timeAfter(reader.varint(), startUs)
  const answerUs = timeAfter(reader.varint(), startUs)
  const endUs = timeAfter(reader.varint(), startUs)
  const lastUs = startUs + reader.signed()
  const messages = reader.varint()
  const retransmissions = reader.varint()
  const hasMore = (flags & BODY_HAS_MORE) !== 0
  const copies = hasMore ? reader.varint() : 0
  const more = hasMore ? reader.byte() : 0
  const isByCaller = (flags & BODY_ENDED_BY_CALLER) !== 0
  const isTransferByCaller = (more & MORE_TRANSFER_BY_CALLER) !== 0
  const summary: LegSummary = {
    kind,
    state,
    isOpened: (flags & BODY_OPENED) !== 0,
    path,
    startUs,
    ringUs,
    answerUs,
    endUs,
    lastUs,
    status,
    endedBy: (flags & BODY_ENDED) === 0 ? null : isByCaller ? 'caller' : 'callee',
    messages,
    retransmissions,
    copies,
    isAcknowledged: (more & MORE_ACKNOWLEDGED) !== 0,
    isChallengedAgain: (more & MORE_CHALLENGED_AGAIN) !== 0,
    refusedBy: (hasMore && reader.text()) || null,
    reason: (more & MORE_HAS_REASON) === 0 ? null : reader.text(),
    answerRepeats: (more & MORE_ANSWER_REPEATS) === 0 ? 0 : reader.varint(),
    isCancelCrossed: (more & MORE_CANCEL_CROSSED) === MORE_CANCEL_CROSSED,
    transferBy: (more & MORE_TRANSFER) === 0 ? null : isTransferByCaller ? 'caller' : 'callee',
    silentAt: readSilent(reader, more, path),
  }
  const problems = (flags & BODY_HAS_PROBLEMS) === 0 ? [] : reader.text().split(' ')
  return { summary, problems, trail: reader.upTo(end) }
}

function readSilent(reader: ByteReader, more: number, path: LegSummary['path']): string | null {
  const silence = more & MORE_CANCEL_CROSSED
  if (silence === MORE_SILENT_ELSEWHERE) return reader.text()
  return silence === MORE_SILENT_END ? (path?.dst ?? null) : null
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
