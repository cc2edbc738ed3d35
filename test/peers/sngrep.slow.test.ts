// sngrep, sending a capture on by HEP: the messages are those of the capture.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startLive } from '../../src/line/live.fixture.ts'
import { importInto, makeFolder, pictureOf, writeCapture } from '../../src/line/store.fixture.ts'
import { needPrograms, runToEnd } from './programs.ts'

/** A message without its time, which sngrep keeps and we replace, and without its keys. */
function bare(message: string): string {
  const row = JSON.parse(message.slice(0, message.indexOf('} ') + 1))
  const { src, srcPort, dst, dstPort, callId, method, status, cseq } = row
  return JSON.stringify([src, srcPort, dst, dstPort, callId, method, status, cseq])
}

test('sngrep -H: every message of a capture arrives', async (t) => {
  const paths = needPrograms(t, 'sngrep')
  if (paths === undefined) return
  const [sngrep = ''] = paths
  const folder = makeFolder(t)
  const capture = writeCapture(join(folder, 'calls.pcap'), { calls: 10, callsPerSecond: 5 })
  const imported = makeFolder(t)
  await importInto(imported, capture)
  const expected = (await pictureOf(imported)).messages.map(bare).sort()
  const server = await startLive(t)
  const target = `udp:127.0.0.1:${server.port('udp')}`
  assert.equal(await runToEnd(sngrep, ['-N', '-q', '-I', capture, '-H', target]), 0)
  const { messages } = await server.found(expected.length)
  assert.deepEqual(messages.map(bare).sort(), expected)
})
