// What the suites of a leg index share: how an index is opened for a test, and a picture of all
// that it tells. Refuses to know which backend it looks at.
import type { TestContext } from 'node:test'
import type { FoundLeg, LegIndex } from './contract.ts'

export interface IndexUnderTest {
  readonly index: LegIndex
  /** Another reader of the same rows, beside the writer. */
  readonly reader: () => LegIndex
  /** Closes the writer and opens another one over what it kept. */
  readonly reopen: () => Promise<LegIndex>
}

/** Opens an empty index for writing; what it needs is cleaned up after the test. */
export type OpenIndex = (t: TestContext) => Promise<IndexUnderTest>

export const DAY = '2026-11-21'
export const DAY_US = Date.UTC(2026, 10, 21) * 1000
export const HOUR_US = 3_600_000_000

/** Everything that an index tells of its legs, in an order that is not its own. */
export async function pictureOf(index: LegIndex): Promise<unknown[]> {
  const legs = await index.findLegs({}, { limit: 100_000, order: 'oldest' })
  const pictures = legs.map(({ position, trail, ...leg }) => ({
    ...leg,
    day: position.day,
    trail: Buffer.from(trail).toString('hex'),
  }))
  return pictures.sort((a, b) => (a.legKey < b.legKey ? -1 : 1))
}

export async function findAll(index: LegIndex): Promise<readonly FoundLeg[]> {
  return index.findLegs({}, { limit: 100_000, order: 'oldest' })
}

export const callIdsOf = (legs: readonly FoundLeg[]): (string | null)[] => {
  return legs.map(({ callId }) => callId)
}
