// A fast hash of texts, to tell them apart in memory and in an index; that of bytes is the kernel's
// (kernel/hash.ts). It is no defence: whoever finds a match by hash compares the things themselves
// where a wrong match would matter.

/** 53-bit hash of a text by its UTF-16 units: fits a JavaScript number and an SQL integer. */
export function hashText53(text: string): number {
  let low = 0x9e3779b1 ^ text.length
  let high = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x85ebca6b)
    high = Math.imul(high ^ unit, 0xc2b2ae35)
    low = (low << 15) | (low >>> 17)
  }
  const lowMixed = avalanche(low ^ Math.imul(high, 0x27d4eb2f))
  const highMixed = avalanche(high ^ Math.imul(lowMixed, 0x165667b1))
  return (highMixed & 0x1fffff) * 2 ** 32 + lowMixed
}

/** Spreads every input bit over the whole word; the result is unsigned. */
function avalanche(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}
