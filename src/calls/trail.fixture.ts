// A ladder as a person would draw it in, leg records out, for tests: each line becomes a real SIP
// message that goes through SipMessage and LegTracker, so that no test writes a trail by hand.
//
//     seconds  ends  what        CSeq  From tag/To tag  | headers
//     0.0      A>B   INVITE      1     a                | X-CID: other
//     3.2      A<B   200 INVITE  1     a/b
import assert from 'node:assert/strict'
import { AddressTable } from '../base/address-table.ts'
import { SipMessage } from '../sip/message.ts'
import type { JoinSettings } from './leg-head.ts'
import type { Leg } from './leg.ts'
import type { LegRecord } from './leg-record.ts'
import { type LegSummary, summarizeLeg } from './leg-summary.ts'
import { type Carriage, LegTracker } from './leg-tracker.ts'

/** 2026-11-21 10:00:00 UTC: second 0 of every ladder. */
export const LADDER_START_US = 1_795_255_200_000_000

export const fixtureSettings: JoinSettings = {
  joinHeaders: ['Session-ID', 'X-Call-ID', 'X-CID'],
  joinBy: 'evidence',
  conversationHeaders: ['X-Conversation-ID'],
}

/** One message with what carried it, ready to be pushed. */
export interface Rung {
  readonly text: string
  readonly carriage: Carriage
}

const LINE =
  /^(-?[\d.]+)\s+(\w)([<>])(\w)\s+(?:(\d{3}) )?(\S+)\s+(\d+)\s+(\S+?)(?:\/(\S+))?(?:\s*\|\s*(.*))?$/

/**
 * The messages of a ladder, in its order. Equal lines are equal bytes, and so retransmissions:
 * the branch says who sends what to whom. Refs count up from `firstRef` as frames do in a store.
 */
export function drawn(ladder: string, callId = 'call-1@test', firstRef = 1_000): Rung[] {
  const lines = ladder
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '')
  return lines.map((line, i) => rungOf(line, callId, firstRef + i * 100))
}

function rungOf(line: string, callId: string, ref: number): Rung {
  const match = LINE.exec(line)
  assert(match !== null, `not a line of a ladder: ${line}`)
  const [, seconds, left = '', arrow, right = '', status, method = '', cseq, from, to, extra] =
    match
  const [src, dst] = arrow === '>' ? [left, right] : [right, left]
  const startLine =
    status === undefined ? `${method} sip:bob@b.test SIP/2.0` : `SIP/2.0 ${status} X`
  const headers = [
    `Via: SIP/2.0/UDP ${src}.test;branch=z9hG4bK-${left}${right}-${method}-${cseq}`,
    `From: <sip:alice@a.test>;tag=${from}`,
    `To: <sip:bob@b.test>${to === undefined ? '' : `;tag=${to}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...(extra === undefined ? [] : extra.split(';;').map((header) => header.trim())),
    'Content-Length: 0',
  ]
  const text = `${[startLine, ...headers].join('\r\n')}\r\n\r\n`
  return {
    text,
    carriage: {
      tUs: LADDER_START_US + Math.round(Number(seconds) * 1_000_000),
      src: addressOf(src),
      srcPort: 5060,
      dst: addressOf(dst),
      dstPort: 5060,
      transport: 17,
      pieces: [{ ref, offset: 42, length: text.length }],
    },
  }
}

/** `A` is 10.0.0.1, `B` 10.0.0.2, and so on. */
function addressOf(end: string): number {
  return 0x0a000000 + end.charCodeAt(0) - 64
}

/** A tracker whose records outlive it: the real one hands out memory that it uses again. */
export function trackerInto(
  records: LegRecord[],
  options: Partial<ConstructorParameters<typeof LegTracker>[0]> = {},
): LegTracker {
  return new LegTracker({
    addresses: new AddressTable(),
    settings: fixtureSettings,
    emit: (record) => records.push(keptRecord(record)),
    ...options,
  })
}

/** A copy of a record, down to its numbers. */
export function keptRecord(record: LegRecord): LegRecord {
  const { trail } = record
  return structuredClone({ ...record, trail: { ...trail, facts: Array.from(trail.facts) } })
}

export function push(tracker: LegTracker, { text, carriage }: Rung): void {
  const bytes = Buffer.from(text, 'latin1')
  const message = new SipMessage()
  assert(message.read(bytes, 0, bytes.length, { isDatagram: true }), `no SIP: ${text}`)
  tracker.push(message, carriage)
}

/** What one tracker makes of these messages when they are all it sees. */
export function tracked(rungs: readonly Rung[]): LegRecord[] {
  const records: LegRecord[] = []
  const tracker = trackerInto(records)
  for (const rung of rungs) push(tracker, rung)
  tracker.finish()
  return records
}

/** The one leg of a ladder. */
export function legOfLadder(ladder: string): LegRecord {
  const [record, ...others] = tracked(drawn(ladder))
  assert(record !== undefined && others.length === 0, 'a ladder of one Call-ID is one leg')
  return record
}

/** How a leg went, with times in seconds of the ladder: what tables compare. */
export interface Course {
  readonly kind?: string
  readonly state: string
  readonly start?: number
  readonly ring?: number
  readonly answer?: number
  readonly end?: number
  readonly status?: number
  readonly by?: string
  readonly repeats?: number
  readonly copies?: number
  readonly refusedBy?: string
  readonly reason?: string
}

export function courseOf(summary: LegSummary): Course {
  const { kind, state, status, endedBy, retransmissions, copies, refusedBy, reason } = summary
  return {
    ...(kind === 'call' ? {} : { kind }),
    state,
    ...(summary.startUs === LADDER_START_US ? {} : { start: seconds(summary.startUs) }),
    ...(summary.ringUs === null ? {} : { ring: seconds(summary.ringUs) }),
    ...(summary.answerUs === null ? {} : { answer: seconds(summary.answerUs) }),
    ...(summary.endUs === null ? {} : { end: seconds(summary.endUs) }),
    ...(status === null ? {} : { status }),
    ...(endedBy === null ? {} : { by: endedBy }),
    ...(retransmissions === 0 ? {} : { repeats: retransmissions }),
    ...(copies === 0 ? {} : { copies }),
    ...(refusedBy === null ? {} : { refusedBy }),
    ...(reason === null ? {} : { reason }),
  }
}

function seconds(tUs: number): number {
  return (tUs - LADDER_START_US) / 1_000_000
}

/** The course of a ladder's only leg. */
export function courseOfLadder(ladder: string): Course {
  return courseOf(summarizeLeg(legOfLadder(ladder).trail))
}

/** The only leg of a ladder as rows and pages show it; a call by itself. */
export function shownLeg(ladder: string, callId = 'call-1@test'): Leg {
  const [record] = tracked(drawn(ladder, callId))
  assert(record !== undefined)
  const { path, ...facts } = summarizeLeg(record.trail)
  return {
    ...facts,
    ...record.head,
    legKey: callId,
    callKey: callId,
    callId: record.callId,
    conversationId: '',
    src: path?.src ?? null,
    srcPort: path?.srcPort ?? null,
    dst: path?.dst ?? null,
    dstPort: path?.dstPort ?? null,
    transport: 'udp',
    identities: record.trail.identities,
    problems: record.problems,
  }
}
