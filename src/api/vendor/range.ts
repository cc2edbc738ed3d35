// A request and the size of what it asks for in, the bytes to send out (RFC 9110 §14). One range is
// understood; several, or another unit, are answered with everything.
import type { IncomingHttpHeaders } from 'node:http'

export interface ByteRange {
  readonly start: number
  /** Not included. */
  readonly end: number
}

interface Asked {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** The range that is meant; null for everything, undefined for one that cannot be had (416). */
export function readRange({ method, headers }: Asked, size: number): ByteRange | null | undefined {
  // Of GET alone; and no answer here has a validator, so that none can match (RFC 9110 §13.1.5).
  if (method !== 'GET' || headers['if-range'] !== undefined) return null
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(headers.range?.trim() ?? '')
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
