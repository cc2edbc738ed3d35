// In: what the packages are for. Out: node_modules as package-lock.json says. Installs only when
// something is missing, and only what is needed: the vendors' own clients are for tests alone.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, repository, say, tail } from './process.mjs'

const modules = join(repository, 'node_modules')
/** Says which lock file the folder was last completely installed from. */
const stamp = join(modules, '.earshot-installed.json')
/** Is there while an installation runs, and stays there when one was cut short. */
const unfinished = join(modules, '.earshot-unfinished')
/** npm writes this one last, with everything that it put on disk. */
const inventory = join(modules, '.package-lock.json')

const workspaces = {
  start: ['ui'],
  test: ['ui', 'test/vendors'],
}

/** Brings node_modules to what `package-lock.json` says for `purpose`. Throws when npm cannot. */
export async function installPackages(purpose) {
  const hash = lockHash()
  if (isInstalled(purpose, hash)) return
  if (isComplete(purpose) && !existsSync(unfinished)) {
    // Somebody ran npm by hand: that is as good.
    writeStamp(purpose, hash)
    return
  }
  const isFresh = !existsSync(modules)
  const isSound = existsSync(inventory) && !existsSync(unfinished)
  say(isFresh ? 'installing packages (once, about a minute)' : 'bringing the packages up to date')
  // Development packages too, whatever NODE_ENV says: Node 24 and Vite are among them.
  const scope = ['--include=dev', '--include=optional', '--include-workspace-root']
  // Node 20 installs, Node 24 runs: what the packages ask of the installing one does not matter.
  scope.push('--prefer-offline', '--engine-strict=false')
  for (const folder of workspaces[purpose]) scope.push('-w', folder)
  // A sound folder gets only the differences, and keeps what it has when the registry is away.
  // Anything else is made anew from the lock file.
  let result = await (isSound ? update(scope) : renew(scope))
  if (result.code === 0 && !isComplete(purpose)) result = await renew(scope)
  if (result.code !== 0) {
    throw new Error(
      `npm could not install the packages:\n${tail(result.output)}\n` +
        'earshot: check that the npm registry can be reached, then run the same command again',
    )
  }
  rmSync(unfinished, { force: true })
  writeStamp(purpose, hash)
}

async function update(scope) {
  writeFileSync(unfinished, '')
  const result = await npm(['install', '--no-save', ...scope])
  // npm puts everything back when it fails; only a killed one leaves the mark behind.
  rmSync(unfinished, { force: true })
  return result
}

async function renew(scope) {
  mkdirSync(modules, { recursive: true })
  writeFileSync(unfinished, '')
  const result = await npm(['ci', ...scope])
  return result.code === 0 ? result : npm(['install', '--no-save', ...scope])
}

function lockHash() {
  const hash = createHash('sha256')
  for (const path of ['package-lock.json', 'package.json', 'ui/package.json']) {
    hash.update(readFileSync(join(repository, path)))
  }
  return `${process.platform}-${process.arch}-${hash.digest('hex')}`
}

function isInstalled(purpose, hash) {
  const { hash: last, purposes = [] } = readJson(stamp) ?? {}
  return last === hash && purposes.includes(purpose) && isComplete(purpose)
}

function writeStamp(purpose, hash) {
  const last = readJson(stamp)
  const before = last?.hash === hash ? (last.purposes ?? []) : []
  const purposes = [...new Set([...before, purpose, ...(purpose === 'test' ? ['start'] : [])])]
  writeFileSync(stamp, `${JSON.stringify({ hash, purposes })}\n`)
}

/** Whether every package that `purpose` needs is on disk in the version of the lock file. */
function isComplete(purpose) {
  const wanted = readJson(join(repository, 'package-lock.json'))?.packages
  const present = readJson(inventory)?.packages
  if (!wanted || !present) return false
  for (const path of neededPaths(wanted, workspaces[purpose])) {
    if (present[path]?.version !== wanted[path].version) return false
    if (!existsSync(join(repository, path, 'package.json'))) return false
  }
  return true
}

/** Paths in node_modules that the root and these workspaces reach, optional packages left out. */
function neededPaths(packages, folders) {
  const seen = new Set()
  const queue = ['', ...folders]
  for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
    const entry = packages[from] ?? {}
    const isOurs = !from.includes('node_modules/')
    const names = { ...entry.dependencies, ...(isOurs ? entry.devDependencies : {}) }
    for (const name of Object.keys(names)) {
      const path = resolve(packages, from, name)
      if (path === undefined || seen.has(path) || packages[path].link) continue
      if (packages[path].optional) continue
      seen.add(path)
      queue.push(path)
    }
  }
  return seen
}

/** Where Node would find package `name` from `from`: the nearest node_modules upwards. */
function resolve(packages, from, name) {
  for (let folder = from; ; ) {
    const path = `${folder}${folder ? '/' : ''}node_modules/${name}`
    if (packages[path]) return path
    if (folder === '') return undefined
    const cut = folder.lastIndexOf('/node_modules/')
    folder = cut >= 0 ? folder.slice(0, cut) : ''
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
