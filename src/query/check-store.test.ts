// A sound store has no faults; one whose bytes changed has them told, and nothing throws.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { udpFrame } from '../decode/frames.fixture.ts'
import { checkStore } from './check-store.ts'
import { captureOf, importedStore, INVITE, sip } from './store.fixture.ts'

const capture = captureOf(
  [{ linkType: 1 }],
  Array.from({ length: 20 }, (_, i) => ({
    interfaceId: 0,
    ticks: 1_795_255_200_000_000n + BigInt(i),
    bytes: udpFrame(sip(INVITE, `call-${i}`)),
  })),
)

/** The only file of blocks of a store. */
function blockFile(folder: string): string {
  const [name] = readdirSync(join(folder, 'blocks'))
  assert(name !== undefined)
  return join(folder, 'blocks', name)
}

test('checkStore: a store as it was written is sound', async (t) => {
  const { store } = await importedStore(t, capture)
  const { blocks, legs, messages, faultCount } = await checkStore(store)
  assert.deepEqual([blocks, legs, messages, faultCount], [1, 20, 20, 0])
})

test('checkStore: bytes around a message in its datagram are no fault', async (t) => {
  const bytes = Buffer.concat([
    Buffer.from('\r\n'),
    sip(INVITE, 'padded', Buffer.from('body')),
    Buffer.from('\r\nand something more'),
  ])
  const frame = { interfaceId: 0, ticks: 1_795_255_200_000_000n, bytes: udpFrame(bytes) }
  const { store } = await importedStore(t, captureOf([{ linkType: 1 }], [frame]))
  const { messages, faults } = await checkStore(store)
  assert.deepEqual([messages, faults], [1, []])
})

test('checkStore: a changed byte is told by its block and every message in it', async (t) => {
  const { store, folder } = await importedStore(t, capture)
  const path = blockFile(folder)
  const bytes = readFileSync(path)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff
  writeFileSync(path, bytes)
  const { faultCount, faults } = await checkStore(store)
  assert(faultCount >= 1)
  assert.match(
    faults[0] ?? '',
    /^block 1 of 2026-11-21: its bytes are not those that were written$/,
  )
})

test('checkStore: blocks that cannot be read are not taken for lost ones', async (t) => {
  const { store, folder } = await importedStore(t, capture)
  const path = blockFile(folder)
  rmSync(path)
  mkdirSync(path)
  const { faults } = await checkStore(store)
  assert.match(faults[0] ?? '', /^block 1 of 2026-11-21: cannot be read: EISDIR/)
})

test('checkStore: a block that was cut is told with what is there of it', async (t) => {
  const { store, folder } = await importedStore(t, capture)
  truncateSync(blockFile(folder), 100)
  const { faults, faultCount } = await checkStore(store)
  assert.match(faults[0] ?? '', /^block 1 of 2026-11-21: \d+ of \d+ bytes are there$/)
  assert.equal(faultCount, 21)
})
