// A problem is a coded oddity in what the world sent: kept, counted and shown, never an exception.
// Each station lists its codes in its own `problems.ts`, of which docs/operate/problems.md is made.

/** How much an oddity matters: `note` is harmless, `odd` breaks a rule, `broken` lost a value. */
export type Severity = 'note' | 'odd' | 'broken'

/** One entry of a station's catalogue. */
export interface ProblemKind {
  readonly severity: Severity
  /** One sentence for an operator: what was seen and what it does to them. */
  readonly meaning: string
  /** Where the rule stands, as `RFC 3261 §20.14`; absent where no document rules. */
  readonly rule?: string
}

/** A station's catalogue, keyed by code (`sip.content-length.negative`). */
export type ProblemCatalogue = Readonly<Record<string, ProblemKind>>

/** One oddity that was seen. */
export interface Problem<Code extends string = string> {
  readonly code: Code
  /** Byte offset inside the thing that was parsed. */
  readonly at: number
  /** What was expected and what was found, lower case, no full stop. */
  readonly detail: string
}
