// earshot replay: a capture sent to a server that runs gives what an import of it gives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../base/clock.ts'
import { makeFolder, importInto, pictureOf, writeCapture } from '../line/store.fixture.ts'
import { startLive } from '../line/live.fixture.ts'
import { ANSWERED_CALL, assertRefused, shell } from './cli.fixture.ts'

/** A message without the time that it was moved to and the place of its bytes. */
function untimed(message: string): string {
  return message.replaceAll(/"(?:tUs|legKey|callKey|messageId)":[^,]+,/g, '')
}

for (const version of ['1', '2', '3']) {
  test(`replay: what is sent as HEP ${version} is what an import finds`, async (t) => {
    const { earshot, path } = shell(t)
    const capture = writeCapture(path('calls.pcap'), { calls: 30, callsPerSecond: 10 })
    const imported = makeFolder(t)
    await importInto(imported, capture)
    const expected = (await pictureOf(imported)).messages.map(untimed).sort()
    const server = await startLive(t)
    const scheme = version === '3' ? 'tcp' : 'udp'
    const to = `${scheme}://127.0.0.1:${server.port(scheme)}`
    const speed = ['--speed', 'max', '--rate', '2000']
    const flags = ['--to', to, ...speed, '--hep-version', version, '--json']
    const { code, stdout, stderr } = await earshot('replay', capture, ...flags)
    assert.equal(code, 0, stderr)
    assert.equal(JSON.parse(stdout).messages, expected.length)
    const found = (await server.found(expected.length)).messages.map(untimed).sort()
    assert.deepEqual(found, expected)
  })
}

test('replay: keeps the distances of the capture, moved to now, and RTCP with it', async (t) => {
  const { earshot } = shell(t)
  const server = await startLive(t)
  const to = `tcp://127.0.0.1:${server.port('tcp')}`
  const startedUs = systemClock.nowUs()
  const { code, stdout } = await earshot('replay', ANSWERED_CALL, '--to', to, '--speed', 'max')
  assert.equal(code, 0)
  const [, sent] = /sent (\d+) messages/.exec(stdout) ?? []
  const { messages } = await server.found(Number(sent))
  const imported = makeFolder(t)
  await importInto(imported, ANSWERED_CALL)
  const times = (rows: readonly string[]): number[] => {
    return rows.map((row) => Number(/"tUs":(\d+)/.exec(row)?.[1])).sort((a, b) => a - b)
  }
  const sentUs = times(messages)
  const capturedUs = times((await pictureOf(imported)).messages)
  const shiftUs = (sentUs[0] ?? 0) - (capturedUs[0] ?? 0)
  assert.deepEqual(
    sentUs.map((tUs) => tUs - shiftUs),
    capturedUs,
  )
  assert.ok((sentUs.at(-1) ?? 0) <= systemClock.nowUs())
  assert.ok((sentUs.at(-1) ?? 0) >= startedUs - 3_600_000_000)
})

test('replay: says what is wrong with a target, a version or a server', async (t) => {
  const { earshot } = shell(t)
  const wrong: [string[], RegExp][] = [
    [['--to', 'http://localhost'], /expected udp\|tcp\|tls\|ws\|wss/],
    [['--to', 'tcp://127.0.0.1:1', '--hep-version', '4'], /expected 1, 2 or 3/],
    [['--to', 'tcp://127.0.0.1:1', '--speed', '0'], /above 0/],
    [['--to', 'tcp://127.0.0.1:1'], /cannot connect/],
    [[], /--to is missing/],
  ]
  const absent = await earshot('replay', 'absent.pcap', '--to', 'tcp://127.0.0.1:1')
  assertRefused(absent, 1, /absent\.pcap: no such file/)
  for (const [flags, reason] of wrong) {
    const { code, stderr } = await earshot('replay', ANSWERED_CALL, ...flags)
    assert.notEqual(code, 0)
    assert.match(stderr, reason)
  }
})
