// Two records of one leg in, one out: the union of their messages. Merging is associative,
// commutative and idempotent, so whoever saw which half, in whatever order, ends at the same leg.
import { limits } from '../base/limits.ts'
import type { Identity } from './leg.ts'
import {
  extraIndexOf,
  FACT_CODE,
  FACT_COPY,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_FROM_TAG,
  FACT_HASH,
  FACT_PATH,
  FACT_REF,
  FACT_T_US,
  FACT_TO_TAG,
  type GivenReason,
  type JoinKey,
  type LegRecord,
  type LegTrail,
  messageCount,
  NO_TRAIL,
  ODD_METHOD_BASE,
  ordinalOf,
  type Path,
  packCopy,
  RESPONSE_CODE_BASE,
  sortedIdentities,
  sortedJoinKeys,
  sortedReasons,
} from './leg-record.ts'
import { bestWitness, compareWitnesses } from './witness.ts'

/** The record of everything that either of the two saw. Both must be of one Call-ID. */
export function mergeLegs(
  a: LegRecord,
  b: LegRecord,
  messagesMax: number = limits.messagesPerLegMax,
): LegRecord {
  const order = compareWitnesses(a.trail, bestWitness(a.trail), b.trail, bestWitness(b.trail))
  return {
    callId: a.callId,
    head: order <= 0 ? a.head : b.head,
    joinKeys: unionJoinKeys(a.joinKeys, b.joinKeys),
    conversation: smallest(a.conversation, b.conversation),
    problems: [...new Set([...a.problems, ...b.problems])].sort(),
    trail: mergeTrails(a.trail, b.trail, messagesMax),
  }
}

/**
 * The trail in canonical form: lines in order, each message once. What the tracker collected goes
 * through here once before it is stored; its tables are in the order of their first use already.
 */
export function orderTrail(
  trail: LegTrail,
  messagesMax: number = limits.messagesPerLegMax,
): LegTrail {
  return isOrdered(trail) && messageCount(trail) <= messagesMax
    ? trail
    : canonicalTrail(trail, messagesMax)
}

/** The same for a trail whose tables are not in the order of their first use. */
export function canonicalTrail(
  trail: LegTrail,
  messagesMax: number = limits.messagesPerLegMax,
): LegTrail {
  return mergeTrails(trail, NO_TRAIL, messagesMax)
}

/** One message line on its way from a trail into another. */
interface Line {
  readonly trail: LegTrail
  readonly at: number
}

function mergeTrails(a: LegTrail, b: LegTrail, messagesMax: number): LegTrail {
  const lines: Line[] = []
  for (const trail of [a, b]) {
    for (let at = 0; at < trail.facts.length; at += FACT_FIELDS) lines.push({ trail, at })
  }
  lines.sort(compareLines)
  const seen = new Map<string, true>()
  const builder = new TrailBuilder(
    sortedReasons([...a.reasons, ...b.reasons]),
    sortedIdentities([...a.identities, ...b.identities]),
  )
  for (const line of lines) {
    const key = identity(line)
    // Of two lines about one message the one with the smaller ref stays: it was sorted first.
    if (seen.has(key)) continue
    if (seen.size >= messagesMax) break
    seen.set(key, true)
    builder.add(line)
  }
  return builder.trail()
}

/** What makes two lines be about the same message: when, which bytes, between whom, which copy. */
function identity({ trail, at }: Line): string {
  const path = trail.paths[trail.facts[at + FACT_PATH] ?? 0]
  const ends = path === undefined ? '' : pathKey(path)
  const ordinal = ordinalOf(trail.facts[at + FACT_COPY] ?? 0)
  return `${trail.facts[at + FACT_T_US]} ${trail.facts[at + FACT_HASH]} ${ordinal} ${ends}`
}

function compareLines(x: Line, y: Line): number {
  const field = (line: Line, n: number): number => line.trail.facts[line.at + n] ?? 0
  return (
    field(x, FACT_T_US) - field(y, FACT_T_US) ||
    field(x, FACT_REF) - field(y, FACT_REF) ||
    field(x, FACT_HASH) - field(y, FACT_HASH)
  )
}

function isOrdered(trail: LegTrail): boolean {
  const { facts } = trail
  for (let at = FACT_FIELDS; at < facts.length; at += FACT_FIELDS) {
    const before = at - FACT_FIELDS
    const step = (facts[at + FACT_T_US] ?? 0) - (facts[before + FACT_T_US] ?? 0)
    if (step < 0) return false
    if (step === 0 && (facts[at + FACT_REF] ?? 0) < (facts[before + FACT_REF] ?? 0)) return false
  }
  return true
}

function pathKey(path: Path): string {
  return `${path.transport} ${path.src} ${path.srcPort} ${path.dst} ${path.dstPort}`
}

/** Builds a trail line by line, with tables of its own. */
class TrailBuilder {
  readonly #paths: Path[] = []
  readonly #pathIndexes = new Map<string, number>()
  readonly #tags: number[] = []
  readonly #methods: string[] = []
  readonly #facts: number[] = []
  readonly #extras: (readonly number[])[] = []
  readonly #reasons: readonly GivenReason[]
  readonly #identities: readonly Identity[]

  constructor(reasons: readonly GivenReason[], identities: readonly Identity[]) {
    this.#reasons = reasons
    this.#identities = identities
  }

  add({ trail, at }: Line): void {
    const start = this.#facts.length
    for (let n = 0; n < FACT_FIELDS; n++) this.#facts.push(trail.facts[at + n] ?? 0)
    const copy = trail.facts[at + FACT_COPY] ?? 0
    this.#facts[start + FACT_PATH] = this.#path(trail.paths[trail.facts[at + FACT_PATH] ?? 0])
    this.#facts[start + FACT_FROM_TAG] = this.#tag(trail, trail.facts[at + FACT_FROM_TAG] ?? 0)
    this.#facts[start + FACT_TO_TAG] = this.#tag(trail, trail.facts[at + FACT_TO_TAG] ?? 0)
    this.#facts[start + FACT_CODE] = this.#code(trail, trail.facts[at + FACT_CODE] ?? 0)
    this.#facts[start + FACT_CSEQ_METHOD] = this.#code(
      trail,
      trail.facts[at + FACT_CSEQ_METHOD] ?? 0,
    )
    const extra = trail.extras[extraIndexOf(copy)]
    const extraIndex = extra === undefined ? 0 : this.#extras.push(extra)
    this.#facts[start + FACT_COPY] = packCopy(ordinalOf(copy), extraIndex)
  }

  trail(): LegTrail {
    return {
      paths: this.#paths,
      tags: this.#tags,
      methods: this.#methods,
      facts: this.#facts,
      extras: this.#extras,
      reasons: this.#reasons,
      identities: this.#identities,
    }
  }

  #path(path: Path | undefined): number {
    if (path === undefined) return 0
    const key = pathKey(path)
    const known = this.#pathIndexes.get(key)
    if (known !== undefined) return known
    // Beyond the bound the last path stands for all: the bytes still tell the truth.
    if (this.#paths.length >= limits.endpointsPerLegMax) return this.#paths.length - 1
    const index = this.#paths.push(path) - 1
    this.#pathIndexes.set(key, index)
    return index
  }

  #tag(trail: LegTrail, indexPlusOne: number): number {
    const tag = trail.tags[indexPlusOne - 1]
    if (tag === undefined) return 0
    const known = this.#tags.indexOf(tag)
    if (known >= 0) return known + 1
    if (this.#tags.length >= limits.tagsPerLegMax) return this.#tags.length
    return this.#tags.push(tag)
  }

  #code(trail: LegTrail, code: number): number {
    if (code < ODD_METHOD_BASE || code >= RESPONSE_CODE_BASE) return code
    const method = trail.methods[code - ODD_METHOD_BASE]
    if (method === undefined) return 0
    const known = this.#methods.indexOf(method)
    return ODD_METHOD_BASE + (known >= 0 ? known : this.#methods.push(method) - 1)
  }
}

function unionJoinKeys(a: readonly JoinKey[], b: readonly JoinKey[]): readonly JoinKey[] {
  if (b.length === 0) return a
  if (a.length === 0) return b
  return sortedJoinKeys([...a, ...b])
}

function smallest(a: string | null, b: string | null): string | null {
  if (a === null) return b
  if (b === null) return a
  return a < b ? a : b
}
