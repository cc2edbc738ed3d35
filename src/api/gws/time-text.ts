// Times in the vendor's form, both ways: ISO 8601 with milliseconds and an offset without a colon
// out; the same, with a colon or a Z, or milliseconds since 1970 in.
import { readTimeText } from '../../query/time-text.ts'
import { invalidParameter } from './errors.ts'

/** `2013-05-17T19:45:32.000+0000`. */
export function formatTime(tUs: number): string {
  return new Date(Math.floor(tUs / 1000)).toISOString().replace('Z', '+0000')
}

/** A day and a time with its seconds. Whether there are such, readTimeText judges. */
const DAY_AND_SECONDS = /^[\d-]+T\d\d:\d\d:\d\d/
/** The last of the year 9999. What is later was meant in another unit. */
const MS_MAX = Date.UTC(10_000, 0, 1) - 1

/** A parameter's time, µs since 1970. @throws GwsFailure */
export function readTime(name: string, text: string): number {
  if (/^\d+$/.test(text)) {
    const ms = Number(text)
    if (ms > MS_MAX) throw invalidParameter(name)
    return ms * 1000
  }
  // A bare plus is a space once a query was decoded.
  const written = text.replace(/ (\d\d:?\d\d)$/, '+$1')
  if (!DAY_AND_SECONDS.test(written)) throw invalidParameter(name)
  try {
    return readTimeText(written).us
  } catch {
    throw invalidParameter(name)
  }
}
