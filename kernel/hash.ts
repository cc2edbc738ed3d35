// Hashes of spans of bytes, read as little-endian words: fast, to tell things apart in memory and
// in an index. They are no defence: whoever finds a match by hash compares the things themselves
// where a wrong match would matter. Their values are stored: they stay what they are.

/** Shorter spans, tags for the most part, gain nothing from lanes. */
const LANES_FROM: usize = 48

/**
 * 32-bit hash. Four lanes take the words by turns, so that their multiplications overlap: whole
 * messages are hashed.
 */
export function hash32(start: usize, end: usize): u32 {
  let hash = <u32>(end - start)
  let at = start
  if (end - start >= LANES_FROM) {
    let a: u32 = 0x24234428
    let b: u32 = 0x85ebca77
    let c: u32 = 0
    let d: u32 = 0x61c8864f
    for (; at + 16 <= end; at += 16) {
      a = laneStep(a, load<u32>(at))
      b = laneStep(b, load<u32>(at, 4))
      c = laneStep(c, load<u32>(at, 8))
      d = laneStep(d, load<u32>(at, 12))
    }
    hash ^= rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)
  }
  for (; at + 4 <= end; at += 4) {
    const word = load<u32>(at) * 0x2c1b3c6d
    hash = rotl((hash ^ (word ^ (word >> 15))) * 0x297a2d39, 13)
  }
  for (; at < end; at++) hash = (hash ^ load<u8>(at)) * 0x01000193
  return avalanche(hash)
}

function laneStep(lane: u32, word: u32): u32 {
  return rotl(lane + word * 0x85ebca77, 13) * 0x9e3779b1
}

/** 53-bit hash; another seed gives another hash. */
export function hash53(start: usize, end: usize, seed: i32): f64 {
  let low: u32 = 0x9e3779b1 ^ seed ^ <u32>(end - start)
  let high: u32 = 0x41c6ce57 + seed
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = load<u32>(at)
    low = rotl((low ^ word) * 0x85ebca6b, 15)
    high = rotl((high ^ (word + 0x6b43a9b5)) * 0xc2b2ae35, 13)
  }
  for (; at < end; at++) {
    low = (low ^ load<u8>(at)) * 0x01000193
    high = (high ^ low) * 0x85ebca6b
  }
  const lowMixed = avalanche(low ^ (high * 0x27d4eb2f))
  const highMixed = avalanche(high ^ (lowMixed * 0x165667b1))
  return <f64>(highMixed & 0x1fffff) * 4_294_967_296 + <f64>lowMixed
}

/** Spreads every input bit over the whole word. */
function avalanche(hash: u32): u32 {
  let h = hash
  h = (h ^ (h >> 16)) * 0x7feb352d
  h = (h ^ (h >> 15)) * 0x846ca68b
  return h ^ (h >> 16)
}
