// A description in, where its lines end out. RFC 8866 §5: CRLF, and whoever reads takes CR and LF
// alone as well; an empty line is none.

const LF = 10
const CR = 13

/** Offset of the CR or LF that ends the line at `at`; that of the description's end without one. */
export function lineEnd(bytes: Uint8Array, at: number): number {
  let end = at
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++
  return end
}
