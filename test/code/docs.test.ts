// The documentation against the code, in both directions: pages that are made from tables, the list
// of dependencies, settings that pages name, links between pages.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { readCatalogues } from '../../scripts/docs/catalogues.ts'
import { madePages, repository } from '../../scripts/docs/pages.ts'
import { settingTable, variableOf } from '../../src/config/settings.ts'
import { importsOf } from './imports.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const catalogues = await readCatalogues(join(repository, 'src'))

test('docs: the pages made from tables are as the tables say (else: npm run docs)', async () => {
  for (const [path, text] of await madePages()) assert.equal(read(path), text, path)
})

test('problems: every code begins with its station and stands in one catalogue', () => {
  const codes = catalogues.flatMap(({ station, catalogue }) => {
    for (const code of Object.keys(catalogue)) {
      assert.match(code, new RegExp(`^${station}(?:\\.[a-z0-9-]+){1,3}$`))
    }
    return Object.keys(catalogue)
  })
  assert.equal(new Set(codes).size, codes.length)
})

test('problems: every meaning is one sentence, and every rule names its document', () => {
  for (const { catalogue } of catalogues) {
    for (const [code, { meaning, rule }] of Object.entries(catalogue)) {
      assert.match(meaning, /^[A-Z0-9].{15,200}\.$/, code)
      if (rule !== undefined) assert.match(rule, /^(?:RFC \d+|ITU-T [A-Z]\.\d+|IEEE 802)/, code)
    }
  }
})

test('problems: every code is one that the code can give', () => {
  for (const { station, catalogue } of catalogues) {
    const sources = globSync(`src/${station}/**/*.ts`, { cwd: repository })
      .filter((path) => !/(?:\.test|\.fuzz|\/problems)\.ts$/.test(path))
      .map(read)
      .join('\n')
    const unused = Object.keys(catalogue).filter((code) => !sources.includes(`'${code}'`))
    assert.deepEqual(unused, [], `codes of ${station} that nothing gives`)
  }
})

test('settings: every variable that a page names is one of a setting', () => {
  const known = new Set(Object.values(settingTable).map(variableOf))
  for (const page of globSync(['*.md', 'docs/**/*.md'], { cwd: repository })) {
    const named = read(page).match(/\bEARSHOT_[A-Z_]*[A-Z]\b/g) ?? []
    assert.deepEqual(
      named.filter((variable) => !known.has(variable)),
      [],
      page,
    )
  }
})

test('dependencies: each runtime dependency has its line, and no line is left over', () => {
  const page = read('docs/decisions/dependencies.md')
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
  assert.deepEqual(rows.map((row) => row[1] ?? '').sort(), runtimeDependencies().sort())
  for (const row of rows) {
    for (const cell of row.slice(2)) assert.ok(cell.trim().length > 8, `${row[1]}: ${cell}`)
  }
})

test('dependencies: each one is imported, or needed by one that is', () => {
  const sources = globSync(['src/**/*.ts', 'ui/src/**/*.{ts,tsx}'], { cwd: repository })
  const used = new Set(sources.flatMap((path) => importsOf(read(path)).map((one) => one.specifier)))
  const lock: { packages: Record<string, LockEntry> } = JSON.parse(read('package-lock.json'))
  const isUsed = (name: string) =>
    used.has(name) || [...used].some((one) => one.startsWith(`${name}/`))
  const unused = runtimeDependencies().filter((name) => {
    const isPeer = [...used].some((one) => {
      return lock.packages[`node_modules/${one}`]?.peerDependencies?.[name] !== undefined
    })
    return !isUsed(name) && !isPeer
  })
  assert.deepEqual(unused, [])
})

test('dependencies: the lock file names the packages of every platform', () => {
  // npm ci refuses a lock file that lacks the optional packages of other systems.
  const lock: { packages: Record<string, LockEntry> } = JSON.parse(read('package-lock.json'))
  const missing: string[] = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
      if (!places.some((place) => lock.packages[place] !== undefined)) missing.push(name)
    }
  }
  assert.deepEqual(missing, [])
})

test('docs: every link between pages leads to a file', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'test/captures/*.md', 'examples/*.md'], {
    cwd: repository,
  })
  assert.ok(pages.length > 5)
  const broken: string[] = []
  for (const page of pages) {
    for (const match of read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      const target = join(repository, dirname(page), match[1] ?? '')
      if (!existsSync(target)) broken.push(`${page}: ${match[1]}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('docs: every page has one title', () => {
  for (const page of globSync(['*.md', 'docs/**/*.md'], { cwd: repository })) {
    const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, '')
    assert.equal(text.match(/^# /gm)?.length, 1, page)
  }
})

interface LockEntry {
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

/** Of the server and of the pages: what reaches an operator's machine or a reader's browser. */
function runtimeDependencies(): string[] {
  return ['package.json', 'ui/package.json'].flatMap((path) => {
    const description: { dependencies?: Record<string, string> } = JSON.parse(read(path))
    return Object.keys(description.dependencies ?? {})
  })
}
