// A server killed under live traffic and started again: the store is right, what it had told
// readers is still there, and what is sent again counts once.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { freePort } from '../../test/peers/programs.ts'
import { systemClock } from '../base/clock.ts'
import { aMoment, hepPacket, openConnection, options } from '../line/live.fixture.ts'
import { faultsOf, makeFolder, pictureOf, withStore } from '../line/store.fixture.ts'

const earshot = join(import.meta.dirname, '../../bin/earshot')
const MESSAGES = 4_000
const RUNS = 2

interface Server {
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

async function serve(t: TestContext, folder: string, port: number): Promise<Server> {
  const hep = ['--hep', String(port), '--hep-host', '127.0.0.1']
  const web = ['--port', '0', '--host', '127.0.0.1', '--log-level', 'error']
  const child = spawn(earshot, ['serve', '--data', folder, ...hep, ...web], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    child.kill(signal)
    await ended
  }
  t.after(() => end('SIGKILL'))
  for await (const chunk of child.stdout) if (String(chunk).includes('ready ')) break
  return { end }
}

/** Messages that a reader of the folder finds; none while there is no store. */
async function messagesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await pictureOf(folder)).messages
  } catch {
    return []
  }
}

/** The bytes of the messages, without what differs from one sending to the next. */
const callIdsOf = (messages: readonly string[]): Set<string> => {
  return new Set(
    messages.map((message) => JSON.parse(message.slice(0, message.indexOf('} ') + 1)).callId),
  )
}

for (let run = 0; run < RUNS; run++) {
  test(`killed under traffic, ${run + 1} of ${RUNS}: nothing is lost or twice`, async (t) => {
    const folder = makeFolder(t)
    const port = await freePort()
    const startUs = systemClock.nowUs() - 60_000_000
    const packets = Array.from({ length: MESSAGES }, (_, i) => {
      return hepPacket(options(`crash-${i}`), { tUs: startUs + i * 1_000 })
    })
    const first = await serve(t, folder, port)
    const socket = await openConnection(t, port)
    let found: readonly string[] = []
    for (let i = 0; i < MESSAGES; i += 20) {
      socket.write(Buffer.concat(packets.slice(i, i + 20)))
      await aMoment()
      if (i % 200 === 0) found = await messagesIn(folder)
      if (found.length > 300 * (run + 1)) break
    }
    await first.end('SIGKILL')

    const second = await serve(t, folder, port)
    const kept = callIdsOf(await messagesIn(folder))
    const isKept = [...callIdsOf(found)].every((callId) => kept.has(callId))
    assert.ok(isKept, 'what was found before is found again')
    const again = await openConnection(t, port)
    for (const packet of packets) again.write(packet)
    while ((await messagesIn(folder)).length < MESSAGES) await aMoment()
    await second.end('SIGTERM')
    const { messages } = await pictureOf(folder)
    assert.equal(messages.length, MESSAGES)
    assert.equal(callIdsOf(messages).size, MESSAGES)
    assert.deepEqual(await faultsOf(folder), [])
    await withStore(folder, 'read', async (store) => {
      const { nextBlock, indexedBefore } = await store.index.progress()
      assert.equal(
        indexedBefore,
        nextBlock,
        'a server that was stopped leaves nothing to read again',
      )
    })
  })
}
