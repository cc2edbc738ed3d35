// The style of the house as a test: sizes, first lines, names, banned words. Each rule first proves
// on planted text that it sees what it forbids.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { functionLengths } from './function-lengths.ts'
import { scan } from './scan.ts'
import { allowances } from './tidy-allowances.ts'
import { untidy } from './tidy.ts'

const repository = join(import.meta.dirname, '../..')
const sources = globSync(
  ['src/**/*.ts', 'scripts/**/*.{ts,mjs}', 'test/**/*.ts', 'ui/src/**/*.{ts,tsx}'],
  { cwd: repository, exclude: (name) => name === 'node_modules' },
).sort()

test('tidy: there are sources to look at', () => {
  assert.ok(sources.length > 20, `only ${sources.length} files found`)
})

test('tidy: every source file keeps the style of the house', () => {
  const found = sources.flatMap((path) => {
    return untidy(path, readFileSync(join(repository, path), 'utf8'), allowances)
  })
  assert.equal(found.join('\n'), '')
})

test('tidy: every allowance names a file that is there', () => {
  assert.deepEqual(
    allowances.map((one) => one.path).filter((path) => !sources.includes(path)),
    [],
  )
})

const FIRST = '// In: a. Out: b.\n'
const planted = [
  { path: 'src/a/b.ts', text: 'const a = 1\n', seen: /1: no first line/ },
  { path: 'src/a/aB.ts', text: FIRST, seen: /kebab case/ },
  { path: 'src/a/b.ts', text: `${FIRST}//${' x'.repeat(50)}\n`, seen: /2: 102 characters/ },
  { path: 'src/a/b.ts', text: `${FIRST}${'\n'.repeat(500)}`, seen: /501 lines/ },
  {
    path: 'src/a/b.ts',
    text: `${FIRST}function f() {${'\n'.repeat(70)}}\n`,
    seen: /2: a function of 71 lines/,
  },
  { path: 'src/a/b.ts', text: `${FIRST}export enum A { B }\n`, seen: /2: enum/ },
  { path: 'src/a/b.ts', text: `${FIRST}const a = b as unknown as C\n`, seen: /2: as unknown as/ },
  { path: 'src/a/b.ts', text: `${FIRST}export default 1\n`, seen: /2: export default/ },
  { path: 'src/a/b.ts', text: `${FIRST}export { a } from './a.ts'\n`, seen: /2: re-export/ },
  { path: 'src/a/b.ts', text: `${FIRST}const a = Date.now()\n`, seen: /2: Date.now/ },
  { path: 'src/sip/b.ts', text: `${FIRST}f(performance.now())\n`, seen: /2: performance.now/ },
  { path: 'src/a/b.ts', text: `${FIRST}\nconsole.log(1)\n`, seen: /3: console/ },
  { path: 'src/a/b.ts', text: `${FIRST}process.exit(1)\n`, seen: /2: process.exit/ },
  { path: 'src/a/b.ts', text: `${FIRST}class CallManager {}\n`, seen: /2: a type named/ },
  { path: 'src/a/b.ts', text: `${FIRST}// TODO later\n`, seen: /2: TODO/ },
  { path: 'src/a/b.ts', text: `${FIRST}// @ts-ignore\n`, seen: /2: @ts-ignore/ },
  { path: 'src/a/b.ts', text: `${FIRST}// oxlint-disable no-console\n`, seen: /2: a disabled/ },
]

for (const { path, text, seen } of planted) {
  test(`tidy: sees ${seen.source}`, () => {
    const found = untidy(path, text, [])
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', seen)
  })
}

test('tidy: leaves alone what only looks like a banned word', () => {
  const text = [
    FIRST.trim(),
    '// The enum of the RFC; TODO #12: the rest.',
    `const a = 'export default console.log(Date.now())'`,
    `import { enumerate } from './a.ts'`,
    `export const b = from('x')`,
    '',
  ].join('\n')
  assert.deepEqual(untidy('src/a/b.ts', text, []), [])
})

test('tidy: an allowance that has become too large is named', () => {
  const allowance = { path: 'src/a/b.ts', fileLines: 600, functionLines: 90, why: 'a table' }
  assert.equal(untidy('src/a/b.ts', FIRST, [allowance]).length, 2)
})

test('functionLengths: tells functions from blocks', () => {
  const text = [
    'function a(b: { c: number }): Promise<Map<string, X>> {', // 1: 12 lines
    '  if (b) {',
    '    return 1',
    '  }',
    '  for (const x of y) {',
    '  }',
    '  const d = () => {', // 7: 3 lines
    '    return { e: 1 }',
    '  }',
    '  try {',
    '  } catch (error) { switch (x) { case 1: } }',
    '}',
    'class F {',
    '  static async g<T>(h: T): Promise<void> {', // 14: 2 lines
    '  }',
    '}',
  ].join('\n')
  assert.deepEqual(functionLengths(scan(text).code), [
    { line: 7, lines: 3 },
    { line: 1, lines: 12 },
    { line: 14, lines: 2 },
  ])
})
