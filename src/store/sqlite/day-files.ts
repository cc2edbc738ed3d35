// A folder of day indexes in, the days that are there out. Asks the folder each time: somebody else
// may make days and drop them.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { type Day, dayOf, isDay } from '../../base/day.ts'
import type { LegPage } from '../contract.ts'

/** The earliest first. */
export function daysIn(folder: string): Day[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => name.slice(0, -'.sqlite'.length))
    .filter(isDay)
    .sort()
}

/** Which file lies at a path: a day that is dropped and made anew has another one there. */
export function fileAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.dev} ${found.ino}`
}

/**
 * What changes whenever a file that is at rest is written; undefined for one whose write-ahead log
 * holds something, as that of a day that is being written does.
 */
export function restAt(path: string): string | undefined {
  if (sizeOf(`${path}-wal`) > 0) return undefined
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs}`
}

/** Bytes on disk of a day's file, the write-ahead log included. */
export function bytesOnDisk(path: string): number {
  return sizeOf(path) + sizeOf(`${path}-wal`)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** Of these days those in which what is asked for may lie, in the order of the page. */
export function daysInOrder(
  known: readonly Day[],
  filter: { readonly startUs?: number; readonly endUs?: number },
  { order, after }: LegPage,
): Day[] {
  const first = filter.startUs === undefined ? undefined : dayOf(filter.startUs)
  const last = filter.endUs === undefined ? undefined : dayOf(filter.endUs)
  const days = known.filter(
    (day) => (first === undefined || day >= first) && (last === undefined || day <= last),
  )
  if (order === 'newest') days.reverse()
  if (after === undefined) return days
  return days.filter((day) => (order === 'newest' ? day <= after.day : day >= after.day))
}
