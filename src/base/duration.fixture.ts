// For tests of hostile input: how much of the processor a piece of work takes, whoever else is at
// work. What goes over its input once needs milliseconds for what a packet holds, what goes over it
// from each of its places needs seconds.
import assert from 'node:assert/strict'

const CPU_MS_MAX = 1_000

/** Does the work, and fails where it takes more than going over its input once can. */
export async function inShortTime<Value>(work: () => Value | Promise<Value>): Promise<Value> {
  const before = process.threadCpuUsage()
  const value = await work()
  const ms = process.threadCpuUsage(before).user / 1_000
  assert.ok(ms < CPU_MS_MAX, `${ms.toFixed(0)} ms of the processor, at most ${CPU_MS_MAX} expected`)
  return value
}
