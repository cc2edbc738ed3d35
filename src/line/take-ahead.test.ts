// A capture with sound, read as an import reads it and frame by frame: what the kernel takes from
// the file's bytes at once must leave the same blocks and the same figures behind.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { READ_BYTES, readCaptureFile } from '../source/capture-file.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import { CaptureLine } from './capture-line.ts'
import { LineMemory } from './line-memory.ts'
import { joinSettings, makeFolder, writeCapture } from './store.fixture.ts'

/** What a line made of a capture, as bytes, and how many frames were taken ahead. */
async function read(path: string, isAhead: boolean) {
  const readBytes = READ_BYTES
  const memory = isAhead ? new LineMemory({ blocksMax: 64, readBytes }) : undefined
  const made: [string, string][] = []
  const keep = (kind: string, bytes: Uint8Array): void => {
    made.push([kind, Buffer.from(bytes).toString('base64')])
  }
  const line = new CaptureLine({
    settings: joinSettings,
    numbers: BlockNumbers.from(1),
    ...(memory === undefined ? {} : { kernel: memory.kernel, allocate: () => memory.forBlock() }),
    output: {
      block: ({ bytes, length, ...told }) => {
        keep(`block ${JSON.stringify(told)}`, bytes.subarray(0, length))
      },
      legs: (packed) => keep('legs', packed),
      streams: (packed) => keep('streams', packed),
      notes: (packed) => keep('notes', packed),
      checkpoint: (at) => keep(`checkpoint ${JSON.stringify(at)}`, new Uint8Array(0)),
    },
  })
  let ahead = 0
  const taking = {
    records: (...args: Parameters<CaptureLine['records']>) => {
      const next = line.records(...args)
      ahead += line.taken
      return next
    },
    get taken() {
      return line.taken
    },
  }
  const { frames, isComplete } = await readCaptureFile(path, {
    emit: (frame) => line.push(frame),
    ...(memory === undefined ? {} : { memory: memory.reserve(readBytes), ahead: taking }),
  })
  line.finish()
  const { messages, problems } = line.counts()
  return { made, frames, isComplete, messages, problems: [...problems], ahead }
}

async function assertSame(path: string, aheadMin: number): Promise<void> {
  const { ahead: none, ...one } = await read(path, false)
  const { ahead, ...other } = await read(path, true)
  assert.equal(none, 0)
  assert.ok(ahead >= aheadMin * one.frames, `${ahead} of ${one.frames} frames taken ahead`)
  assert.deepEqual(other, one)
}

test('takeRecords: sound with every fault gives the same blocks, legs and streams', async (t) => {
  const path = join(makeFolder(t), 'a.pcap')
  writeCapture(path, { calls: 40, callsPerSecond: 8, hasMedia: true })
  await assertSame(path, 0.9)
})

test('takeRecords: days that alternate, where little is taken at once, are the same', async (t) => {
  const path = join(makeFolder(t), 'b.pcap')
  writeCapture(path, { calls: 20, callsPerSecond: 8, hasMedia: true, fillers: 400 })
  await assertSame(path, 0.01)
})

test('takeRecords: a cut file, and records whose lengths lie, end as they would', async (t) => {
  const folder = makeFolder(t)
  const whole = join(folder, 'c.pcap')
  writeCapture(whole, { calls: 6, callsPerSecond: 8, hasMedia: true })
  const bytes = readFileSync(whole)
  const cut = join(folder, 'cut.pcap')
  writeFileSync(cut, bytes.subarray(0, bytes.length - 77))
  await assertSame(cut, 0.5)
  const lying = Buffer.from(bytes)
  // The record that begins next behind the middle claims more than any frame has.
  lying.writeUInt32LE(0x7fffffff, recordBehind(bytes, bytes.length / 2) + 8)
  writeFileSync(cut, lying)
  await assertSame(cut, 0.5)
})

function recordBehind(pcap: Buffer, middle: number): number {
  let at = 24
  while (at < middle) at += 16 + pcap.readUInt32LE(at + 8)
  return at
}
