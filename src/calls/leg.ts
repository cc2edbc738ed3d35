// What is known of a leg: the summary that rows, APIs and pages show. It is always computed from
// the leg's messages (see leg-summary.ts), so two halves of a leg merge to the same summary.
import type { Evidence } from './join-evidence.ts'

/** What a leg is about, by the request that began it. */
export type LegKind = 'call' | 'registration' | 'options' | 'subscription' | 'message' | 'other'

/**
 * How far a leg came, or how it ended.
 * - `trying`: an INVITE, nothing but 100 since; `ringing`: 180 or 183 seen
 * - `in-call`: answered, no BYE seen; `completed`: answered and ended by BYE
 * - `cancelled`: CANCEL or 487, because the caller gave up or the call was answered elsewhere
 * - `busy`: 486 or 600; `rejected`: any other 4xx to 6xx
 * - `redirected`: 3xx; `challenged`: 401 or 407 and no further attempt
 * - for legs that are no call: `pending` (no final answer), `done` (2xx), else as above
 */
export type LegState =
  | 'trying'
  | 'ringing'
  | 'in-call'
  | 'completed'
  | 'cancelled'
  | 'busy'
  | 'rejected'
  | 'redirected'
  | 'challenged'
  | 'pending'
  | 'done'

/** The states of a call that goes on. */
export const STATES_GOING_ON: readonly LegState[] = ['trying', 'ringing', 'in-call']

/** Whether it is a call that no end was captured of. */
export function goesOn({ kind, state }: Pick<Leg, 'kind' | 'state'>): boolean {
  return kind === 'call' && STATES_GOING_ON.includes(state)
}

/** Which side did something. */
export type Side = 'caller' | 'callee'

/** Headers of an INVITE that name users beside those of From and To: see leg-identities.ts. */
export type IdentityHeader =
  | 'P-Asserted-Identity'
  | 'P-Preferred-Identity'
  | 'Remote-Party-ID'
  | 'Diversion'
  | 'History-Info'

/** A user that an INVITE names so. */
export interface Identity {
  readonly header: IdentityHeader
  /** Whose it is: the caller's own, or that of somebody whom the call was for. */
  readonly side: Side
  /** User part of the URI, as written. */
  readonly user: string
}

/** One leg as rows, APIs and pages show it. Times are µs since 1970, null where unknown. */
export interface Leg {
  /** Identifies the leg in this store. Opaque, safe in a URL. */
  readonly legKey: string
  /** Null for messages that carry none; each of those is a leg of its own. */
  readonly callId: string | null
  /** The call that the leg belongs to; the same for all legs joined to one call. */
  readonly callKey: string
  /** From a header where one names it, else derived from the call: a UUID. */
  readonly conversationId: string
  readonly kind: LegKind
  readonly state: LegState
  /** User parts of the From and To URIs of the first request. */
  readonly from: string | null
  readonly to: string | null
  /** Host parts of the same. */
  readonly fromHost: string | null
  readonly toHost: string | null
  /** Further users of both sides, where its INVITE names some that From and To do not. */
  readonly identities: readonly Identity[]
  /** Where the first request was sent from and to. */
  readonly src: string | null
  readonly srcPort: number | null
  readonly dst: string | null
  readonly dstPort: number | null
  /** Transport of the first message: udp, tcp, sctp, tls, ws, wss. */
  readonly transport: string
  /** The request that began it was captured; else it was joined in the middle. */
  readonly isOpened: boolean
  readonly startUs: number
  readonly ringUs: number | null
  readonly answerUs: number | null
  readonly endUs: number | null
  /** The last message seen, whatever it was. */
  readonly lastUs: number
  /** Last final answer to the INVITE that began the leg (to the request, for other kinds). */
  readonly status: number | null
  /** Null where the messages do not tell, and where what happened to another leg ended it. */
  readonly endedBy: Side | null
  /** Messages captured, retransmissions and copies included. */
  readonly messages: number
  /** Messages that were sent again, byte for byte between the same ends. */
  readonly retransmissions: number
  /** Messages that were captured twice: within 50 ms of an equal one. */
  readonly copies: number
  /** The caller acknowledged a final answer to the INVITE, and none was captured. */
  readonly isAcknowledged: boolean
  /** Credentials were asked for (`challenged`), and asked for again when some had been sent. */
  readonly isChallengedAgain: boolean
  /** How often the 2xx to the INVITE was sent again: the callee had no ACK until then. */
  readonly answerRepeats: number
  /** The caller gave up (CANCEL), and the 2xx came all the same: they crossed. */
  readonly isCancelCrossed: boolean
  /** Address that refused it: where the refusal came from first, as far as it was captured. */
  readonly refusedBy: string | null
  /** The side that asked for a transfer (REFER), which the other one accepted. */
  readonly transferBy: Side | null
  /** Address that the INVITE was sent to last and that answered nothing; null where an end rang. */
  readonly silentAt: string | null
  /** What whoever ended it gave as the Reason (RFC 3326), as written. */
  readonly reason: string | null
  readonly userAgent: string | null
  /** Codes of the problems seen in its messages, each once. */
  readonly problems: readonly string[]
}

/** Legs that carry one conversation. */
export interface Call {
  readonly callKey: string
  readonly conversationId: string
  /** Oldest first. */
  readonly legs: readonly Leg[]
  /** Why the legs after the first are here, one line each. */
  readonly joins: readonly Join[]
  readonly from: string | null
  readonly to: string | null
  readonly startUs: number
  /** These tell of the first leg, or of a later one by which its sender tried again. */
  readonly ringUs: number | null
  readonly answerUs: number | null
  readonly endUs: number | null
  /** From answer to end, null unless both are known. */
  readonly durationMs: number | null
  readonly status: number | null
  readonly state: LegState
  readonly kind: LegKind
  /** What happened, in one sentence. */
  readonly verdict: string
  /** Lowest mean opinion score of its streams; null until media is measured. */
  readonly mosMin: number | null
  readonly recordings: number
}

/** The evidence that joined a leg to its call. */
export interface Join {
  readonly legKey: string
  /** Header that said so (`X-Call-ID`, `Session-ID`); null where none did. */
  readonly header: string | null
  /** What the legs have in common where no header said so; else empty. */
  readonly evidence: readonly Evidence[]
  /** The value that both legs share: without a header, the Call-ID of the leg that went on. */
  readonly value: string
}

/** One stored message, without its bytes. */
export interface MessageRow {
  /** Identifies the message in this store. Opaque, safe in a URL. */
  readonly messageId: string
  readonly legKey: string
  readonly callId: string | null
  readonly tUs: number
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  readonly transport: string
  /** Of a response too, from its CSeq. */
  readonly method: string
  /** Null for a request. */
  readonly status: number | null
  readonly cseq: number | null
  readonly isRetransmission: boolean
}
