// bin/earshot in a tree of its own, with a main.ts that only tells how it was called.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'earshot launcher '))
after(() => rmSync(scratch, { recursive: true, force: true }))

const MAIN = `
const [command = '', ...rest] = process.argv.slice(2)
if (command === 'wait') {
  process.on('SIGTERM', () => process.exit(9))
  setInterval(() => undefined, 1000)
  console.log('ready')
} else {
  console.log(JSON.stringify({ rest, options: process.execArgv }))
  process.exitCode = Number(command)
}
`

function tree(name: string, runtime: 'bundled' | 'none' | 'no modules'): string {
  const root = join(scratch, name)
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'src'))
  copyFileSync(join(repository, 'bin/earshot'), join(root, 'bin/earshot'))
  writeFileSync(join(root, 'src/main.ts'), MAIN)
  if (runtime === 'no modules') return root
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true })
  if (runtime === 'bundled') symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'))
  return root
}

const bundled = tree('bundled', 'bundled')
const launcher = join(bundled, 'bin/earshot')

test('earshot: hands on its arguments as they are, and the exit code', () => {
  const { status, stdout } = spawnSync(launcher, ['7', 'a b', '*', '', '--data=x'])
  assert.equal(status, 7)
  const { rest, options } = JSON.parse(String(stdout))
  assert.deepEqual(rest, ['a b', '*', '', '--data=x'])
  assert.ok(options.includes('--disable-warning=ExperimentalWarning'))
})

test('earshot: is found through links, absolute and relative, from any folder', () => {
  symlinkSync(launcher, join(scratch, 'absolute'))
  symlinkSync('absolute', join(scratch, 'relative'))
  const options = { cwd: '/', encoding: 'utf8' } as const
  assert.match(execFileSync(join(scratch, 'relative'), ['0', 'x'], options), /"rest":\["x"\]/)
  const searched = { ...options, cwd: scratch, env: { PATH: `${scratch}:/usr/bin:/bin` } }
  assert.match(execFileSync('relative', ['0', 'y'], searched), /"rest":\["y"\]/)
})

test('earshot: is replaced by the program, so that a signal reaches it', async () => {
  const child = spawn(launcher, ['wait'])
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [9, null])
})

test('npm start: no shell stays between npm and the server, to keep signals to itself', () => {
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
  assert.match(manifest.scripts.start, /^exec bin\/earshot /)
})

test('earshot: takes the Node of the path where there is none beside it', () => {
  const root = tree('path', 'none')
  const path = join(scratch, 'new-node')
  mkdirSync(path)
  symlinkSync(process.execPath, join(path, 'node'))
  const env = { PATH: `${path}:/usr/bin:/bin` }
  assert.equal(spawnSync(join(root, 'bin/earshot'), ['3'], { env }).status, 3)
})

test('earshot: says what to do where Node is too old, or nothing is installed', () => {
  const path = join(scratch, 'old-node')
  mkdirSync(path)
  writeFileSync(join(path, 'node'), '#!/bin/sh\necho v20.1.0\n')
  chmodSync(join(path, 'node'), 0o755)
  const env = { PATH: `${path}:/usr/bin:/bin` }
  const old = spawnSync(join(tree('old', 'none'), 'bin/earshot'), ['0'], { env })
  assert.equal(old.status, 1)
  assert.match(String(old.stderr), /Node\.js 24 or later is needed.*v20\.1\.0[\s\S]*npm start/)
  const bare = spawnSync(join(tree('bare', 'no modules'), 'bin/earshot'), ['0'], { env })
  assert.equal(bare.status, 1)
  assert.match(String(bare.stderr), /nothing is installed yet.*npm start/)
})
