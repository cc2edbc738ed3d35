// A leg as the tracker collects it and the store keeps it: who it is about, and one fact line for
// each of its messages. Everything that is shown of a leg is computed from this.
import { limits } from '../base/limits.ts'
import type { Identity, IdentityHeader } from './leg.ts'

/** Fields of one message in `LegTrail.facts`, which is flat: line i begins at i * FACT_FIELDS. */
export const FACT_FIELDS = 12
/** Time, µs since 1970. */
export const FACT_T_US = 0
/** The stored frame with the message's first byte: see store/frame-ref.ts. */
export const FACT_REF = 1
/** 32-bit hash of the message's bytes. Equal bytes between the same ends repeat: see repeats.ts. */
export const FACT_HASH = 2
/** Which message this is: see `requestCode` and `responseCode`. */
export const FACT_CODE = 3
/** CSeq number, -1 where unknown. */
export const FACT_CSEQ = 4
/** Method code of the CSeq. */
export const FACT_CSEQ_METHOD = 5
/** Index into `paths`. */
export const FACT_PATH = 6
/** Index into `tags` plus one, 0 for no tag. */
export const FACT_FROM_TAG = 7
export const FACT_TO_TAG = 8
/** Where the message begins inside its first frame, and how many of its bytes lie there. */
export const FACT_OFFSET = 9
export const FACT_LENGTH = 10
/**
 * Small numbers packed together: how many equal messages of the same microsecond came before from
 * the same source (times 65,536), and the index into `extras` plus one (0: all in one frame).
 */
export const FACT_COPY = 11

const COPY_SCALE = 65_536

/** Codes of requests are their method's; those of responses follow from here. */
export const RESPONSE_CODE_BASE = 1_000
/** Codes of requests with a method of `LegTrail.methods` follow from here. */
export const ODD_METHOD_BASE = 100

/** The two ends that a message went between. */
export interface Path {
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  /** IP protocol number. */
  readonly transport: number
}

/** One line for each message, and the tables that the lines point into. */
export interface LegTrail {
  readonly paths: readonly Path[]
  /** 32-bit hashes of the tags seen: enough to tell the sides and forks apart. */
  readonly tags: readonly number[]
  /** Methods that no RFC of ours names. */
  readonly methods: readonly string[]
  readonly facts: ArrayLike<number>
  /** Further pieces of messages that lie in several frames: ref, offset, length, ref, … */
  readonly extras: readonly (readonly number[])[]
  /** Sorted by hash, each once. */
  readonly reasons: readonly GivenReason[]
  /** Sorted, each once. */
  readonly identities: readonly Identity[]
}

/** The trail of a leg without messages. */
export const NO_TRAIL: LegTrail = {
  paths: [],
  tags: [],
  methods: [],
  facts: [],
  extras: [],
  reasons: [],
  identities: [],
}

/** What a message says of why it ends a leg: see given-reason.ts. */
export interface GivenReason {
  /** Of the message's bytes, as in FACT_HASH. */
  readonly hash: number
  readonly text: string
}

/** A header value that ties legs together. */
export interface JoinKey {
  readonly header: string
  readonly value: string
}

/** Who a leg is about, read from the message that tells it best: see witness.ts. */
export interface LegHead {
  readonly from: string | null
  readonly to: string | null
  readonly fromHost: string | null
  readonly toHost: string | null
  readonly userAgent: string | null
}

export interface LegRecord {
  readonly callId: string | null
  readonly head: LegHead
  /** Sorted, each once. */
  readonly joinKeys: readonly JoinKey[]
  /** Conversation id that a header named; the smallest where several do. */
  readonly conversation: string | null
  /** Problem codes, sorted, each once. */
  readonly problems: readonly string[]
  readonly trail: LegTrail
}

/** The code of a response with this status. */
export function responseCode(status: number): number {
  return RESPONSE_CODE_BASE + status
}

/** The status of a code, 0 for a request's. */
export function statusOf(code: number): number {
  return code >= RESPONSE_CODE_BASE ? code - RESPONSE_CODE_BASE : 0
}

export function packCopy(ordinal: number, extraIndex: number): number {
  return ordinal * COPY_SCALE + extraIndex
}

/** How many equal messages of the same microsecond came before this one. */
export function ordinalOf(copy: number): number {
  return Math.floor(copy / COPY_SCALE)
}

/** Index into `extras`, -1 for a message that lies in one frame. */
export function extraIndexOf(copy: number): number {
  return (copy % COPY_SCALE) - 1
}

/** How many messages the trail has. */
export function messageCount(trail: LegTrail): number {
  return trail.facts.length / FACT_FIELDS
}

/** Join keys sorted and each once, bounded to the smallest. */
export function sortedJoinKeys(keys: readonly JoinKey[]): readonly JoinKey[] {
  if (keys.length < 2) return keys
  const byText = new Map(keys.map((key) => [`${key.header}\n${key.value}`, key]))
  return [...byText]
    .sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0))
    .slice(0, limits.joinKeysPerLegMax)
    .map(([, key]) => key)
}

/** Reasons sorted and each once, bounded to the smallest hashes. */
export function sortedReasons(reasons: readonly GivenReason[]): readonly GivenReason[] {
  if (reasons.length < 2) return reasons
  const byHash = new Map(reasons.map((reason) => [reason.hash, reason]))
  return [...byHash.values()].sort((x, y) => x.hash - y.hash).slice(0, limits.reasonsPerLegMax)
}

/** Headers of identities in the order of their stored numbers: append only. */
export const IDENTITY_HEADERS: readonly IdentityHeader[] = [
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Remote-Party-ID',
  'Diversion',
  'History-Info',
]

/** Identities sorted and each once, bounded to the first: the caller's stand before others. */
export function sortedIdentities(identities: readonly Identity[]): readonly Identity[] {
  if (identities.length < 2) return identities
  const byText = new Map(identities.map((identity) => [identityText(identity), identity]))
  return [...byText]
    .sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0))
    .slice(0, limits.identitiesPerLegMax)
    .map(([, identity]) => identity)
}

function identityText({ header, side, user }: Identity): string {
  return `${IDENTITY_HEADERS.indexOf(header)} ${side} ${user}`
}
