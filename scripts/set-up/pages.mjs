// In: the sources of the web pages. Out: ui/dist, built again only when a source has changed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { repository, run, say, tail } from './process.mjs'

const pages = join(repository, 'ui')
const built = join(pages, 'dist/index.html')
const stamp = join(repository, 'node_modules/.earshot-pages')

/** Builds the pages with Vite on the given Node.js. Throws with Vite's words when it cannot. */
export async function buildPages(runtime) {
  if (!existsSync(join(pages, 'index.html'))) return
  const hash = sourceHash()
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  say('building the web pages')
  rmSync(stamp, { force: true })
  const { code, output } = await run(runtime, [viteProgram(), 'build', '--logLevel', 'warn'], {
    cwd: pages,
  })
  if (code !== 0) throw new Error(`the web pages could not be built:\n${tail(output, 30)}`)
  writeFileSync(stamp, hash)
}

function viteProgram() {
  const require = createRequire(join(pages, 'package.json'))
  return join(dirname(require.resolve('vite/package.json')), 'bin/vite.js')
}

/** One hash over every source file's path and bytes, and over the versions of the packages. */
function sourceHash() {
  const hash = createHash('sha256')
  const walk = (folder, prefix) => {
    const entries = readdirSync(folder, { withFileTypes: true })
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      if (entry.name === 'node_modules' || entry.name === 'dist') continue
      const path = join(folder, entry.name)
      const name = `${prefix}/${entry.name}`
      if (entry.isDirectory()) walk(path, name)
      else if (entry.isFile()) hash.update(`${name}\0`).update(readFileSync(path))
    }
  }
  walk(pages, '')
  hash.update(readFileSync(join(repository, 'package-lock.json')))
  return hash.digest('hex')
}
