// In: the tables of settings and problems, and what the program answers about the bundled captures.
// Out: their pages under docs/ and the examples of the own API, written where they differ.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { madeExamples } from '../test/examples/ask-examples.ts'
import { madePages, repository } from './docs/pages.ts'

const cleanUps: (() => unknown)[] = []
const examples = await madeExamples({ after: (work) => void cleanUps.push(work) })
for (const work of cleanUps.toReversed()) await work()

for (const [path, text] of [...(await madePages()), ...examples]) {
  const file = join(repository, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  console.log(`wrote ${path}`)
}
