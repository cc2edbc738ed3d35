// Routes ask the finder that their account may ask: the one of the parts sees all traffic, and who
// takes it stands here with the reason.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')

const allowed: ReadonlyMap<string, string> = new Map([
  ['src/api/http/finder-of.ts', 'makes the finder of an account'],
  ['src/api/http/health.ts', 'asks whether the store answers, and tells no more'],
  ['src/api/own/metrics.ts', 'refuses accounts with a scope first'],
  ['src/api/genesys-cloud/phones.ts', 'a phone has no account; its own registration is looked up'],
  [
    'src/api/bandwidth/callbacks/callbacks.ts',
    'looks at what was stored, and asks for each account what of it is theirs',
  ],
])

test('no route takes the finder that sees all traffic', () => {
  const takes =
    /\bparts\.finder\b|\{[^}=]*\bfinder\b[^}=]*\}\s*(?:=\s*(?:this\.#)?parts\b|:\s*\w*Parts\b)/
  const found = globSync('src/api/**/*.ts', { cwd: root })
    .filter((path) => !/\.(?:test|fuzz|fixture)\.ts$/.test(path))
    .filter((path) => takes.test(readFileSync(join(root, path), 'utf8')))
    .sort()
  assert.deepEqual(found, [...allowed.keys()].sort())
})
