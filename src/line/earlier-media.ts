// A store and a time in; what was said by then of the media of calls that go on out. A file that
// was rotated, a day of live traffic and a server that was started again begin in the middle of
// calls: whose the streams are that they meet was said before.
import { DAY_US } from '../base/day.ts'
import { limits } from '../base/limits.ts'
import { defaultMediaTimes } from '../calls/media-times.ts'
import type { MediaNotice } from '../calls/sdp-backlog.ts'
import { BlockReader } from '../store/block-reader.ts'
import type { FoundLeg, LegIndex } from '../store/contract.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { noticesOf, type Said, saidOf } from './said-media.ts'

/** Calls that began longer ago are not looked for. */
export const CALL_US_MAX = DAY_US

/** What the messages before `tUs` say, oldest first. What cannot be read is left out. */
export async function earlierMedia(
  store: Pick<OpenStore, 'blocks' | 'index'>,
  tUs: number,
): Promise<MediaNotice[]> {
  const span = { startUs: tUs - CALL_US_MAX, endUs: tUs }
  const page = { limit: limits.earlierLegsMax, order: 'newest' } as const
  const said: Said[] = []
  for (const leg of await store.index.findLegs({ goesOn: true, ...span }, page)) {
    if (await isHeardOf(store.index, leg, tUs)) said.push(...saidOf(leg, tUs))
  }
  return noticesOf(said, new BlockReader(store.blocks, store.index))
}

/** Whether it said or sent something shortly before; the end of one that did not went unseen. */
export async function isHeardOf(index: LegIndex, leg: FoundLeg, tUs: number): Promise<boolean> {
  const { callId } = leg
  if (callId === null) return false
  const sinceUs = tUs - defaultMediaTimes.idleUs
  const { startUs, lastUs } = leg.summary
  if (lastUs >= sinceUs) return true
  const streams = await index.streamsOfLeg({ callId, startUs, lastUs: tUs })
  return streams.some(({ record }) => record.endUs >= sinceUs)
}
