// Keys that were pressed during a call in, what they do to its recording out: the stretches to be
// silenced, and whether somebody agreed.
import type { RecordingEvent } from '../store/recordings/recording.ts'
import type { PauseKeys } from './recording-rules.ts'

/** One key. */
export interface PressedKey {
  /** When it went down, µs since 1970. */
  readonly tUs: number
  /** `0` to `9`, `*`, `#`, `A` to `D`. */
  readonly key: string
  readonly side: 'caller' | 'callee'
  readonly by: 'dtmf' | 'info'
}

/** Keys further apart than this belong to no one pattern. */
const KEY_GAP_US = 5_000_000

/**
 * Pauses and their ends, as the keys of either side say. A pause begins with the first key of its
 * pattern and ends with the last one of the other, so that no key of them is heard.
 */
export function pauseEvents(keys: readonly PressedKey[], wanted: PauseKeys): RecordingEvent[] {
  const events: RecordingEvent[] = []
  for (const side of ['caller', 'callee'] as const) {
    const own = keys.filter((key) => key.side === side)
    for (const { first, last, by } of findPattern(own, wanted.pause)) {
      events.push(event(first, 'paused', by), event(last, 'digits-hidden', by))
    }
    for (const { last, by } of findPattern(own, wanted.resume)) {
      events.push(event(last, 'resumed', by))
    }
  }
  return events.sort((a, b) => a.tUs - b.tUs)
}

/** When a pattern was pressed first, undefined for never. */
export function pressedUs(keys: readonly PressedKey[], pattern: string): number | undefined {
  const times = (['caller', 'callee'] as const).flatMap((side) => {
    const own = keys.filter((key) => key.side === side)
    return findPattern(own, pattern).map(({ last }) => last)
  })
  return times.length === 0 ? undefined : Math.min(...times)
}

function event(tUs: number, kind: RecordingEvent['kind'], by: string): RecordingEvent {
  return { tUs, kind, participantId: null, by }
}

function findPattern(keys: readonly PressedKey[], pattern: string) {
  const found: { first: number; last: number; by: string }[] = []
  const length = pattern.length
  for (let at = 0; at + length <= keys.length; at++) {
    const run = keys.slice(at, at + length)
    const isNear = run.every((key, i) => i === 0 || key.tUs - (run[i - 1]?.tUs ?? 0) <= KEY_GAP_US)
    const [first] = run
    const last = run.at(-1)
    if (!isNear || first === undefined || last === undefined) continue
    if (run.map(({ key }) => key).join('') !== pattern) continue
    found.push({ first: first.tUs, last: last.tUs, by: first.by })
    at += length - 1
  }
  return found
}
