// In: sources, and how to build them. Out: what they build to, made again only when a source, or a
// package that builds them, has changed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { repository, say } from './process.mjs'

/**
 * Calls `build` unless `built` is there and `stamp` (a file's name) says that it was made from the
 * same sources. `sources` are folders and files.
 */
export async function buildWhenChanged({ what, sources, built, stamp, build }) {
  const stampPath = join(repository, 'node_modules', stamp)
  const hash = hashOf([...sources, join(repository, 'package-lock.json')])
  if (existsSync(built) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === hash) return
  say(`building ${what}`)
  rmSync(stampPath, { force: true })
  await build()
  writeFileSync(stampPath, hash)
}

/** One hash over the path and bytes of every source file. */
function hashOf(sources) {
  const hash = createHash('sha256')
  const take = (path) => {
    if (statSync(path).isFile()) {
      hash.update(`${relative(repository, path)}\0`).update(readFileSync(path))
      return
    }
    for (const name of readdirSync(path).sort()) {
      if (name !== 'node_modules' && name !== 'dist') take(join(path, name))
    }
  }
  for (const source of sources) take(source)
  return hash.digest('hex')
}
