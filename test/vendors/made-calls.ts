// For tests of the vendors' clients: a made capture, and the truth about it as its maker wrote it
// down. What Earshot answers is held against that, never against Earshot's own words.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Truth, TruthLeg } from '../tools/make-calls/truth.ts'

const root = new URL('../../', import.meta.url).pathname

export interface MadeCalls {
  readonly capture: string
  readonly truth: Truth
}

/** Makes a capture in a folder; the flags are those of make-calls.ts. */
export function makeCalls(folder: string, flags: readonly string[]): MadeCalls {
  const capture = join(folder, 'made.pcap')
  const truth = join(folder, 'made.json')
  const program = join(root, 'test', 'tools', 'make-calls.ts')
  execFileSync(process.execPath, [program, '--out', capture, '--truth', truth, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { capture, truth: JSON.parse(readFileSync(truth, 'utf8')) }
}

/** The leg that another one was made for; undefined for the first of a call. */
export function parentOf(leg: TruthLeg, { legs }: Truth): TruthLeg | undefined {
  return legs.find(({ callId }) => callId === leg.parentCallId)
}

/** Seconds that were talked, to the µs; 0 where nobody answered. */
export function talkedSeconds({ answerUs, endUs }: TruthLeg): number {
  return answerUs === null || endUs === null ? 0 : (endUs - answerUs) / 1_000_000
}

/** Newest first, as lists have them. */
export function newestFirst(legs: readonly TruthLeg[]): TruthLeg[] {
  return legs.toSorted((one, other) => other.startUs - one.startUs)
}
