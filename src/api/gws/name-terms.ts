// The userName of a search in, a test for the names in a recording out: words of which any will do,
// and groups of them between ANDs, of which each must be met, by one contact or by several. Case
// says nothing; a term is a whole name unless it has stars.
import { hasPieces } from './number-pattern.ts'

/** Makes the test; undefined for a text without a term. */
export function nameTest(text: string): ((names: readonly string[]) => boolean) | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const groups: string[][] = [[]]
  for (const word of words) {
    if (word === 'AND') groups.push([])
    else groups.at(-1)?.push(word.toLowerCase())
  }
  const terms = groups
    .filter((group) => group.length > 0)
    .map((group) => group.map((word) => word.split('*')))
  if (terms.length === 0) return undefined
  return (names) => {
    const lower = names.map((name) => name.toLowerCase())
    return terms.every((group) =>
      group.some((pieces) => lower.some((name) => hasPieces(name, pieces))),
    )
  }
}
