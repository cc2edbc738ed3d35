// Which legs are meant: the terms of every search, and the one meaning that all backends give them.
import { Failure } from '../base/failure.ts'
import type { LegKind, LegState } from '../calls/leg.ts'
import type { LegRule } from './leg-rule.ts'

/** Which legs or calls are meant. All parts that are given must hold. */
export interface LegFilter {
  /** Legs that start in this span, µs since 1970, `endUs` not included. */
  readonly startUs?: number
  readonly endUs?: number
  readonly callId?: string
  readonly callKey?: string
  readonly conversationId?: string
  /** A user pattern: plain text is exact; `*` at an end means "any": `+4420*`, `*1234`, `*555*`. */
  readonly from?: string
  readonly to?: string
  /** A user pattern that may match either side. */
  readonly user?: string
  /** Identities of a side (leg-identities.ts) count as users of that side, too. */
  readonly withIdentities?: true
  /** An IP address (exact) of any end that the leg's messages touched. */
  readonly address?: string
  /** A final status, or a class as `4xx`. */
  readonly status?: string
  readonly state?: LegState
  readonly kind?: LegKind
  /** Legs of kind call that no end was captured of. */
  readonly goesOn?: true
  /** Legs that obey at least one of these rules; an empty list means no leg. */
  readonly anyOf?: readonly LegRule[]
}

/** The statuses that a filter's `status` means: `486` itself, `4xx` a whole class. */
export function statusRange(status: string): { from: number; to: number } {
  const match = /^([1-9])xx$/i.exec(status)
  if (match !== null) return { from: Number(match[1]) * 100, to: Number(match[1]) * 100 + 99 }
  const number = Number(status)
  if (!Number.isInteger(number) || number < 100 || number > 999) {
    throw new Failure('bad-input', `status ${status}: expected a number from 100 to 999, or 4xx`)
  }
  return { from: number, to: number }
}
