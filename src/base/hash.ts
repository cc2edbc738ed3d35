// Fast hashes for telling things apart in memory and in an index. They are no defence: whoever
// finds a match by hash compares the things themselves where a wrong match would matter.

/** 32-bit hash of a span of bytes, read as little-endian words (a multiply-and-rotate mix). */
export function hashBytes32(view: DataView, start: number, end: number): number {
  let hash = (end - start) | 0
  let at = start
  for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
    const word = Math.imul(view.getInt32(at, true), 0x2c1b3c6d)
    hash = Math.imul(hash ^ (word ^ (word >>> 15)), 0x297a2d39)
    hash = (hash << 13) | (hash >>> 19)
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193)
  return avalanche(hash)
}

/** 53-bit hash of a span of bytes; another seed gives another hash. */
export function hashBytes53(view: DataView, start: number, end: number, seed: number): number {
  let low = 0x9e3779b1 ^ seed ^ (end - start)
  let high = 0x41c6ce57 + seed
  let at = start
  for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
    const word = view.getInt32(at, true)
    low = Math.imul(low ^ word, 0x85ebca6b)
    high = Math.imul(high ^ (word + 0x6b43a9b5), 0xc2b2ae35)
    low = (low << 15) | (low >>> 17)
    high = (high << 13) | (high >>> 19)
  }
  for (; at < end; at++) {
    low = Math.imul(low ^ view.getUint8(at), 0x01000193)
    high = Math.imul(high ^ low, 0x85ebca6b)
  }
  const lowMixed = avalanche(low ^ Math.imul(high, 0x27d4eb2f))
  const highMixed = avalanche(high ^ Math.imul(lowMixed, 0x165667b1))
  return (highMixed & 0x1fffff) * 2 ** 32 + lowMixed
}

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
