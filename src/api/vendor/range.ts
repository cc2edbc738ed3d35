// The Range header of a request and the size of what is asked for in, the bytes to send out
// (RFC 9110 §14). One range is understood; several, or another unit, are answered with everything.

export interface ByteRange {
  readonly start: number
  /** Not included. */
  readonly end: number
}

/** The range that is meant; null for everything, undefined for one that cannot be had (416). */
export function readRange(header: string | undefined, size: number): ByteRange | null | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const [, first = '', last = ''] = match
  if (first === '') {
    const start = Math.max(0, size - Number(last))
    return Number(last) === 0 || size === 0 ? undefined : { start, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < start) return null
  return start < size ? { start, end } : undefined
}
