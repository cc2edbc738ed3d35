// What an import of one call did, for tests of the pages: nothing went wrong, changed at will.
import type { ImportResult } from '../api/types.ts'

/** The result with the given fields instead of its own. */
export function sampleResult(fields: Partial<ImportResult> = {}): ImportResult {
  return {
    files: 1,
    frames: 1400,
    messages: 14,
    legs: 3,
    calls: 1,
    streams: 2,
    problems: 0,
    bytes: 5000,
    seconds: 0.123,
    legsAdded: 3,
    messagesAdded: 14,
    problemCounts: {},
    failed: [],
    ...fields,
  }
}
