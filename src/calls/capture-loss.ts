// The streams of a call in, the same with a mark where the capture may be what lost: both
// directions of a leg lacking packets in the same seconds and in no others is what a mirror that is
// too busy looks like, and hardly what two networks do.
import type { Stream, StreamInterval } from './stream.ts'

/** Losses below this may fall together by chance. */
const LOST_MIN = 5
/** Stretches below which "in no others" says nothing. */
const STRETCHES_MIN = 4
/** Share of a direction's losses that must fall into seconds in which the other lost too. */
const TOGETHER_MIN = 0.8
/** Share of stretches with losses beyond which losses are everywhere, and fall together anyhow. */
const LOSSY_MAX = 0.5

/** Marks streams that lose together with one of the other direction. */
export function markCaptureLoss(streams: readonly Stream[]): readonly Stream[] {
  const suspects = new Set<string>()
  const candidates = streams.filter(isPatchy)
  for (const one of candidates) {
    for (const other of candidates) {
      if (one.legKey !== other.legKey || one.direction === other.direction) continue
      if (loseTogether(one, other) && loseTogether(other, one)) suspects.add(one.streamKey)
    }
  }
  if (suspects.size === 0) return streams
  return streams.map((stream) =>
    suspects.has(stream.streamKey) ? { ...stream, isCaptureSuspect: true } : stream,
  )
}

function isPatchy({ lost, intervals, legKey, direction }: Stream): boolean {
  if (legKey === null || direction === null || lost < LOST_MIN) return false
  const lossy = intervals.filter((interval) => interval.lost > 0).length
  return intervals.length >= STRETCHES_MIN && lossy <= intervals.length * LOSSY_MAX
}

/** Whether nearly all losses of one stream fall into stretches in which the other lost as well. */
function loseTogether(one: Stream, other: Stream): boolean {
  const theirs = other.intervals.filter(({ lost }) => lost > 0)
  let together = 0
  let all = 0
  for (const interval of one.intervals) {
    all += interval.lost
    if (theirs.some((their) => overlap(one, interval, other, their))) together += interval.lost
  }
  return all > 0 && together >= all * TOGETHER_MIN
}

const STRETCH_MS = 5_000

function overlap(a: Stream, ofA: StreamInterval, b: Stream, ofB: StreamInterval): boolean {
  const apartMs = (a.startUs - b.startUs) / 1000 + ofA.sinceMs - ofB.sinceMs
  return Math.abs(apartMs) < STRETCH_MS
}
