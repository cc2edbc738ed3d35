// Rows of the legs table in, legs out: undoes what makes rows small.
import { type Day, dayStartUs } from '../../base/day.ts'
import { formatKey } from '../../calls/keys.ts'
import { LEG_KINDS, LEG_STATES } from '../../calls/leg-record-codec.ts'
import type { FoundLeg } from '../contract.ts'
import { LEG_ID_SCALE, type LegTable } from './schema.ts'

/** A leg's row joined with the texts that it numbers. */
export interface LegRow extends LegTable {
  from_text: string | null
  to_text: string | null
  from_host: string | null
  to_host: string | null
  agent: string | null
  src: string | null
  dst: string | null
}

/** What SQLite gives for `legColumns`, under its type. */
export function asLegRow(row: Record<string, unknown>): LegRow {
  return row as { [Column in keyof LegRow]: unknown } as LegRow
}

/** The columns of a LegRow, for every query that reads whole legs. */
export const legColumns = `
  legs.*, from_users.text AS from_text, to_users.text AS to_text,
  from_hosts.text AS from_host, to_hosts.text AS to_host, agents.text AS agent,
  src_addresses.text AS src, dst_addresses.text AS dst`

/** The joins that `legColumns` needs. */
export const legJoins = `
  LEFT JOIN users AS from_users ON from_users.id = legs.from_id
  LEFT JOIN users AS to_users ON to_users.id = legs.to_id
  LEFT JOIN hosts AS from_hosts ON from_hosts.id = legs.from_host_id
  LEFT JOIN hosts AS to_hosts ON to_hosts.id = legs.to_host_id
  LEFT JOIN agents ON agents.id = legs.agent_id
  LEFT JOIN addresses AS src_addresses ON src_addresses.id = legs.src_id
  LEFT JOIN addresses AS dst_addresses ON dst_addresses.id = legs.dst_id`

/** The start that a leg's id holds, µs since 1970. */
export function startOfId(day: Day, id: number): number {
  return dayStartUs(day) + Math.floor(id / LEG_ID_SCALE)
}

/** The smallest id of a leg that starts at or after `tUs` in this day. */
export function idAt(day: Day, tUs: number): number {
  return Math.ceil(tUs - dayStartUs(day)) * LEG_ID_SCALE
}

export function readLegRow(day: Day, row: LegRow): FoundLeg {
  const startUs = startOfId(day, row.id)
  const legKey = formatKey({ day, hash: row.call_hash })
  const later = (us: number | null): number | null => (us === null ? null : startUs + us)
  return {
    legKey,
    callKey: row.call_key ?? legKey,
    position: { day, id: row.id },
    callId: row.call_id,
    head: {
      from: row.from_text,
      to: row.to_text,
      fromHost: row.from_host,
      toHost: row.to_host,
      userAgent: row.agent,
    },
    conversation: row.conversation,
    problems: row.problems === null ? [] : row.problems.split(' '),
    trail: row.trail,
    summary: {
      kind: LEG_KINDS[row.kind] ?? 'other',
      state: LEG_STATES[row.state] ?? 'pending',
      isOpened: row.is_opened === 1,
      path:
        row.src === null || row.dst === null
          ? null
          : {
              src: row.src,
              srcPort: row.src_port ?? 0,
              dst: row.dst,
              dstPort: row.dst_port ?? 0,
              transport: row.transport ?? 0,
            },
      startUs,
      lastUs: startUs + row.last_us,
      ringUs: later(row.ring_us),
      answerUs: later(row.answer_us),
      endUs: later(row.end_us),
      status: row.status,
      endedBy: row.ended_by === null ? null : row.ended_by === 1 ? 'caller' : 'callee',
      messages: row.messages,
      retransmissions: row.retransmissions,
    },
  }
}
