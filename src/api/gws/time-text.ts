// Times in the vendor's form, both ways: ISO 8601 with milliseconds and an offset without a colon
// out; the same, with a colon or a Z, or milliseconds since 1970 in.
import { readTimeText } from '../../query/time-text.ts'
import { invalidParameter } from './errors.ts'

/** `2013-05-17T19:45:32.000+0000`. */
export function formatTime(tUs: number): string {
  return new Date(Math.floor(tUs / 1000)).toISOString().replace('Z', '+0000')
}

/** A parameter's time, µs since 1970. @throws GwsFailure */
export function readTime(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000
  // A bare plus is a space once a query was decoded.
  const written = text.replace(/ (\d\d:?\d\d)$/, '+$1')
  try {
    return readTimeText(written).us
  } catch {
    throw invalidParameter(name)
  }
}
