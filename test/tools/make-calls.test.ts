// Tests of the maker of captures: the same flags give the same bytes, and those of the bundled
// example are the ones that its page names.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Truth } from './make-calls/truth.ts'

const repository = join(import.meta.dirname, '../..')
const program = join(import.meta.dirname, 'make-calls.ts')

function make(flags: readonly string[]): { bytes: Buffer; truth: Truth } {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-make-'))
  try {
    const out = join(folder, 'a.pcap')
    const truthFile = join(folder, 'a.json')
    execFileSync(process.execPath, [program, '--out', out, '--truth', truthFile, ...flags], {
      stdio: 'ignore',
    })
    const truth: Truth = JSON.parse(readFileSync(truthFile, 'utf8'))
    return { bytes: readFileSync(out), truth }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('make-calls: the bytes of a set of flags never change', () => {
  const flags = '--calls 25 --talk 3 --seed 5 --reorder 0.02 --duplicate 0.02'.split(' ')
  const hash = createHash('sha256').update(make(flags).bytes).digest('hex')
  assert.equal(hash, '67a9cbe9fc5e188ce77552cf8170811edb0debcc184b72a79a89b62139d1c575')
})

test('make-calls: the bundled example is what its page says', () => {
  const page = readFileSync(join(repository, 'examples/README.md'), 'utf8')
  const command = /make-calls\.ts ([\s\S]*?)--out examples\/(\S+)/.exec(page)
  assert.ok(command?.[1] !== undefined && command[2] !== undefined)
  const flags = command[1].replaceAll('\\', ' ').trim().split(/\s+/)
  const bundled = readFileSync(join(repository, 'examples', command[2]))
  assert.ok(make(flags).bytes.equals(bundled))
})

test('make-calls: the truth counts what the capture holds', () => {
  const { bytes, truth } = make('--calls 20 --talk 2 --b2bua 0.5 --loss 0.1'.split(' '))
  let packets = 0
  let messages = 0
  for (let at = 24; at < bytes.length; packets++) {
    const length = bytes.readUInt32LE(at + 8)
    const port = bytes.readUInt16BE(at + 16 + 34)
    if (port === 5060) messages++
    at += 16 + length
  }
  assert.deepEqual([truth.packets, truth.messages], [packets, messages])
  const shown = truth.streams.reduce((sum, one) => sum + one.sent - one.lost + one.duplicates, 0)
  assert.equal(packets - messages, shown)
  assert.equal(truth.legs.filter((leg) => leg.parentCallId === null).length, truth.calls)
})

test('make-calls: a flag that is no number is refused by name', () => {
  const result = spawnSync(process.execPath, [program, '--out', '/dev/null', '--cps', 'many'])
  assert.equal(result.status, 2)
  assert.match(String(result.stderr), /--cps: expected a number/)
})
