// The first bytes of a TCP stream in, out how long the header is in which a proxy says who it is
// talking for. Reads version 2, which is binary; version 1 is a line like any other. Refuses to
// read what the header says: the capture knows the ends.
//
// HAProxy's PROXY protocol §2.2:
//    | 0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a | version, command | family | length of the rest | …
import { u16be } from '../source/integers.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const VERSION_AT = SIGNATURE.length
const VERSION_2 = 2
const LENGTH_AT = 14
const FIXED_BYTES = 16

/** Bytes of the header that begins at `start`, as far as they are here; 0 where there is none. */
export function proxyHeaderBytes(bytes: Buffer, start: number, end: number): number {
  if (end - start < FIXED_BYTES || bytes[start] !== SIGNATURE[0]) return 0
  const isSigned = SIGNATURE.equals(bytes.subarray(start, start + SIGNATURE.length))
  if (!isSigned || (bytes[start + VERSION_AT] ?? 0) >> 4 !== VERSION_2) return 0
  return Math.min(FIXED_BYTES + u16be(bytes, start + LENGTH_AT), end - start)
}
