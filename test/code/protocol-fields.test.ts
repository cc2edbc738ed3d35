// The tables of docs/protocols that say where a field comes from, against the tests that they name:
// every row has one, and it is there.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')

interface Row {
  readonly page: string
  readonly field: string
  readonly test: string
}

/** Rows of the tables whose last column is `test`. */
function rowsOf(page: string): Row[] {
  const rows: Row[] = []
  let isInTable = false
  for (const line of readFileSync(join(root, page), 'utf8').split('\n')) {
    if (!line.startsWith('|')) {
      isInTable = false
      continue
    }
    const cells = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.replaceAll('|', '').trim())
    if (cells.at(-1) === 'test') isInTable = true
    else if (isInTable && !/^-+$/.test(cells.at(-1)?.replaceAll(' ', '') ?? '')) {
      rows.push({ page, field: cells[0] ?? '', test: cells.at(-1) ?? '' })
    }
  }
  return rows
}

const rows = globSync('docs/protocols/*.md', { cwd: root }).sort().flatMap(rowsOf)

test('every field of a vendor has a test that shows it', () => {
  assert.ok(rows.length > 30, `${rows.length} rows`)
  const wrong = rows.filter(({ test: named }) => {
    const [, file = '', title = ''] = /^`([^`]+)` (.+)$/.exec(named) ?? []
    const path = join(root, file)
    if (file === '' || !existsSync(path)) return true
    const titles = readFileSync(path, 'utf8').matchAll(/\btest\(\s*(['"`])(.*?)\1/g)
    return ![...titles].some(([, , text = '']) => text.startsWith(title))
  })
  assert.deepEqual(wrong, [])
})
