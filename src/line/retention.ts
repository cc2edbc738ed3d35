// A store and how long traffic is kept in; days that are too old or too many out, dropped whole.
// Blocks are hidden first and go last: a crash in between leaves a day of which is known that it
// goes. One that lost its index alone would have all blocks read again for what it may have held.
import { DAY_US, type Day, dayOf } from '../base/day.ts'
import type { OpenStore } from '../store/data-folder.ts'
import type { LineSettings } from './line-settings.ts'

const GIGABYTE = 1_000_000_000
/** What was added to a day so lately may go on being added to: it is no size that ends that. */
const WRITING_US = 3_600_000_000

interface KeptDay {
  readonly day: Day
  readonly bytes: number
  readonly writtenUs: number
}

/**
 * Drops what is kept too long, by `keepDays` before today and `keepGigabytes` on disk, each 0 for
 * no bound: a day is too old when its traffic is and when nothing was added to it for so long, for
 * a capture of last year that was imported today was meant to be looked at. Of days that are too
 * many the earliest go; the latest one stays. Gives the days that were dropped.
 * @throws what the files say that cannot be removed; what was dropped before stays so
 */
export async function dropOldDays(
  store: OpenStore,
  { keepDays = 0, keepGigabytes = 0 }: Pick<LineSettings, 'keepDays' | 'keepGigabytes'>,
  nowUs: number,
): Promise<readonly Day[]> {
  await endDrops(store)
  if (keepDays === 0 && keepGigabytes === 0) return []
  const kept = await keptDays(store)
  const sinceUs = nowUs - keepDays * DAY_US
  const latest = kept.at(-1)?.day
  let left = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  const dropped: Day[] = []
  for (const { day, bytes, writtenUs } of kept) {
    const isOld = keepDays > 0 && day < dayOf(sinceUs) && writtenUs < sinceUs
    const isTooMuch = keepGigabytes > 0 && left > keepGigabytes * GIGABYTE
    const isAtRest = day !== latest && writtenUs < nowUs - WRITING_US
    if (!isOld && !(isTooMuch && isAtRest)) continue
    await dropDay(store, day)
    left -= bytes
    dropped.push(day)
  }
  return dropped
}

/** Ends the drops that a crash cut short, or a file that could not be removed. */
export async function endDrops(store: OpenStore): Promise<void> {
  for (const day of await store.blocks.hidden()) await dropDay(store, day)
}

async function keptDays({ blocks, index }: OpenStore): Promise<readonly KeptDay[]> {
  const days: KeptDay[] = []
  for (const day of await blocks.days()) {
    const bytes = (await blocks.length(day)) + (await index.length(day))
    days.push({ day, bytes, writtenUs: await blocks.writtenUs(day) })
  }
  return days
}

/** In a turn of its own among those who write. */
async function dropDay({ blocks, index, turns }: OpenStore, day: Day): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const drop = async (): Promise<void> => {
    await blocks.hide(day)
    await index.drop(day)
    await blocks.drop(day)
  }
  void turns.run(() => drop().then(resolve, reject))
  await promise
}
