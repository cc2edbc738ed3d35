// For tests of hostile input: how long a piece of work takes. What goes over its input once needs
// milliseconds for what a packet holds, what goes over it from each of its places needs seconds.
import assert from 'node:assert/strict'

const MS_MAX = 1_000

/** Does the work, and fails where it takes longer than once over its input can. */
export async function inShortTime<Value>(work: () => Value | Promise<Value>): Promise<Value> {
  const startMs = performance.now()
  const value = await work()
  const ms = performance.now() - startMs
  assert.ok(ms < MS_MAX, `${ms.toFixed(0)} ms, at most ${MS_MAX} expected`)
  return value
}
