// Legs to rows of the legs table and back. A row has a column for what is searched or ordered by;
// all else stands in one value, `body`, whose bytes only this file reads: fewer columns make rows
// smaller and several times quicker to write.
import { type Day, dayOf, dayStartUs } from '../../base/day.ts'
import { ByteReader } from '../../base/byte-reader.ts'
import type { ByteWriter } from '../../base/byte-writer.ts'
import { formatKey } from '../../calls/keys.ts'
import { BODY_HAS_CALL_ID, bodyFlags, readBody, writeBody } from '../../calls/leg-body-codec.ts'
import { LEG_KINDS, LEG_STATES } from '../../calls/leg-record-codec.ts'
import type { PackedLeg } from '../../calls/leg-record-codec.ts'
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

/** The start is not the one that the id holds: see LegWriter. */
const FLAG_OWN_START = 64

/**
 * Writes everything about a leg that has no column. `idStartUs` is the start that its id holds;
 * where that is another one, the body has the right one.
 */
export function writeRowBody(
  writer: ByteWriter,
  leg: PackedLeg,
  numbers: BodyNumbers,
  idStartUs: number,
): void {
  const { summary, callId } = leg
  const isOwnStart = summary.startUs !== idStartUs
  writer.byte(bodyFlags(leg) | (isOwnStart ? FLAG_OWN_START : 0))
  if (isOwnStart) writer.varint(summary.startUs)
  if (callId !== null) writer.text(callId)
  writer.varint(numbers.fromHost)
  writer.varint(numbers.toHost)
  writer.varint(numbers.agent)
  if (leg.body === null) {
    writeBody(writer, leg)
    writer.bytes(leg.trail)
  } else writer.bytes(leg.body)
}

export function readLegRow(day: Day, row: LegRow, texts: BodyTexts): FoundLeg {
  const legKey = formatKey({ day, hash: row.call_hash })
  const reader = new ByteReader(row.body)
  const flags = reader.byte()
  const startUs = (flags & FLAG_OWN_START) === 0 ? startOfId(day, row.id) : reader.varint()
  const callId = (flags & BODY_HAS_CALL_ID) === 0 ? null : reader.text()
  const fromHost = texts.host(reader.varint())
  const toHost = texts.host(reader.varint())
  const userAgent = texts.agent(reader.varint())
  return {
    legKey,
    callKey: row.call_key ?? legKey,
    position: { day, id: row.id },
    filedUnder: dayOf(startUs) === day ? null : day,
    callId,
    head: { from: row.from_text, to: row.to_text, fromHost, toHost, userAgent },
    conversation: row.conversation,
    ...readBody(reader, flags, {
      kind: LEG_KINDS[row.kind] ?? 'other',
      state: LEG_STATES[row.state] ?? 'pending',
      status: row.status,
      startUs,
      src: row.src,
      dst: row.dst,
    }),
  }
}
