// A failure is something that stopped us from doing what was asked: a full disk, an absent call,
// a wrong token. Callers branch on `kind` alone; each API turns it into its vendor's error body.

export type FailureKind =
  | 'bad-input'
  | 'not-found'
  | 'unauthorized'
  | 'forbidden'
  | 'conflict'
  | 'too-large'
  | 'busy'
  | 'timeout'
  | 'unavailable'
  | 'full'
  | 'internal'

export interface FailureOptions {
  readonly cause?: unknown
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs?: number
}

/** An operating error with a kind. Its message is lower case and has no full stop. */
export class Failure extends Error {
  readonly kind: FailureKind
  readonly retryAfterMs: number | undefined

  constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Narrows an unknown error to a failure of one kind. */
export function isFailure(error: unknown, kind?: FailureKind): error is Failure {
  return error instanceof Failure && (kind === undefined || error.kind === kind)
}
