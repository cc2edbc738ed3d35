// Where Earshot and the truth differ for good, capture by capture, with the reason. The counts are
// exact: a difference more fails the tests, and one less fails them too, so that this list shrinks.

export interface Difference {
  /** The capture's file name. */
  readonly capture: string
  /** Messages of the truth that Earshot has not, or has with another value. */
  readonly missing: number
  /** Messages that Earshot has and the truth has not, or has with another value. */
  readonly extra: number
  readonly why: string
}

export const differences: readonly Difference[] = []
