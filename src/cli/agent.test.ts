// What the agent's command refuses before it does anything, in words that name what was wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shell } from './cli.fixture.ts'

for (const { argv, why } of [
  { argv: ['--to', 'tcp://127.0.0.1'], why: /name an interface: --interface/ },
  { argv: ['--interface', 'lo'], why: /say where to send: --to/ },
  { argv: ['--interface', 'lo', '--to', 'udp://127.0.0.1'], why: /tcp:\/\/ or tls:\/\// },
  { argv: ['--interface', 'lo', '--to', 'nowhere'], why: /nowhere: expected / },
  {
    argv: ['--interface', 'lo', '--to', 'tcp://h', '--buffer-bytes', 'many'],
    why: /--buffer-bytes: expected a number/,
  },
  {
    argv: ['--interface', 'lo', '--to', 'tcp://h', '--keylog', 'no-such-log'],
    why: /no-such-log: no such key log/,
  },
]) {
  test(`agent ${argv.join(' ')} is refused`, async (t) => {
    const { code, stderr, stdout } = await shell(t).earshot('agent', ...argv)
    assert.match(stderr, why)
    assert.deepEqual([code, stdout], [2, ''])
  })
}
