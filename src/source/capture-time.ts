// A capture's ticks in, microseconds and nanoseconds since 1970 out, rounded down and never through
// a lossy number. Refuses to guess: times outside what a row or a date can hold are clamped.
//
// Ticks are 64-bit and come as two halves. A 64-bit tick does not fit a double, so each resolution
// is divided in two steps that do; BigInt serves only resolutions that no device writes.

const TWO_TO_32 = 2 ** 32
const US_PER_SECOND = 1_000_000

/** The latest time that the house can carry: the year 2255, the last exact integer of a double. */
export const T_US_MAX = Number.MAX_SAFE_INTEGER

/**
 * Microseconds since 1970 of a 64-bit tick, rounded down, clamped to 0 … `T_US_MAX`.
 * `resolution` and `offsetSeconds` as in CaptureInterface.
 */
export function ticksToUs(
  high: number,
  low: number,
  resolution: number,
  offsetSeconds: number,
): number {
  if (resolution === 6 && offsetSeconds === 0) {
    const tUs = high * TWO_TO_32 + low
    return tUs <= T_US_MAX ? tUs : T_US_MAX
  }
  const tUs = Math.floor(unclampedUs(high, low, resolution)) + offsetSeconds * US_PER_SECOND
  return tUs >= 0 ? Math.min(tUs, T_US_MAX) : 0
}

/** Nanoseconds, 0 to 999, that `ticksToUs` rounded away. */
export function ticksToSubUsNs(high: number, low: number, resolution: number): number {
  if (resolution <= 6) return 0
  if (resolution === 9) return ((high % 1000) * TWO_TO_32 + low) % 1000
  const ticks = (BigInt(high) << 32n) | BigInt(low)
  return Number(((ticks * 1_000_000_000n) / ticksPerSecond(resolution)) % 1000n)
}

function unclampedUs(high: number, low: number, resolution: number): number {
  if (resolution <= 6) return (high * TWO_TO_32 + low) * 10 ** (6 - resolution)
  // Up to a picosecond the divisor is small enough for both steps of the division to stay exact.
  if (resolution <= 12) {
    const divisor = 10 ** (resolution - 6)
    const rest = high % divisor
    return ((high - rest) / divisor) * TWO_TO_32 + Math.floor((rest * TWO_TO_32 + low) / divisor)
  }
  const exponent = resolution & 0x7f
  if (resolution >= 0x80 && exponent <= 32) {
    const unit = 2 ** exponent
    const seconds = high * (TWO_TO_32 / unit) + Math.floor(low / unit)
    return seconds * US_PER_SECOND + Math.floor(((low % unit) * US_PER_SECOND) / unit)
  }
  const ticks = (BigInt(high) << 32n) | BigInt(low)
  return Number((ticks * BigInt(US_PER_SECOND)) / ticksPerSecond(resolution))
}

/** pcapng §4.2, if_tsresol: the top bit says whether the rest is a power of two or of ten. */
function ticksPerSecond(resolution: number): bigint {
  return resolution >= 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution)
}
