// Two byte strings in, whether they are the same out, in a time that tells nothing about the
// expected one but its length.

/** True when `bytes` from `start` to `end` is `expected`. */
export function isSameSecret(
  expected: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const length = Math.max(0, end - start)
  let difference = length ^ expected.length
  for (let i = 0; i < expected.length; i++) {
    difference |= (expected[i] as number) ^ (i < length ? (bytes[start + i] as number) : 0)
  }
  return difference === 0
}
