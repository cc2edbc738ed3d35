// Times in, the days under which what was captured then is filed out. Every day costs a file of
// blocks and an index, so one import may only open so many; what is of further days is filed under
// the nearest of those, with its own time. The days of an import are the same whenever it is
// repeated, so a leg is found again where it was put.
import { DAY_US, type Day, dayOf, dayStartUs } from '../base/day.ts'

/** Days whose nearest is remembered: a capture of broken times asks for each of them often. */
const NEAREST_KEPT_MAX = 100_000

export class DayFiling {
  readonly #days: Set<Day>
  readonly #legDays = new Set<Day>()
  /** Start of the leg day admitted last. */
  #admittedUs = Number.NEGATIVE_INFINITY
  readonly #daysMax: number
  readonly #nearest = new Map<Day, Day>()
  #isClosed: boolean

  /** `days` are those that an import has opened, where it is over: then no further one is. */
  constructor(daysMax: number, days?: Iterable<Day>) {
    this.#days = new Set(days)
    this.#daysMax = daysMax
    this.#isClosed = days !== undefined
  }

  /** From now on no day is opened. */
  close(): void {
    this.#isClosed = true
  }

  /** The day of a frame; opens it while that may be. */
  dayOfFrame(tUs: number): Day {
    const filed = this.dayOfLeg(tUs)
    if (filed !== null) return filed
    const day = dayOf(tUs)
    this.#days.add(day)
    if (this.#days.size >= this.#daysMax) this.#isClosed = true
    return day
  }

  /**
   * Says that a message has a time of its own, which the frame that passed it on does not tell. It
   * may open a day too: such times are bounded by those of the frames.
   */
  admitLegDay(tUs: number): void {
    const intoDayUs = tUs - this.#admittedUs
    if (intoDayUs >= 0 && intoDayUs < DAY_US) return
    const day = dayOf(tUs)
    this.#legDays.add(day)
    this.#admittedUs = dayStartUs(day)
  }

  /** The day of a leg that begins at this time, null where it is the leg's own. */
  dayOfLeg(tUs: number): Day | null {
    const day = dayOf(tUs)
    if (!this.#isClosed || this.#days.has(day) || this.#legDays.has(day)) return null
    const known = this.#nearest.get(day)
    if (known !== undefined) return known
    const nearest = nearestDay(day, this.#days)
    if (this.#nearest.size >= NEAREST_KEPT_MAX) this.#nearest.clear()
    this.#nearest.set(day, nearest)
    return nearest
  }
}

/** Of two days at the same distance the earlier one, in whatever order they come. */
export function nearestDay(day: Day, others: Iterable<Day>): Day {
  const startUs = dayStartUs(day)
  let nearest = day
  let distanceUs = Number.POSITIVE_INFINITY
  for (const other of others) {
    const otherUs = Math.abs(dayStartUs(other) - startUs)
    if (otherUs > distanceUs || (otherUs === distanceUs && other > nearest)) continue
    nearest = other
    distanceUs = otherUs
  }
  return nearest
}
