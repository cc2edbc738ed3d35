// Bytes in, unsigned integers out, in either byte order. Checks no bounds: the caller has; a byte
// beyond the memory reads as zero, so nothing here throws.
//
// Plain indexing, because Buffer's own readers check their arguments on every call, and these run
// several times for every captured frame.

export function u16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

export function u16le(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}

export function u32be(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  )
}

export function u32le(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  )
}

/** Writes 32 bits, lowest byte first; returns the offset after them. */
export function putU32le(target: Uint8Array, at: number, value: number): number {
  target[at] = value
  target[at + 1] = value >>> 8
  target[at + 2] = value >>> 16
  target[at + 3] = value >>> 24
  return at + 4
}

/** Writes 16 bits, lowest byte first; returns the offset after them. */
export function putU16le(target: Uint8Array, at: number, value: number): number {
  target[at] = value
  target[at + 1] = value >>> 8
  return at + 2
}
