// Legs to rows of the legs table and back. A row has a column for what is searched or ordered by;
// all else stands in one value, `body`, whose bytes only this file reads: fewer columns make rows
// smaller and several times quicker to write.
import { type Day, dayOf, dayStartUs } from '../../base/day.ts'
import { ByteReader } from '../../base/byte-reader.ts'
import { ByteWriter } from '../../base/byte-writer.ts'
import { formatKey } from '../../calls/keys.ts'
import { LEG_KINDS, LEG_STATES } from '../../calls/leg-record-codec.ts'
import type { PackedLeg } from '../../calls/leg-record-codec.ts'
import type { LegSummary } from '../../calls/leg-summary.ts'
import type { FoundLeg } from '../contract.ts'
import { LEG_ID_SCALE, type LegTable } from './schema.ts'

/** A leg's row with the texts that its columns number. */
export interface LegRow extends LegTable {
  from_text: string | null
  to_text: string | null
  src: string | null
  dst: string | null
}

/** Texts that a body numbers: null for the number 0. */
export interface BodyTexts {
  host(id: number): string | null
  agent(id: number): string | null
}

/** The numbers of a body's texts, 0 for none. */
export interface BodyNumbers {
  readonly fromHost: number
  readonly toHost: number
  readonly agent: number
}

/** The columns of a LegRow, for every query that reads whole legs. */
export const legColumns = `
  legs.*, from_users.text AS from_text, to_users.text AS to_text,
  src_addresses.text AS src, dst_addresses.text AS dst`

/** The joins that `legColumns` needs. */
export const legJoins = `
  LEFT JOIN users AS from_users ON from_users.id = legs.from_id
  LEFT JOIN users AS to_users ON to_users.id = legs.to_id
  LEFT JOIN addresses AS src_addresses ON src_addresses.id = legs.src_id
  LEFT JOIN addresses AS dst_addresses ON dst_addresses.id = legs.dst_id`

/** What SQLite gives for `legColumns`, under its type. */
export function asLegRow(row: Record<string, unknown>): LegRow {
  return row as { [Column in keyof LegRow]: unknown } as LegRow
}

/** The start that a leg's id holds, µs since 1970. */
export function startOfId(day: Day, id: number): number {
  return dayStartUs(day) + Math.floor(id / LEG_ID_SCALE)
}

/** The smallest id of a leg that starts at or after `tUs` in this day. */
export function idAt(day: Day, tUs: number): number {
  return Math.ceil(tUs - dayStartUs(day)) * LEG_ID_SCALE
}

const FLAG_OPENED = 1
const FLAG_HAS_PATH = 2
const FLAG_ENDED = 4
const FLAG_ENDED_BY_CALLER = 8
const FLAG_HAS_CALL_ID = 16
const FLAG_HAS_PROBLEMS = 32
/** The start is not the one that the id holds: see LegWriter. */
const FLAG_OWN_START = 64

const writer = new ByteWriter(64 * 1024)

/**
 * The bytes of everything about a leg that has no column. `idStartUs` is the start that its id
 * holds; where that is another one, the body has the right one.
 */
export function writeBody(leg: PackedLeg, numbers: BodyNumbers, idStartUs: number): Buffer {
  const { summary, callId, problems } = leg
  const { path } = summary
  writer.byte(
    (summary.isOpened ? FLAG_OPENED : 0) |
      (path === null ? 0 : FLAG_HAS_PATH) |
      (summary.endedBy === null ? 0 : FLAG_ENDED) |
      (summary.endedBy === 'caller' ? FLAG_ENDED_BY_CALLER : 0) |
      (callId === null ? 0 : FLAG_HAS_CALL_ID) |
      (problems.length === 0 ? 0 : FLAG_HAS_PROBLEMS) |
      (summary.startUs === idStartUs ? 0 : FLAG_OWN_START),
  )
  if (summary.startUs !== idStartUs) writer.varint(summary.startUs)
  if (callId !== null) writer.text(callId)
  writer.varint(numbers.fromHost)
  writer.varint(numbers.toHost)
  writer.varint(numbers.agent)
  if (path !== null) {
    writer.byte(path.transport)
    writer.varint(path.srcPort)
    writer.varint(path.dstPort)
  }
  writeSince(summary.ringUs, summary.startUs)
  writeSince(summary.answerUs, summary.startUs)
  writeSince(summary.endUs, summary.startUs)
  writer.signed(summary.lastUs - summary.startUs)
  writer.varint(summary.messages)
  writer.varint(summary.retransmissions)
  if (problems.length > 0) writer.text(problems.join(' '))
  writer.bytes(leg.trail)
  return writer.take()
}

/** A time as the signed distance from the start, shifted so that 0 can mean "unknown". */
function writeSince(tUs: number | null, startUs: number): void {
  if (tUs === null) writer.varint(0)
  else writer.varint(tUs >= startUs ? (tUs - startUs) * 2 + 1 : (startUs - tUs) * 2)
}

function readSince(reader: ByteReader, startUs: number): number | null {
  const value = reader.varint()
  if (value === 0) return null
  return value % 2 === 1 ? startUs + (value - 1) / 2 : startUs - value / 2
}

export function readLegRow(day: Day, row: LegRow, texts: BodyTexts): FoundLeg {
  const legKey = formatKey({ day, hash: row.call_hash })
  const reader = new ByteReader(row.body)
  const flags = reader.byte()
  const startUs = (flags & FLAG_OWN_START) === 0 ? startOfId(day, row.id) : reader.varint()
  const callId = (flags & FLAG_HAS_CALL_ID) === 0 ? null : reader.text()
  const fromHost = texts.host(reader.varint())
  const toHost = texts.host(reader.varint())
  const userAgent = texts.agent(reader.varint())
  const summary = readSummary(row, flags, reader, startUs)
  const problems = (flags & FLAG_HAS_PROBLEMS) === 0 ? [] : reader.text().split(' ')
  return {
    legKey,
    callKey: row.call_key ?? legKey,
    position: { day, id: row.id },
    filedUnder: dayOf(startUs) === day ? null : day,
    callId,
    head: { from: row.from_text, to: row.to_text, fromHost, toHost, userAgent },
    conversation: row.conversation,
    problems,
    summary,
    trail: reader.rest(),
  }
}

function readSummary(row: LegRow, flags: number, reader: ByteReader, startUs: number): LegSummary {
  const path =
    (flags & FLAG_HAS_PATH) === 0
      ? null
      : {
          transport: reader.byte(),
          src: row.src ?? '',
          srcPort: reader.varint(),
          dst: row.dst ?? '',
          dstPort: reader.varint(),
        }
  const isByCaller = (flags & FLAG_ENDED_BY_CALLER) !== 0
  return {
    kind: LEG_KINDS[row.kind] ?? 'other',
    state: LEG_STATES[row.state] ?? 'pending',
    isOpened: (flags & FLAG_OPENED) !== 0,
    path,
    startUs,
    ringUs: readSince(reader, startUs),
    answerUs: readSince(reader, startUs),
    endUs: readSince(reader, startUs),
    lastUs: startUs + reader.signed(),
    status: row.status,
    endedBy: (flags & FLAG_ENDED) === 0 ? null : isByCaller ? 'caller' : 'callee',
    messages: reader.varint(),
    retransmissions: reader.varint(),
  }
}
