// In: the repository's own tables. Out: the pages of documentation that are made from them, by
// path. Writes nothing; scripts/write-docs.ts does, and a test compares.
import { join } from 'node:path'
import { formatSettingsPage } from '../../src/config/setting-text.ts'
import { readCatalogues } from './catalogues.ts'
import type { StationProblems } from './catalogues.ts'

export const repository = join(import.meta.dirname, '../..')

/** Every page that is made, its path from the repository's folder. */
export async function madePages(): Promise<Map<string, string>> {
  return new Map([
    ['docs/operate/settings.md', formatSettingsPage()],
    ['docs/operate/problems.md', problemsPage(await readCatalogues(join(repository, 'src')))],
  ])
}

function problemsPage(catalogues: readonly StationProblems[]): string {
  const parts = [
    '# Problems',
    '',
    '<!-- Made by `npm run docs` from the problems.ts of each station. Edit those, not this. -->',
    '',
    'A problem is an oddity in what the network sent. It is kept and counted with the bytes that',
    'show it, and nothing is thrown away because of it. `note` is harmless, `odd` breaks a rule,',
    '`broken` means that a value could not be read.',
  ]
  for (const { station, catalogue } of catalogues) {
    parts.push('', `## ${station}`, '', '| code | severity | meaning | rule |', '|---|---|---|---|')
    for (const [code, kind] of Object.entries(catalogue)) {
      const meaning = kind.meaning.replaceAll('|', '\\|')
      parts.push(`| \`${code}\` | ${kind.severity} | ${meaning} | ${kind.rule ?? ''} |`)
    }
  }
  return `${parts.join('\n')}\n`
}
