// Frames of the loopback interface through the programs of this machine, where we may capture; and
// a program that dies. Skipped, with the reason, where neither program may capture.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CaptureChild, findProgram } from './capture-child.ts'
import { CAPTURE_PROGRAMS, type CaptureProgramName } from './capture-program.ts'
import type { Frame } from './frame.ts'

function whyNot(program: CaptureProgramName): string | false {
  const found = findProgram([program])
  if (found === undefined) return `${program} is not installed`
  const args = program === 'dumpcap' ? ['-q', '-i', 'lo', '-a', 'duration:0', '-w', '-'] : ['-D']
  const mayCapture = process.getuid?.() === 0 && spawnSync(found.path, args).status === 0
  return mayCapture ? false : `${program} may not capture here`
}

for (const program of CAPTURE_PROGRAMS) {
  test(`CaptureChild: hands on what ${program} captures`, { skip: whyNot(program) }, async () => {
    const receiver = createSocket('udp4')
    receiver.bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const { port }: AddressInfo = receiver.address()
    const payloads: string[] = []
    const names = new Set<string | undefined>()
    const { promise, resolve } = Promise.withResolvers<void>()
    const take = (frame: Frame): void => {
      names.add(frame.interface.name)
      payloads.push(frame.bytes.toString('latin1', frame.end - 6, frame.end))
      if (payloads.length === 20) resolve()
    }
    const wish = { device: 'lo', filter: `udp port ${port}`, bufferMegabytes: 2 }
    const child = new CaptureChild(wish, take, [program])
    await child.open()
    assert.equal(child.state().reason, null)
    for (let i = 0; i < 20; i++) receiver.send(`one ${i + 10}`, port, '127.0.0.1')
    await promise
    await child.close()
    receiver.close()
    assert.deepEqual(
      payloads,
      Array.from({ length: 20 }, (_, i) => `one ${i + 10}`),
    )
    assert.equal(child.state().packetsDroppedByKernel, 0)
    assert.deepEqual([...names], ['lo'])
  })
}

test('CaptureChild: says what is wrong with an interface that is not there', {
  skip: whyNot('tcpdump'),
}, async () => {
  const wish = { device: 'nosuch0', filter: '', bufferMegabytes: 2 }
  const child = new CaptureChild(wish, () => assert.fail(), ['tcpdump'])
  await child.open()
  const { isOpen, reason } = child.state()
  assert.equal(isOpen, false)
  assert.match(reason ?? '', /no interface nosuch0; there are .*lo/)
  await child.close()
})

/** Puts a program of this name that does what the script says in front of all others. */
async function withProgram(name: string, script: string, use: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-capture-'))
  const before = process.env['PATH']
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
  process.env['PATH'] = `${folder}:${before}`
  try {
    await use()
  } finally {
    process.env['PATH'] = before
    rmSync(folder, { recursive: true })
  }
}

test('CaptureChild: starts a program again that ends, and counts what was dropped', async () => {
  const capture = join(import.meta.dirname, '../../test/captures/suricata__sip-tcp.pcap')
  const script = `cat ${capture}; echo "tcpdump: 4 packets dropped by kernel" >&2`
  await withProgram('tcpdump', script, async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let runs = 0
    let latest: object | undefined
    const take = ({ interface: source }: Frame): void => {
      if (source !== latest) runs++
      latest = source
      if (runs === 2) resolve()
    }
    const wish = { device: 'lo', filter: '', bufferMegabytes: 2 }
    const child = new CaptureChild(wish, take, ['tcpdump'])
    await child.open()
    await promise
    await child.close()
    // The second run may have been ended before it said so.
    assert.ok([4, 8].includes(child.state().packetsDroppedByKernel))
    assert.equal(child.state().restarts, 1)
    assert.match(child.state().reason ?? '', /tcpdump ended/)
  })
})

test('CaptureChild: tries the other program where the first may not capture', async () => {
  const refusal = 'echo "dumpcap: You do not have permission" >&2; exit 1'
  await withProgram('dumpcap', refusal, async () => {
    await withProgram(
      'tcpdump',
      'echo "tcpdump: listening on lo" >&2; exec sleep 100',
      async () => {
        const wish = { device: 'lo', filter: '', bufferMegabytes: 2 }
        const child = new CaptureChild(wish, () => assert.fail())
        await child.open()
        assert.deepEqual([child.state().program, child.state().isOpen], ['tcpdump', true])
        await child.close()
      },
    )
  })
})
