// The facts of a leg in, who answered it out, by the sound of the callee: a human, a machine, or
// null where nobody answered, nothing was captured, or the sound does not tell. Listening takes
// time: one call is listened to when it is asked for, a list shows what is known already.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../../calls/leg.ts'
import type { CallFindings } from '../../sound/call-findings.ts'
import type { CallSounds } from '../../sound/call-sounds.ts'
import { vendorLimits } from './limits.ts'
import type { Asker, LegFacts } from './leg-facts.ts'

export type Answerer = 'human' | 'machine' | null

const WISH = { kind: 'findings' } as const
/** Those that somebody waits for to have listened to a call. */
const listening = new WeakSet<CallSounds>()

/** Who answered, once that is found out or after a while of waiting for it. */
export async function foundAnswer(
  facts: LegFacts,
  asker: Asker,
  sounds: CallSounds | undefined,
): Promise<Answerer> {
  if (sounds === undefined) return null
  const heard = await heardOf(facts, asker)
  if (heard === undefined) return null
  // One at a time: whoever asks for many calls at once is shown what is known of them.
  if (listening.has(sounds)) return knownAnswer(facts, asker, sounds)
  listening.add(sounds)
  const waiting = new AbortController()
  const patience = sleep(vendorLimits.listenMs, undefined, { signal: waiting.signal })
  try {
    // It is found out also when nobody waits for it any more: the next who asks has it.
    const file = sounds.file(asker.finder, heard, WISH)
    return await answerIn(await Promise.race([file, patience.catch(() => undefined)]))
  } catch {
    // Encrypted, of no known codec, or too many are waiting: then nobody knows.
    return null
  } finally {
    waiting.abort()
    listening.delete(sounds)
  }
}

/** Who answered, where somebody found it out before. */
export async function knownAnswer(
  facts: LegFacts,
  asker: Asker,
  sounds: CallSounds | undefined,
): Promise<Answerer> {
  if (sounds === undefined) return null
  const heard = await heardOf(facts, asker)
  return heard === undefined ? null : answerIn(await sounds.madeFile(asker.finder, heard, WISH))
}

/** The call as this leg alone, where there is something to hear. */
async function heardOf(facts: LegFacts, { finder }: Asker): Promise<Call | undefined> {
  const { leg, hasSound } = facts
  if (leg.answerUs === null || !hasSound) return undefined
  const call = facts.call ?? (await finder.callByKey(leg.callKey))
  return call === undefined ? undefined : { ...call, legs: [leg] }
}

async function answerIn(path: string | undefined): Promise<Answerer> {
  if (path === undefined) return null
  const { answeredBy }: Pick<CallFindings, 'answeredBy'> = JSON.parse(await readFile(path, 'utf8'))
  return answeredBy
}
