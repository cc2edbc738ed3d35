// An interface as a source: its frames reach the line and are counted, and why nothing comes is
// told in words. The program that captures is one of ours here, with a capture that we know.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Frame } from '../source/frame.ts'
import { InterfaceSource } from './interface-source.ts'
import type { LiveSink } from './live-source.ts'

const capture = join(import.meta.dirname, '../../test/captures/sipnab__sip_call.pcap')
const FRAMES = 7
const clock = { nowUs: () => 1_700_000_000_000_000 }

/** Puts a program in front of all others on the path, under both names. */
function withProgram(t: TestContext, script: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-interface-'))
  const before = process.env['PATH']
  for (const name of ['dumpcap', 'tcpdump']) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  process.env['PATH'] = `${folder}:${before}`
  t.after(() => {
    process.env['PATH'] = before
    rmSync(folder, { recursive: true })
  })
}

function source(): InterfaceSource {
  const orders = { kind: 'interface', device: 'eth7', filter: '', bufferMegabytes: 1 } as const
  return new InterfaceSource(orders, clock)
}

function sinkOf(push: (frame: Frame) => void): LiveSink {
  return { push, isFull: false, frameMemory: Buffer.alloc(0), whenStored: () => {} }
}

test('InterfaceSource: pushes what the program captures, and counts an arrival', async (t) => {
  withProgram(t, `cat ${capture}; exec sleep 100`)
  const { promise, resolve } = Promise.withResolvers<void>()
  const names: (string | undefined)[] = []
  const eth7 = source()
  await eth7.start(
    sinkOf((frame) => {
      names.push(frame.interface.name)
      if (names.length === FRAMES) resolve()
    }),
  )
  await promise
  const { intakes, arrivals } = eth7.state(clock.nowUs())
  assert.deepEqual(
    intakes.map(({ place, isOpen, reason }) => ({ place, isOpen, reason })),
    [{ place: 'eth7', isOpen: true, reason: null }],
  )
  assert.deepEqual(
    arrivals.map(({ transport, packets, address }) => ({ transport, packets, address })),
    [{ transport: 'interface', packets: FRAMES, address: null }],
  )
  assert.deepEqual([...new Set(names)], ['eth7'])
  await eth7.stop()
})

test('InterfaceSource: tells why nothing can come, and has no arrival then', async (t) => {
  withProgram(t, 'echo "x: eth7: You do not have permission to capture" >&2; exit 1')
  const eth7 = source()
  await eth7.start(sinkOf(() => assert.fail()))
  const { intakes, arrivals } = eth7.state(clock.nowUs())
  assert.equal(intakes[0]?.isOpen, false)
  assert.match(intakes[0]?.reason ?? '', /dumpcap may not capture: grant it with "sudo setcap/)
  assert.deepEqual(arrivals, [])
  await eth7.stop()
})

test('InterfaceSource: reads nothing while the line is full', async (t) => {
  withProgram(t, `cat ${capture}; exec sleep 100`)
  const seen: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const eth7 = source()
  eth7.pause()
  // Where the line is full from the beginning, nothing opens the pipe but its first bytes.
  const starting = eth7.start(
    sinkOf(() => {
      if (seen.push(1) === FRAMES) resolve()
    }),
  )
  assert.deepEqual(seen, [])
  eth7.resume()
  await starting
  await promise
  assert.equal(seen.length, FRAMES)
  await eth7.stop()
})
