// The queue of an agent gives packets in the order in which they were made, whatever lay in memory
// or in the folder, over lost connections and starts; and what it drops it counts.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { HepPacket } from '../../decode/hep/hep-packet.ts'
import { writeHep3 } from '../../decode/hep/hep-writer.ts'
import { AgentQueue } from './agent-queue.ts'

const RUN = Buffer.from('0102030405060708', 'hex')
const reader = new HepPacket()

function packet(sequence: number, payloadBytes = 100): Buffer {
  const made = writeHep3(
    {
      ipProtocol: 17,
      src: Uint8Array.of(10, 0, 0, 1),
      dst: Uint8Array.of(10, 0, 0, 2),
      srcPort: 5060,
      dstPort: 5060,
      tUs: 1_700_000_000_000_000,
      protocolType: 1,
      agentId: 1,
      count: { sequence, dropped: 0, run: RUN },
    },
    Buffer.alloc(payloadBytes, 'x'),
  )
  assert.ok(made !== undefined)
  return made
}

function sequenceOf(bytes: Buffer): number {
  assert.ok(reader.read(bytes, 0, bytes.length, 0))
  return reader.sequence
}

/** Takes all that the queue has to send. */
function drain(queue: AgentQueue): number[] {
  const taken: number[] = []
  for (let next = queue.next(); next !== undefined; next = queue.next())
    taken.push(sequenceOf(next))
  return taken
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-agent-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

const run = RUN.toString('hex')

test('AgentQueue: gives what is not stored again after the connection was lost', () => {
  const queue = new AgentQueue({ memoryBytesMax: 1e6, folderBytesMax: 0 })
  for (const n of range(0, 10)) queue.push(packet(n))
  assert.deepEqual(drain(queue), range(0, 10))
  queue.stored(run, 4)
  queue.rewind()
  assert.deepEqual(drain(queue), range(4, 10))
  queue.stored(run, 10)
  queue.rewind()
  assert.deepEqual(drain(queue), [])
  assert.deepEqual([queue.isEmpty, queue.bytes, queue.dropped], [true, 0, 0])
})

test('AgentQueue: believes no word about another run, or about what was not sent', () => {
  const queue = new AgentQueue({ memoryBytesMax: 1e6, folderBytesMax: 0 })
  for (const n of range(0, 4)) queue.push(packet(n))
  assert.equal(sequenceOf(queue.next() ?? Buffer.alloc(0)), 0)
  queue.stored('ffffffffffffffff', 4)
  queue.stored(run, 4)
  queue.rewind()
  assert.deepEqual(drain(queue), [1, 2, 3])
})

test('AgentQueue: without a folder the oldest go, and are counted', () => {
  const bytes = packet(0).length
  const queue = new AgentQueue({ memoryBytesMax: 5 * bytes, folderBytesMax: 0 })
  for (const n of range(0, 8)) queue.push(packet(n))
  assert.deepEqual(drain(queue), range(3, 8))
  assert.equal(queue.dropped, 3)
})

test('AgentQueue: keeps the order through the folder, and leaves none of its files', (t) => {
  const folder = folderOf(t)
  const queue = new AgentQueue({ memoryBytesMax: 2_000, folder, folderBytesMax: 1e9 })
  const total = 500
  let stored = 0
  const taken: number[] = []
  for (const n of range(0, total)) {
    queue.push(packet(n))
    // The server is slower than we are.
    if (n % 3 === 0) {
      const next = queue.next()
      if (next !== undefined) taken.push(sequenceOf(next))
      if (n % 9 === 0) queue.stored(run, (stored = taken.length))
    }
  }
  while (stored < total) {
    taken.push(...drain(queue))
    queue.stored(run, (stored = taken.length))
  }
  assert.deepEqual(taken, range(0, total))
  assert.ok(queue.isEmpty)
  assert.deepEqual(readdirSync(folder), [])
})

test('AgentQueue: goes on after a start with what was not stored, in order', (t) => {
  const parts = { memoryBytesMax: 3_000, folder: folderOf(t), folderBytesMax: 1e9 }
  const step = fc.record({ pushed: fc.nat(60), sent: fc.nat(60), stored: fc.nat(60) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      let pushed = 0
      let stored = 0
      for (const { pushed: count, sent, stored: told } of steps) {
        const queue = new AgentQueue(parts)
        for (let i = 0; i < count; i++) queue.push(packet(pushed++))
        let next = stored
        for (let i = 0; i < sent; i++) {
          const bytes = queue.next()
          if (bytes === undefined) break
          assert.equal(sequenceOf(bytes), next++)
        }
        stored = Math.min(next, stored + told)
        queue.stored(run, stored)
        queue.close()
      }
      const last = new AgentQueue(parts)
      const rest: number[] = []
      while (rest.length < pushed - stored) {
        const more = drain(last)
        assert.ok(more.length > 0)
        rest.push(...more)
        last.stored(run, stored + rest.length)
      }
      assert.deepEqual(rest, range(stored, pushed))
      assert.ok(last.isEmpty)
      last.close()
    }),
    { seed: 12, numRuns: 30 },
  )
})

test('AgentQueue: a full folder loses its oldest file, and counts its packets', (t) => {
  const queue = new AgentQueue({
    memoryBytesMax: 100_000,
    folder: folderOf(t),
    folderBytesMax: 10 * 1024 * 1024,
  })
  const total = 400
  for (const n of range(0, total)) queue.push(packet(n, 60_000))
  const taken: number[] = []
  while (taken.length + queue.dropped < total) {
    const more = drain(queue)
    assert.ok(more.length > 0)
    taken.push(...more)
    queue.stored(run, (more.at(-1) ?? 0) + 1)
  }
  assert.ok(queue.dropped > 100)
  // What is left is in order, with one hole in it.
  assert.deepEqual(
    taken,
    taken.toSorted((a, b) => a - b),
  )
  assert.equal(taken.at(-1), total - 1)
})

test('AgentQueue: counts what a folder that went away could not take', (t) => {
  const folder = folderOf(t)
  const queue = new AgentQueue({ memoryBytesMax: 1_000, folder, folderBytesMax: 1e9 })
  rmSync(folder, { recursive: true })
  for (const n of range(0, 1_000)) queue.push(packet(n))
  queue.flush()
  assert.ok(queue.dropped > 900)
  assert.notEqual(queue.fault, '')
})
