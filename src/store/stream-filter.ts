// Which streams are meant: the terms of a search for media, and the one meaning that all backends
// give them.

import type { LegRule } from './leg-rule.ts'

/** Which streams are meant. All parts that are given must hold. */
export interface StreamFilter {
  /** Streams that start in this span, µs since 1970, `endUs` not included. */
  readonly startUs?: number
  readonly endUs?: number
  readonly callId?: string
  /** An IP address (exact) of either end. */
  readonly address?: string
  readonly ssrc?: number
  /** Encoding name, without regard to case. */
  readonly codec?: string
  /** Streams whose score is below this one; streams without a score are not. */
  readonly mosBelow?: number
  /** True: only streams that belong to a leg; false: only those that no SDP announced. */
  readonly isBound?: boolean
  /** Streams of legs that obey at least one of these rules; an empty list means no stream. */
  readonly anyOf?: readonly LegRule[]
}
