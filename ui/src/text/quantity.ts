// Durations, sizes and counts as people read them. Exact values belong in the tooltip beside them.

/** `840 ms`, `31.2 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs < 0) return `-${formatDurationMs(-durationMs)}`
  // Round before choosing the unit, so that 59,990 ms is one minute and not `60.0 s`.
  const tenths = Math.round(durationMs / 100)
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} days ${hours % 24} h`
}

/** Seconds with all six places, `12.345678`; the sign is given. */
export function formatSecondsUs(spanUs: number): string {
  return (spanUs / 1e6).toFixed(6)
}

/** The short form for the ladder: `0.4 ms`, `12 ms`, `3.21 s`, `1 min 05 s`. */
export function formatDeltaUs(deltaUs: number): string {
  if (deltaUs < 0) return `-${formatDeltaUs(-deltaUs)}`
  if (deltaUs < 9950) return `${(deltaUs / 1000).toFixed(1)} ms`
  if (deltaUs < 999_500) return `${Math.round(deltaUs / 1000)} ms`
  if (deltaUs < 9_995_000) return `${(deltaUs / 1e6).toFixed(2)} s`
  return formatDurationMs(deltaUs / 1000)
}

/** Powers of 1000: `12.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const places = unit > 0 && value < 9.95 ? 1 : 0
  return `${value.toFixed(places)} ${units[unit]}`
}

/** Groups of three: `516,000`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-GB')
}

/** `1 leg`, `2 legs`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
