// Times in, days out: what is kept is cut into days of UTC, so that a day can be dropped whole.

/** µs in a day. */
export const DAY_US = 86_400_000_000
/** 9999-12-31. A time beyond it, or before 1970, belongs to the day at that end. */
const LAST_DAY_NUMBER = 2_932_896

/** A day of UTC as `2026-11-21`; sorts as text. */
export type Day = string

export function dayOf(tUs: number): Day {
  const number = Math.floor(tUs / DAY_US)
  // Almost every time falls into the day of the one before.
  if (number !== lastNumber) {
    lastNumber = Math.min(Math.max(number, 0), LAST_DAY_NUMBER)
    lastDay = dayOfNumber(lastNumber)
  }
  return lastDay
}

let lastNumber = 0
let lastDay = '1970-01-01'

/** µs since 1970 at which the day begins. */
export function dayStartUs(day: Day): number {
  if (day === lastDay) return lastNumber * DAY_US
  return Date.parse(`${day}T00:00:00Z`) * 1000
}

export function dayAfter(day: Day): Day {
  return neighbours(day).after
}

export function dayBefore(day: Day): Day {
  return neighbours(day).before
}

/** Asked for with every leg, and of few days. */
const knownNeighbours = new Map<Day, { before: Day; after: Day }>()
const KNOWN_NEIGHBOURS_MAX = 1_000

function neighbours(day: Day): { before: Day; after: Day } {
  let known = knownNeighbours.get(day)
  if (known === undefined) {
    const number = dayStartUs(day) / DAY_US
    known = { before: dayOfNumber(number - 1), after: dayOfNumber(number + 1) }
    if (knownNeighbours.size >= KNOWN_NEIGHBOURS_MAX) knownNeighbours.clear()
    knownNeighbours.set(day, known)
  }
  return known
}

export function isDay(text: string): text is Day {
  if (text === lastDay) return true
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const startUs = dayStartUs(text)
  // The engine takes 30 February for 2 March.
  return !Number.isNaN(startUs) && dayOfNumber(startUs / DAY_US) === text
}

function dayOfNumber(number: number): Day {
  const bounded = Math.min(Math.max(number, 0), LAST_DAY_NUMBER)
  return new Date(bounded * (DAY_US / 1000)).toISOString().slice(0, 10)
}
