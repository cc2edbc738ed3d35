// A rate table in, what a call costs out: longest prefix, then the newest rate that is in force
// when the call begins; started steps are paid whole. Calls are priced by the called number. A
// table that is not understood stops the start: a price that is nearly right is wrong.
import { Failure } from '../../base/failure.ts'
import { type Decimal, multiplyRounded, parseDecimal } from './decimal.ts'
import { vendorLimits } from './limits.ts'

export type Direction = 'inbound' | 'outbound'

export interface Rate {
  /** First digits of the called number in international form; empty for every number. */
  readonly prefix: string
  /** From when on it holds, µs since 1970. */
  readonly sinceUs: number
  /** ISO 4217. */
  readonly currency: string
  readonly perMinute: Decimal
  /** Seconds that an answered call is charged at least, and the steps beyond. */
  readonly minimumSeconds: number
  readonly stepSeconds: number
  /** Places that a price is rounded to. */
  readonly decimals: number
  /** Null for both. */
  readonly direction: Direction | null
}

export interface PricedCall {
  /** As it was dialled, in international form. */
  readonly to: string
  readonly direction: Direction
  readonly startUs: number
  readonly answerUs: number | null
  readonly endUs: number | null
}

/** What a call costs. */
export interface Price {
  readonly amount: Decimal
  readonly currency: string
  readonly billedSeconds: number
}

/** Steps where no rate says otherwise: whole minutes. */
const MINUTE = { minimumSeconds: 60, stepSeconds: 60 }

export class RateTable {
  /** Of each prefix, the newest first. */
  readonly #rates = new Map<string, Rate[]>()
  readonly #prefixLengthMax: number

  constructor(rates: readonly Rate[]) {
    for (const rate of rates.toSorted((one, other) => other.sinceUs - one.sinceUs)) {
      const known = this.#rates.get(rate.prefix)
      if (known === undefined) this.#rates.set(rate.prefix, [rate])
      else known.push(rate)
    }
    this.#prefixLengthMax = Math.max(0, ...[...this.#rates.keys()].map(({ length }) => length))
  }

  /** The rate of a call; undefined where the table has none. */
  rateOf({ to, direction, startUs }: PricedCall): Rate | undefined {
    const digits = to.replace(/^\+/, '')
    // What is no number has no prefix that a table could mean, but the empty one.
    const length = /^\d+$/.test(digits) ? Math.min(digits.length, this.#prefixLengthMax) : 0
    for (let size = length; size >= 0; size--) {
      const rates = this.#rates.get(digits.slice(0, size)) ?? []
      const rate = rates.find(
        (one) => one.sinceUs <= startUs && (one.direction === null || one.direction === direction),
      )
      if (rate !== undefined) return rate
    }
    return undefined
  }

  /** Seconds that an ended call is charged; undefined while it runs. Unanswered ones cost none. */
  billedSeconds(call: PricedCall): number | undefined {
    if (call.endUs === null) return undefined
    if (call.answerUs === null) return 0
    const { minimumSeconds, stepSeconds } = this.rateOf(call) ?? MINUTE
    const seconds = Math.max(0, call.endUs - call.answerUs) / 1_000_000
    const steps = Math.ceil(Math.max(0, seconds - minimumSeconds) / stepSeconds)
    return minimumSeconds + steps * stepSeconds
  }

  /** The price of an ended call; undefined while it runs, or where no rate is known. */
  priceOf(call: PricedCall): Price | undefined {
    const rate = this.rateOf(call)
    const billedSeconds = this.billedSeconds(call)
    if (rate === undefined || billedSeconds === undefined) return undefined
    const factor = { numerator: billedSeconds, denominator: 60 }
    const amount = multiplyRounded(rate.perMinute, factor, rate.decimals)
    return { amount, currency: rate.currency, billedSeconds }
  }
}

/**
 * Reads a table: CSV with a header line, or a JSON array of objects; docs/operate/rates.md has the
 * columns. @throws Failure `bad-input` naming the row
 */
export function parseRates(text: string): Rate[] {
  const rows = /^\s*\[/.test(text) ? jsonRows(text) : csvRows(text)
  if (rows.length > vendorLimits.ratesMax) {
    throw new Failure('bad-input', `rates: expected at most ${vendorLimits.ratesMax} rows`)
  }
  return rows.map((row, index) => {
    const where = `rates, row ${index + 1}`
    for (const name of Object.keys(row)) {
      if (!COLUMNS.has(name)) throw new Failure('bad-input', `${where}: what is ${name}`)
    }
    return readRate(row, where)
  })
}

const COLUMNS = new Set([
  'prefix',
  'since',
  'currency',
  'perMinute',
  'minimumSeconds',
  'stepSeconds',
  'decimals',
  'direction',
])

type Row = Readonly<Record<string, string>>

function readRate(row: Row, where: string): Rate {
  const field = <Value>(
    name: string,
    fallback: string,
    read: (text: string) => Value | undefined,
  ) => {
    const text = row[name]?.trim() || fallback
    const value = read(text)
    if (value !== undefined) return value
    throw new Failure('bad-input', `${where}: ${name} ${JSON.stringify(text)} is not understood`)
  }
  return {
    prefix: field('prefix', '', (text) => /^\+?(\d{0,15})$/.exec(text)?.[1]),
    sinceUs: field('since', '1970-01-01', readDateUs),
    currency: field('currency', '', (text) => /^[A-Z]{3}$/.exec(text)?.[0]),
    perMinute: field('perMinute', '', parseDecimal),
    minimumSeconds: field('minimumSeconds', '60', (text) => readWhole(text, 0, 86_400)),
    stepSeconds: field('stepSeconds', '60', (text) => readWhole(text, 1, 86_400)),
    decimals: field('decimals', '4', (text) => readWhole(text, 0, 10)),
    direction: field('direction', 'both', (text) => DIRECTIONS.get(text)),
  }
}

const DIRECTIONS = new Map<string, Direction | null>([
  ['inbound', 'inbound'],
  ['outbound', 'outbound'],
  ['both', null],
])

/** Midnight UTC of `2026-01-31`. */
function readDateUs(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const ms = Date.parse(`${text}T00:00:00Z`)
  const isDay = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text)
  return isDay ? ms * 1000 : undefined
}

function readWhole(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  return value >= min && value <= max ? value : undefined
}

function jsonRows(text: string): Row[] {
  let rows: unknown
  try {
    rows = JSON.parse(text)
  } catch (error) {
    throw new Failure('bad-input', 'rates: expected JSON', { cause: error })
  }
  return (Array.isArray(rows) ? rows : []).map((row: unknown, index) => {
    if (typeof row !== 'object' || row === null) {
      throw new Failure('bad-input', `rates, row ${index + 1}: expected an object`)
    }
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))
  })
}

/** No quotes: nothing that stands in a rate table needs them. */
function csvRows(text: string): Row[] {
  const [head, ...lines] = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const names = (head ?? '').split(/[,;]/).map((name) => name.trim())
  return lines.map((line, index) => {
    const cells = line.split(/[,;]/)
    if (cells.length !== names.length) {
      throw new Failure(
        'bad-input',
        `rates, row ${index + 1}: expected ${names.length} columns, found ${cells.length}`,
      )
    }
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? '']))
  })
}
