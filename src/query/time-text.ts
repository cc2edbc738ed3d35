// A time as people and programs write it in, µs since 1970 out: ISO 8601 with a zone, or the
// integer itself. It refuses a clock time without a zone: a guess would shift the whole search.
import { DAY_US } from '../base/day.ts'
import { Failure } from '../base/failure.ts'

/** A time that was read, and how finely it was written. */
export interface TimeText {
  readonly us: number
  /** The unit of its last digit in µs: 1 for µs, 1,000 for ms, 1,000,000 for seconds. */
  readonly unitUs: number
}

const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const ISO_TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(z|[+-]\d\d:?\d\d)$/i

/**
 * Reads `2026-01-02T03:04:05.678Z`, `2026-01-02T03:04+01:00`, `2026-01-02` (midnight UTC), or an
 * integer of µs. Finer fractions than a µs are cut. @throws Failure `bad-input`
 */
export function readTimeText(text: string): TimeText {
  if (/^\d{1,16}$/.test(text)) return { us: Number(text), unitUs: 1 }
  const at = text.search(/[T ]/i)
  const date = ISO_DATE.exec(at === -1 ? text : text.slice(0, at))
  const time = at === -1 ? null : ISO_TIME.exec(text.slice(at + 1))
  if (date === null || (at !== -1 && time === null)) throw notATime(text)
  const dayMs = utcDayMs(Number(date[1]), Number(date[2]), Number(date[3]))
  if (dayMs === undefined) throw notATime(text)
  if (time === null) return { us: dayMs * 1000, unitUs: DAY_US }
  const [hours, minutes, seconds] = [Number(time[1]), Number(time[2]), Number(time[3] ?? 0)]
  const offsetMinutes = readOffsetMinutes(time[5] ?? 'Z')
  // 60 is a leap second (RFC 3339 §5.7); it is the same instant as the second after it.
  if (hours > 23 || minutes > 59 || seconds > 60 || offsetMinutes === undefined) {
    throw notATime(text)
  }
  const wholeSeconds = dayMs / 1000 + hours * 3_600 + (minutes - offsetMinutes) * 60 + seconds
  const fraction = time[4] ?? ''
  return {
    us: wholeSeconds * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0')),
    unitUs: time[3] === undefined ? 60_000_000 : 10 ** Math.max(0, 6 - fraction.length),
  }
}

/** Midnight of a day in ms since 1970; undefined for a day that no month has. */
function utcDayMs(year: number, month: number, day: number): number | undefined {
  const ms = Date.UTC(year, month - 1, day)
  const made = new Date(ms)
  const isSame =
    made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === day
  return isSame && ms >= 0 ? ms : undefined
}

function readOffsetMinutes(zone: string): number | undefined {
  if (/^z$/i.test(zone)) return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function notATime(text: string): Failure {
  return new Failure(
    'bad-input',
    `${JSON.stringify(text.slice(0, 40))} is no time: expected 2026-01-02T03:04:05.678Z, ` +
      'an offset instead of Z, or µs since 1970',
  )
}
