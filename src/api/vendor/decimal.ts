// Decimal numbers as people write money in, exact sums of it out: no binary fraction ever stands
// between a rate table and an invoice. Only what prices need: reading, multiplying, rounding.

/** `units` of 10 to the power of minus `places`: 0.0085 is 85 with 4 places. */
export interface Decimal {
  readonly units: bigint
  readonly places: number
}

/** Places after the point that are read; rate tables have six at the most. */
const PLACES_MAX = 12

/** Reads `12`, `0.0085`, `-1.5`; undefined for anything else, or for more than 12 places. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(text.trim())
  const fraction = match?.[3] ?? ''
  if (match === null || fraction.length > PLACES_MAX) return undefined
  const units = BigInt(`${match[2]}${fraction}`)
  return { units: match[1] === '-' ? -units : units, places: fraction.length }
}

/**
 * `amount` times a whole number over another one, rounded to some places; a half goes away from
 * zero, as on an invoice.
 */
export function multiplyRounded(
  amount: Decimal,
  factor: { readonly numerator: number; readonly denominator: number },
  places: number,
): Decimal {
  const numerator = amount.units * BigInt(factor.numerator) * 10n ** BigInt(places)
  const denominator = BigInt(factor.denominator) * 10n ** BigInt(amount.places)
  const isNegative = numerator < 0n
  const size = isNegative ? -numerator : numerator
  const units = (2n * size + denominator) / (2n * denominator)
  return { units: isNegative ? -units : units, places }
}

/** `0.0170`: with all its places. */
export function formatDecimal({ units, places }: Decimal): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  return places === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-places)}`
}
