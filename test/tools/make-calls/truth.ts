// The truth about a made capture, as it is written beside it. Times are µs since 1970. Types alone.

export type CallKind =
  | 'answered'
  | 'busy'
  | 'notfound'
  | 'cancelled'
  | 'challenged'
  | 'error'
  | 'timeout'

/** One Call-ID. */
export interface TruthLeg {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly src: string
  readonly dst: string
  readonly kind: CallKind
  readonly parentCallId: string | null
  readonly startUs: number
  ringUs: number | null
  answerUs: number | null
  endUs: number | null
  /** Last final answer to the INVITE; 0 for none. */
  status: number
  readonly userAgent: string
  codec: string | null
  messages: number
}

/** One SSRC one way. Packets in the capture are sent - lost + duplicates. */
export interface TruthStream {
  readonly callId: string
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  readonly ssrc: number
  readonly codec: string
  sent: number
  lost: number
  duplicates: number
  reordered: number
  firstUs: number | null
  lastUs: number | null
}

export interface Truth {
  readonly calls: number
  messages: number
  registers: number
  options: number
  readonly legs: TruthLeg[]
  readonly streams: TruthStream[]
  packets?: number
}
