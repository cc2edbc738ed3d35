// In: the sources of the web pages. Out: ui/dist, built again only when a source has changed.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buildWhenChanged } from './built.mjs'
import { repository, run, tail } from './process.mjs'

const pages = join(repository, 'ui')

/** Builds the pages with Vite on the given Node.js. Throws with Vite's words when it cannot. */
export async function buildPages(runtime) {
  if (!existsSync(join(pages, 'index.html'))) return
  await buildWhenChanged({
    what: 'the web pages',
    sources: [pages],
    built: join(pages, 'dist/index.html'),
    stamp: '.earshot-pages',
    build: async () => {
      const args = [viteProgram(), 'build', '--logLevel', 'warn']
      const { code, output } = await run(runtime, args, { cwd: pages })
      if (code !== 0) throw new Error(`the web pages could not be built:\n${tail(output, 30)}`)
    },
  })
}

function viteProgram() {
  const require = createRequire(join(pages, 'package.json'))
  return join(dirname(require.resolve('vite/package.json')), 'bin/vite.js')
}
