// In: an installed node_modules. Out: the path of a Node.js that runs TypeScript as it is (24 or
// later). Refuses to go on with an older one, and says what to do.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { npm, repository, run, say, tail } from './process.mjs'

const majorMin = 24
const bundled = join(repository, 'node_modules/node/bin/node')
/** npm puts this folder first in the PATH of its scripts. */
const linked = join(repository, 'node_modules/.bin/node')

/** Finds Node 24, fetching it where the `node` package's own install script did not. */
export async function supplyRuntime() {
  if (await isRecent(bundled)) return linkRuntime()
  if (major(process.version) >= majorMin && process.execPath !== bundled) {
    // A bundled one that does not run here (another libc) must not stand in front of a good one.
    rmSync(bundled, { force: true })
    return process.execPath
  }
  say(`fetching Node.js ${majorMin} (this machine has ${process.version})`)
  const output = await fetchRuntime()
  if (await isRecent(bundled)) return linkRuntime()
  rmSync(bundled, { force: true })
  throw new Error(
    `Node.js ${majorMin} or later is needed, this is ${process.version}, and fetching it did not ` +
      `work:\n${tail(output)}\n` +
      `earshot: install Node.js ${majorMin} from https://nodejs.org and run the same command again`,
  )
}

function linkRuntime() {
  if (!existsSync(linked)) {
    mkdirSync(dirname(linked), { recursive: true })
    rmSync(linked, { force: true })
    symlinkSync('../node/bin/node', linked)
  }
  return bundled
}

async function isRecent(path) {
  if (!existsSync(path)) return false
  const { code, output } = await run(path, ['--version'], { secondsMax: 20 })
  return code === 0 && major(output) >= majorMin
}

function major(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0)
}

/**
 * Does by hand what the `node` package does when it is installed, for an npm that ran no install
 * scripts: gets the package of this system and puts its program in place.
 */
async function fetchRuntime() {
  const folder = join(repository, 'node_modules/node')
  const version = versionOf(folder)
  if (version === undefined) return 'the package "node" is not in node_modules'
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = `${prefix}-${process.platform}-${process.arch}`
  const scratch = join(repository, 'tmp/runtime')
  const nearby = join(folder, 'node_modules', name)
  let source = join(nearby, 'bin/node')
  if (versionOf(nearby) !== version || !existsSync(source)) {
    mkdirSync(scratch, { recursive: true })
    const { code, output } = await npm(
      ['install', '--no-save', '--ignore-scripts', '--prefix', scratch, `${name}@${version}`],
      { cwd: scratch },
    )
    if (code !== 0) return output
    source = join(scratch, 'node_modules', name, 'bin/node')
  }
  try {
    mkdirSync(dirname(bundled), { recursive: true })
    rmSync(bundled, { force: true })
    copyFileSync(source, bundled)
    chmodSync(bundled, 0o755)
  } catch (error) {
    return error.message
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return ''
}

function versionOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
  } catch {
    return undefined
  }
}
