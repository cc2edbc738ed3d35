// What was heard in a call and what is recorded of it in, the same findings out without the keys
// that were pressed while a recording was paused: they may be those of a card.
import type { MediaFinding } from '../audio/findings/media-finding.ts'
import { pausesOf, type Recording } from '../store/recordings/recording.ts'

export function hideDigits(
  findings: readonly MediaFinding[],
  recordings: readonly Recording[],
): readonly MediaFinding[] {
  const pauses = pausesOfAll(recordings)
  if (pauses.length === 0) return findings
  return findings.map((one) => {
    const { kind, side, startUs } = one
    const isHidden =
      kind === 'dtmf' && pauses.some((pause) => startUs >= pause.startUs && startUs < pause.endUs)
    return isHidden ? { ...one, digit: null, text: `${side ?? 'somebody'} presses a key` } : one
  })
}

/** When any of these recordings was paused; without an end where it still is. */
export function pausesOfAll(
  recordings: readonly Recording[],
): readonly { readonly startUs: number; readonly endUs: number }[] {
  return recordings.flatMap(({ events, endUs }) => pausesOf(events, endUs ?? Infinity))
}
