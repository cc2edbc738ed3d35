// Texts of one kind, and how evenly hashes of them spread: what a good hash is measured by.

/** Texts as systems make them: a counter in front, in the middle and at the end. */
export function* likeTexts(count: number): Generator<string> {
  for (let i = 0; i < count; i++) {
    yield `${i}@192.0.2.1`
    yield `call-${i}-abcdef@pbx.test`
    yield `f81d4fae-7dec-11d0-a765-${String(i).padStart(12, '0')}`
  }
}

/** How unevenly values fall into 256 boxes: chi squared, about 255 for a good hash. */
export function unevenness(boxes: Iterable<number>): number {
  const counts = Array.from({ length: 256 }, () => 0)
  let total = 0
  for (const box of boxes) {
    counts[box] = (counts[box] ?? 0) + 1
    total++
  }
  const expected = total / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

export const COUNT = 20_000
/** One in ten thousand good hashes is worse. */
export const UNEVENNESS_MAX = 345
