// The set-up in small trees of its own, with a stand-in for npm that notes how it was called and
// puts in place what npm would: the tests need no network and leave this tree alone.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'earshot-set-up-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

const LOCK = {
  packages: {
    '': { dependencies: { server: '1.0.0' } },
    ui: { dependencies: { pages: '2.0.0' } },
    'test/vendors': { devDependencies: { vendor: '3.0.0' } },
    'node_modules/server': { version: '1.0.0', dependencies: { deep: '4.0.0' } },
    'node_modules/server/node_modules/deep': { version: '4.0.0' },
    'node_modules/pages': { version: '2.0.0', optionalDependencies: { 'pages-mac': '2.0.0' } },
    'node_modules/pages-mac': { version: '2.0.0', optional: true },
    'node_modules/vendor': { version: '3.0.0' },
  },
}

const LOCK_FILE = 'tmp/set-up.lock'

/** Does what npm does to node_modules, slowly enough for a second set-up to come along. */
const NPM = `
const { appendFileSync, mkdirSync, readFileSync, writeFileSync, existsSync, rmSync } = require('fs')
const args = process.argv.slice(2)
appendFileSync('npm.log', args.join(' ') + '\\n')
if (existsSync('npm-fails')) { console.error('registry away'); process.exit(1) }
if (args[0] === 'ci') rmSync('node_modules', { recursive: true, force: true })
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const packages = {}
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.startsWith('node_modules') || entry.optional) continue
  if (path.endsWith('vendor') && !args.includes('test/vendors')) continue
  mkdirSync(path, { recursive: true })
  writeFileSync(path + '/package.json', '{}')
  packages[path] = entry
}
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
`

/** Stands in for the launcher: notes that it ran, leaves a cache behind, and fails. */
const COMPILED = `#!/bin/sh
echo "$1" >>ran
mkdir -p node_modules/.cache/earshot
exit 1
`

interface Outcome {
  readonly code: number
  readonly said: string
}

class Tree {
  readonly root: string

  constructor(name: string) {
    this.root = join(scratch, name)
    mkdirSync(join(this.root, 'ui'), { recursive: true })
    cpSync(join(repository, 'scripts'), join(this.root, 'scripts'), { recursive: true })
    for (const path of ['package.json', 'ui/package.json', 'ui/index.txt']) this.write(path, '{}')
    this.write('package-lock.json', JSON.stringify(LOCK))
    this.write('npm.js', NPM)
    this.write('npm.log', '')
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path))
  }

  /** How npm was called so far. */
  npmCalls(): string[] {
    return this.read('npm.log').split('\n').filter(Boolean)
  }

  setUp(purpose: string): Promise<Outcome> {
    const { NODE_COMPILE_CACHE: _, ...own } = process.env
    const env = { ...own, npm_execpath: join(this.root, 'npm.js') }
    const script = join(this.root, 'scripts/set-up.mjs')
    return new Promise((resolve) => {
      const options = { cwd: this.root, env }
      execFile(process.execPath, [script, purpose], options, (error, _stdout, said) => {
        resolve({ code: error === null ? 0 : Number(error.code), said })
      })
    })
  }
}

test('set-up: start installs what the server and the pages need, not the vendors', async () => {
  const tree = new Tree('fresh')
  assert.deepEqual(await tree.setUp('start'), {
    code: 0,
    said: 'earshot: installing packages (once, about a minute)\n',
  })
  assert.equal(tree.npmCalls().length, 1)
  assert.match(tree.npmCalls()[0] ?? '', /^ci .*-w ui/)
  assert.ok(!tree.has('node_modules/vendor'))
})

test('set-up: with everything in place it says and does nothing', async () => {
  const tree = new Tree('again')
  await tree.setUp('start')
  tree.write('npm-fails', '')
  assert.deepEqual(await tree.setUp('start'), { code: 0, said: '' })
  assert.equal(tree.npmCalls().length, 1)
})

test('set-up: what somebody installed by hand is taken as it is', async () => {
  const tree = new Tree('by-hand')
  await tree.setUp('start')
  rmSync(join(tree.root, 'node_modules/.earshot-installed.json'))
  assert.equal((await tree.setUp('start')).said, '')
  assert.equal(tree.npmCalls().length, 1)
})

test('set-up: a new lock file brings the differences, and only those', async () => {
  const tree = new Tree('newer')
  await tree.setUp('start')
  const packages = { ...LOCK.packages, 'node_modules/pages': { version: '2.0.1' } }
  tree.write('package-lock.json', JSON.stringify({ packages }))
  assert.equal((await tree.setUp('start')).code, 0)
  assert.match(tree.npmCalls()[1] ?? '', /^install --no-save /)
})

test('set-up: a half-installed folder is made anew', async () => {
  const tree = new Tree('half')
  await tree.setUp('start')
  tree.write('node_modules/.earshot-unfinished', '')
  rmSync(join(tree.root, 'node_modules/server'), { recursive: true })
  assert.equal((await tree.setUp('start')).code, 0)
  assert.match(tree.npmCalls()[1] ?? '', /^ci /)
  assert.ok(tree.has('node_modules/server/package.json'))
  assert.ok(!tree.has('node_modules/.earshot-unfinished'))
})

test('set-up: without a registry it says so, and leaves alone what is there', async () => {
  const tree = new Tree('away')
  await tree.setUp('start')
  tree.write('npm-fails', '')
  rmSync(join(tree.root, 'node_modules/pages'), { recursive: true })
  const { code, said } = await tree.setUp('start')
  assert.equal(code, 1)
  assert.match(said, /npm could not install the packages:\n +registry away\nearshot: check that/)
  assert.ok(tree.has('node_modules/server/package.json'))
  rmSync(join(tree.root, 'npm-fails'))
  assert.equal((await tree.setUp('start')).code, 0)
})

test('set-up: compiles the server once, and again when a source has changed', async () => {
  const tree = new Tree('compiled')
  tree.write('bin/earshot', COMPILED)
  chmodSync(join(tree.root, 'bin/earshot'), 0o755)
  tree.write('examples/real-answered-call.pcap', '')
  tree.write('src/main.ts', 'one')
  for (const [source, runs] of [
    ['one', 1],
    ['one', 1],
    ['two', 2],
  ] as const) {
    tree.write('src/main.ts', source)
    // That it fails is nothing to set-up: who calls it next is told why.
    assert.equal((await tree.setUp('start')).code, 0)
    assert.equal(tree.read('ran'), 'import\n'.repeat(runs))
  }
})

test('set-up: of two at once, one installs', async () => {
  const tree = new Tree('two')
  const both = await Promise.all([tree.setUp('start'), tree.setUp('start')])
  assert.deepEqual(
    both.map((one) => one.code),
    [0, 0],
  )
  assert.equal(tree.npmCalls().length, 1)
  assert.ok(!tree.has(LOCK_FILE))
})

test('set-up: waits while another one holds the lock, and says so', async () => {
  const tree = new Tree('held')
  mkdirSync(join(tree.root, 'tmp'))
  tree.write(LOCK_FILE, 'somebody else')
  const child = spawn(process.execPath, [join(tree.root, 'scripts/set-up.mjs'), 'start'], {
    env: { ...process.env, npm_execpath: join(tree.root, 'npm.js') },
    cwd: tree.root,
  })
  const [said] = await once(child.stderr, 'data')
  assert.match(String(said), /another set-up of this folder is running; waiting for it/)
  assert.equal(tree.npmCalls().length, 0)
  rmSync(join(tree.root, LOCK_FILE))
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.equal(tree.npmCalls().length, 1)
})

test('set-up: takes over the lock of one that died', async () => {
  const tree = new Tree('dead')
  mkdirSync(join(tree.root, 'tmp'))
  tree.write(LOCK_FILE, 'somebody else')
  utimesSync(join(tree.root, LOCK_FILE), 0, 0)
  assert.equal((await tree.setUp('start')).code, 0)
  assert.ok(!tree.has(LOCK_FILE))
})

test('set-up: a purpose that it does not know is refused', async () => {
  const { code, said } = await new Tree('odd').setUp('stop')
  assert.equal(code, 1)
  assert.match(said, /start\|test/)
})
