// The walk of a packet goes one way. These tests read every import of src/ and ui/, and first prove
// on planted files that a wrong one is seen: a checker that reads nothing reports success too.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { importsOf } from './imports.ts'
import { brokenImports, STATIONS } from './stations.ts'

const repository = join(import.meta.dirname, '../..')

test('imports: every station imports only what is upstream of it', () => {
  assert.equal(brokenImports(repository).join('\n'), '')
})

test('imports: every folder of src is a station', () => {
  const names = readdirSync(join(repository, 'src')).filter((name) => !name.startsWith('.'))
  const stations: readonly string[] = STATIONS
  assert.deepEqual(
    names.filter((name) => !stations.includes(name)),
    [],
  )
})

test('imports: all forms are read, and none inside a comment or a string', () => {
  const text = [
    `import { a } from './a.ts'`,
    `import type { B } from './b.ts'`,
    `import {`,
    `  type C,`,
    `  d,`,
    `} from './c.ts'`,
    `import './e.ts'`,
    `export { f } from "./f.ts"`,
    `export * from './g.ts'`,
    `const h = await import('./h.ts')`,
    `new Worker(new URL('./i.ts', import.meta.url))`,
    `// import { x } from './x.ts'`,
    `const y = "import { y } from './y.ts'"`,
    `const z = new URL('./z.ts', base)`,
  ].join('\n')
  assert.deepEqual(
    importsOf(text)
      .sort((a, b) => a.line - b.line)
      .map((one) => `${one.line} ${one.specifier}${one.isType ? ' type' : ''}`),
    [
      '1 ./a.ts',
      '2 ./b.ts type',
      '6 ./c.ts',
      '7 ./e.ts',
      '8 ./f.ts',
      '9 ./g.ts',
      '10 ./h.ts',
      '11 ./i.ts',
    ],
  )
})

const planted = [
  {
    name: 'an import of what is downstream',
    files: { 'src/sip/a.ts': `import type { B } from '../calls/b.ts'`, 'src/calls/b.ts': '' },
    seen: ['src/sip/a.ts:1: sip imports src/calls/b.ts, which is downstream'],
  },
  {
    name: 'a worker thread started from upstream',
    files: { 'src/decode/a.ts': `new Worker(new URL('../line/b.ts', import.meta.url))` },
    seen: ['src/decode/a.ts:1: decode imports src/line/b.ts, which is downstream'],
  },
  {
    name: 'a file read in the pure middle',
    files: { 'src/sip/a.ts': `// reads\nimport { readFileSync } from 'node:fs'` },
    seen: ['src/sip/a.ts:2: sip imports node:fs; files, sockets and threads are for the rim'],
  },
  {
    name: 'a package in the pure middle',
    files: { 'src/calls/a.ts': `import { x } from 'kysely'` },
    seen: [
      'src/calls/a.ts:1: calls imports the package kysely; it is built from this repository alone',
    ],
  },
  {
    name: 'an import of main',
    files: { 'src/cli/a.ts': `import { x } from '../main.ts'` },
    seen: ['src/cli/a.ts:1: imports main.ts, which nobody imports'],
  },
  {
    name: 'what is for tests in the program',
    files: { 'src/cli/a.ts': `import { x } from './b.fixture.ts'`, 'src/cli/b.fixture.ts': '' },
    seen: ['src/cli/a.ts:1: imports src/cli/b.fixture.ts, which is for tests'],
  },
  {
    name: 'the command line reaching into the API',
    files: { 'src/cli/a.ts': `import { x } from '../api/own/b.ts'` },
    seen: ['src/cli/a.ts:1: cli imports src/api/own/b.ts; the two stand side by side'],
  },
  {
    name: 'code of the server in the pages',
    files: { 'ui/src/a.tsx': `import { x } from '../../src/api/own/b.ts'` },
    seen: ['ui/src/a.tsx:1: the pages import src/api/own/b.ts; they may only take its types'],
  },
  {
    name: 'a circle',
    files: {
      'src/sip/a.ts': `import { b } from './b.ts'`,
      'src/sip/b.ts': `import type { C } from './c.ts'`,
      'src/sip/c.ts': `export { a } from './a.ts'`,
    },
    seen: [
      'src/sip/a.ts: a circle of imports: ' +
        'src/sip/a.ts → src/sip/b.ts → src/sip/c.ts → src/sip/a.ts',
    ],
  },
  {
    name: 'nothing wrong where nothing is',
    files: {
      'src/query/a.ts': `import { isIP, isIPv6 } from 'node:net'`,
      'src/api/a.ts': `import { b } from '../sip/b.ts'\nimport fs from 'node:fs'`,
      'src/sip/b.ts': `import { c } from '../base/c.ts'`,
      'src/base/c.ts': '',
      'src/base/c.test.ts': `import { a } from '../api/a.ts'`,
      'ui/src/a.ts': `import type { X } from '../../src/api/a.ts'`,
    },
    seen: [],
  },
]

for (const { name, files, seen } of planted) {
  test(`imports: the checker sees ${name}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'earshot-imports-'))
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(root, dirname(path)), { recursive: true })
        writeFileSync(join(root, path), text)
      }
      assert.deepEqual(brokenImports(root), seen)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
}
