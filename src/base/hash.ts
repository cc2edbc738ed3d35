// Fast hashes for telling things apart in memory and in an index. They are no defence: whoever
// finds a match by hash compares the things themselves where a wrong match would matter.

/**
 * 32-bit hash of a span of bytes, read as little-endian words. Four lanes take the words by turns,
 * so that their multiplications overlap: whole messages are hashed.
 */
export function hashBytes32(view: DataView, start: number, end: number): number {
  let hash = (end - start) | 0
  let at = start
  if (end - start >= LANES_FROM) {
    let [a, b, c, d] = [0x24234428, 0x85ebca77, 0, 0x61c8864f]
    for (const lanesEnd = end - 15; at < lanesEnd; at += 16) {
      a = laneStep(a, view.getInt32(at, true))
      b = laneStep(b, view.getInt32(at + 4, true))
      c = laneStep(c, view.getInt32(at + 8, true))
      d = laneStep(d, view.getInt32(at + 12, true))
    }
    hash ^= turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18)
  }
  for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
    const word = Math.imul(view.getInt32(at, true), 0x2c1b3c6d)
    hash = Math.imul(hash ^ (word ^ (word >>> 15)), 0x297a2d39)
    hash = turned(hash, 13)
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193)
  return avalanche(hash)
}

/** Shorter spans, tags for the most part, gain nothing from lanes. */
const LANES_FROM = 48

function laneStep(lane: number, word: number): number {
  return Math.imul(turned((lane + Math.imul(word, 0x85ebca77)) | 0, 13), 0x9e3779b1)
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
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
