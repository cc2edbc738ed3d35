// Descriptions of legs in, packed legs as the tracker would hand them on out: what the suites put
// into an index. Made message by message, so that halves of a leg merge as real ones do.
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { hashText53 } from '../base/hash.ts'
import type { Identity } from '../calls/leg.ts'
import { orderTrail } from '../calls/leg-merge.ts'
import { type PackedLeg, packLeg, unpackLeg } from '../calls/leg-record-codec.ts'
import {
  FACT_FIELDS,
  type JoinKey,
  NO_TRAIL,
  type Path,
  responseCode,
  sortedIdentities,
} from '../calls/leg-record.ts'
import { summarizeLeg } from '../calls/leg-summary.ts'
import { METHODS } from '../sip/method.ts'
import { frameRef, REF_SCALE } from './frame-ref.ts'

/** One message of a leg. */
export interface MessagePlan {
  readonly tUs: number
  /** `INVITE`, or `180 INVITE` for an answer to one. */
  readonly what: string
  readonly cseq?: number
  /** Who sends it; by default the caller requests and the callee answers. */
  readonly isFromCallee?: boolean
  /** Two addresses that it went between instead of the leg's own. */
  readonly hop?: readonly [src: string, dst: string]
  /** The block that holds it. */
  readonly block?: number
}

export interface LegPlan {
  readonly callId: string | null
  readonly messages: readonly MessagePlan[]
  readonly from?: string | null
  readonly to?: string | null
  readonly userAgent?: string
  /** `10.0.0.1` and `10.0.0.2` by default. */
  readonly src?: string
  readonly dst?: string
  readonly joinKeys?: readonly JoinKey[]
  readonly conversation?: string
  readonly problems?: readonly string[]
  readonly identities?: readonly Identity[]
}

const CALLER_TAG = 0xa11ce
const CALLEE_TAG = 0xb0b

interface Tables {
  readonly paths: Path[]
  readonly tags: number[]
}

/** The leg that these messages make, or the part of one that was seen. */
export function makeLeg(plan: LegPlan): PackedLeg {
  const tables: Tables = { paths: [], tags: [] }
  const facts = plan.messages.flatMap((message) => factsOf(plan, message, tables))
  const identities = sortedIdentities(plan.identities ?? [])
  const trail = orderTrail({ ...NO_TRAIL, ...tables, facts, identities })
  const { callId, from = 'alice', to = 'bob', joinKeys = [], problems = [] } = plan
  const head = { from, to, fromHost: 'a.example', toHost: 'b.example' }
  const record = {
    callId,
    head: { ...head, userAgent: plan.userAgent ?? null },
    joinKeys,
    conversation: plan.conversation ?? null,
    problems,
    trail,
  }
  const writer = new ByteWriter()
  packLeg(writer, record, summarizeLeg(trail), REF_SCALE)
  return unpackLeg(new ByteReader(writer.take()))
}

/** A call of one INVITE at this time; enough where only one thing about a leg matters. */
export function makeInvite(callId: string, tUs: number, plan: Partial<LegPlan> = {}): PackedLeg {
  return makeLeg({ callId, messages: [{ tUs, what: 'INVITE' }], ...plan })
}

/** The messages of an answered call: seven of them, `stepUs` apart. */
export function answeredCall(startUs: number, stepUs = 1_000_000): MessagePlan[] {
  const course = ['INVITE', '100 INVITE', '180 INVITE', '200 INVITE', 'ACK', 'BYE', '200 BYE']
  return course.map((what, i) => ({
    tUs: startUs + i * stepUs,
    what,
    cseq: what.endsWith('BYE') ? 2 : 1,
  }))
}

/** The messages of a call that was refused with this status. */
export function refusedCall(startUs: number, status: number): MessagePlan[] {
  return ['INVITE', `${status} INVITE`, 'ACK'].map((what, i) => ({ tUs: startUs + i, what }))
}

function factsOf(plan: LegPlan, message: MessagePlan, tables: Tables): number[] {
  const { tUs, what, cseq = 1, block = 1 } = message
  const [status, method] = /^\d/.test(what) ? what.split(' ') : [undefined, what]
  const methodCode = METHODS.findIndex((known) => known === method)
  const code = status === undefined ? methodCode : responseCode(Number(status))
  const isFromCallee = message.isFromCallee ?? status !== undefined
  // Nothing has a To tag before the first answer; in here that is the rule for what opens a leg.
  const isOpening = status === undefined && /^(?:INVITE|REGISTER|OPTIONS|MESSAGE)$/.test(what)
  const isInDialog = !(isOpening && cseq === 1) && status !== '100'
  const isTurned = status === undefined && isFromCallee
  const path = pathOf(plan, message, isFromCallee, tables.paths)
  const fromTag = tagOf(isTurned ? CALLEE_TAG : CALLER_TAG, tables.tags)
  const toTag = isInDialog ? tagOf(isTurned ? CALLER_TAG : CALLEE_TAG, tables.tags) : 0
  const hash = hashText53(`${plan.callId} ${what} ${cseq} ${tUs}`) % 2 ** 32
  // The same message lies at the same place, whichever half of the leg tells of it.
  const ref = frameRef(block, tUs % REF_SCALE)
  const facts = [tUs, ref, hash, code, cseq, methodCode, path, fromTag, toTag, 42, 500, 0]
  if (facts.length !== FACT_FIELDS) throw new Error(`${facts.length} fields for ${FACT_FIELDS}`)
  return facts
}

/** Index plus one, as trails count tags. */
function tagOf(tag: number, tags: number[]): number {
  const known = tags.indexOf(tag)
  return known >= 0 ? known + 1 : tags.push(tag)
}

function pathOf(plan: LegPlan, message: MessagePlan, isTurned: boolean, paths: Path[]): number {
  const [src, dst] = message.hop ?? [plan.src ?? '10.0.0.1', plan.dst ?? '10.0.0.2']
  const ends = isTurned ? { src: dst, dst: src } : { src, dst }
  const known = paths.findIndex((path) => path.src === ends.src && path.dst === ends.dst)
  if (known >= 0) return known
  return paths.push({ ...ends, srcPort: 5060, dstPort: 5060, transport: 17 }) - 1
}
