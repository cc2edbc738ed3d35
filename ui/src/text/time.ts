// µs since 1970 in, text for people out, in the browser's zone or in UTC; and back from an input
// field. Reads no clock.

/** The zone that times are shown in. */
export type Zone = 'local' | 'utc'

/** `2026-03-04 12:33:21.123`. */
export function formatTime(tUs: number, zone: Zone): string {
  const parts = partsOf(tUs, zone)
  if (parts === undefined) return `${tUs} µs`
  return `${parts.date} ${parts.clock}.${parts.micros.slice(0, 3)}`
}

/** `2026-03-04 12:33:21.123456 UTC` or `… +01:00`: everything that is known of the moment. */
export function formatTimeExact(tUs: number, zone: Zone): string {
  const parts = partsOf(tUs, zone)
  if (parts === undefined) return `${tUs} µs since 1970`
  return `${parts.date} ${parts.clock}.${parts.micros} ${parts.zone}`
}

/** `12:33:21`, or `12:33:21.123` where moments stand closer than a second. */
export function formatClock(tUs: number, zone: Zone, apartUs: number): string {
  const parts = partsOf(tUs, zone)
  if (parts === undefined) return `${tUs} µs`
  return apartUs < 1_000_000 ? `${parts.clock}.${parts.micros.slice(0, 3)}` : parts.clock
}

/** The value of a `datetime-local` field, to the second. */
export function toFieldValue(tUs: number, zone: Zone): string {
  const parts = partsOf(tUs, zone)
  return parts === undefined ? '' : `${parts.date}T${parts.clock}`
}

/** The moment that a `datetime-local` field holds, null when it holds none. */
export function fromFieldValue(value: string, zone: Zone): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/.test(value)) return null
  // Without a zone, Date reads such a text in the browser's own.
  const tMs = Date.parse(zone === 'utc' ? `${value}Z` : value)
  return Number.isNaN(tMs) ? null : tMs * 1000
}

interface TimeParts {
  readonly date: string
  readonly clock: string
  /** Six digits. */
  readonly micros: string
  readonly zone: string
}

/** Undefined for times beyond what a calendar knows; damaged captures have them. */
function partsOf(tUs: number, zone: Zone): TimeParts | undefined {
  const tMs = Math.floor(tUs / 1000)
  const offsetMinutes = zone === 'utc' ? 0 : -new Date(tMs).getTimezoneOffset()
  const shifted = new Date(tMs + offsetMinutes * 60_000)
  if (Number.isNaN(shifted.getTime())) return undefined
  const iso = shifted.toISOString()
  const mark = iso.indexOf('T')
  return {
    date: iso.slice(0, mark),
    clock: iso.slice(mark + 1, mark + 9),
    micros: iso.slice(mark + 10, mark + 13) + String(tUs - tMs * 1000).padStart(3, '0'),
    zone: zone === 'utc' ? 'UTC' : offsetText(offsetMinutes),
  }
}

function offsetText(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes)
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0')
  return `${offsetMinutes < 0 ? '-' : '+'}${hours}:${String(minutes % 60).padStart(2, '0')}`
}
