// A found leg in, the rows of its messages out, each with the pieces of stored frames where its
// bytes lie.
import type { Leg, MessageRow } from './leg.ts'
import {
  extraIndexOf,
  FACT_CODE,
  FACT_COPY,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_LENGTH,
  FACT_OFFSET,
  FACT_PATH,
  FACT_REF,
  FACT_T_US,
  type LegTrail,
  ODD_METHOD_BASE,
  RESPONSE_CODE_BASE,
  statusOf,
} from './leg-record.ts'
import { repeats } from './repeats.ts'
import {
  type FramePiece,
  TRANSPORT_SCTP,
  TRANSPORT_TCP,
  TRANSPORT_TLS,
  TRANSPORT_UDP,
  TRANSPORT_WS,
  TRANSPORT_WSS,
} from '../decode/datagram.ts'
import { METHODS } from '../sip/method.ts'

/** A message's row and where its bytes lie. */
export interface LocatedMessage {
  readonly row: MessageRow
  readonly pieces: readonly FramePiece[]
}

export function locateMessages(
  leg: Pick<Leg, 'legKey' | 'callId'>,
  trail: LegTrail,
): LocatedMessage[] {
  const repeated = repeats(trail)
  const located: LocatedMessage[] = []
  for (let at = 0; at < trail.facts.length; at += FACT_FIELDS) {
    const row = readRow(leg, trail, at, repeated[at / FACT_FIELDS] === 'retransmission')
    located.push({ row, pieces: piecesAt(trail, at) })
  }
  return located
}

/** The house's order: time, then arrival, then cause (a response never before its request). */
export function compareMessages(a: LocatedMessage, b: LocatedMessage): number {
  return (
    a.row.tUs - b.row.tUs ||
    (a.pieces[0]?.ref ?? 0) - (b.pieces[0]?.ref ?? 0) ||
    (a.pieces[0]?.offset ?? 0) - (b.pieces[0]?.offset ?? 0) ||
    Number(a.row.status !== null) - Number(b.row.status !== null)
  )
}

function readRow(
  leg: Pick<Leg, 'legKey' | 'callId'>,
  trail: LegTrail,
  at: number,
  isRetransmission: boolean,
): MessageRow {
  const { facts } = trail
  const field = (n: number): number => facts[at + n] ?? 0
  const path = trail.paths[field(FACT_PATH)]
  const code = field(FACT_CODE)
  const isResponse = code >= RESPONSE_CODE_BASE
  const cseq = field(FACT_CSEQ)
  return {
    messageId: `${field(FACT_REF).toString(36)}-${field(FACT_OFFSET).toString(36)}`,
    legKey: leg.legKey,
    callId: leg.callId,
    tUs: field(FACT_T_US),
    src: path?.src ?? '',
    srcPort: path?.srcPort ?? 0,
    dst: path?.dst ?? '',
    dstPort: path?.dstPort ?? 0,
    transport: transportName(path?.transport ?? 0),
    method: methodName(trail, isResponse ? field(FACT_CSEQ_METHOD) : code),
    status: isResponse ? statusOf(code) : null,
    cseq: cseq < 0 ? null : cseq,
    isRetransmission,
  }
}

function piecesAt(trail: LegTrail, at: number): FramePiece[] {
  const { facts } = trail
  const pieces: FramePiece[] = [
    {
      ref: facts[at + FACT_REF] ?? 0,
      offset: facts[at + FACT_OFFSET] ?? 0,
      length: facts[at + FACT_LENGTH] ?? 0,
    },
  ]
  const extra = trail.extras[extraIndexOf(facts[at + FACT_COPY] ?? 0)] ?? []
  for (let i = 0; i + 2 < extra.length; i += 3) {
    pieces.push({ ref: extra[i] ?? 0, offset: extra[i + 1] ?? 0, length: extra[i + 2] ?? 0 })
  }
  return pieces
}

function methodName(trail: LegTrail, code: number): string {
  return METHODS[code] ?? trail.methods[code - ODD_METHOD_BASE] ?? ''
}

const TRANSPORT_NAMES: ReadonlyMap<number, string> = new Map([
  [TRANSPORT_UDP, 'udp'],
  [TRANSPORT_TCP, 'tcp'],
  [TRANSPORT_SCTP, 'sctp'],
  [TRANSPORT_TLS, 'tls'],
  [TRANSPORT_WS, 'ws'],
  [TRANSPORT_WSS, 'wss'],
])

/** The name of a transport by its number (decode/datagram.ts). */
export function transportName(transport: number): string {
  return TRANSPORT_NAMES.get(transport) ?? String(transport)
}
