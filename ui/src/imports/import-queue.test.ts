// Files are sent one after the other, whatever becomes of each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImportResult } from '../api/types.ts'
import { ImportQueue } from './import-queue.ts'
import { sampleResult } from './import-result.fixture.ts'

interface HeldUpload {
  readonly name: string
  readonly done: Promise<unknown>
  readonly onSent: (ratio: number) => void
  readonly end: (error?: Error) => void
}

/** A queue whose uploads end when the test says so. */
function heldQueue() {
  const uploads: HeldUpload[] = []
  const queue = new ImportQueue((file, onSent) => {
    const { promise, resolve, reject } = Promise.withResolvers<ImportResult>()
    const end = (error?: Error) => (error === undefined ? resolve(sampleResult()) : reject(error))
    uploads.push({ name: file.name, done: promise, onSent, end })
    return { done: promise, stop: () => reject(new Error('stopped')) }
  })
  const steps = () => queue.items.map((item) => `${item.file.name} ${item.step}`)
  return { queue, uploads, steps }
}

const file = (name: string) => new File(['x'], name)
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('ImportQueue: the second file waits for the first, also when that one fails', async () => {
  const { queue, uploads, steps } = heldQueue()
  queue.add([file('a'), file('b')])
  assert.deepEqual(steps(), ['a sending', 'b waiting'])
  uploads[0]?.end(new Error('no capture'))
  await settled()
  assert.deepEqual(steps(), ['a failed', 'b sending'])
  uploads[1]?.end()
  await settled()
  assert.deepEqual(steps(), ['a failed', 'b done'])
})

test('ImportQueue: a waiting file can be taken out, a sent one can be stopped', async () => {
  const { queue, uploads, steps } = heldQueue()
  queue.add([file('a'), file('b'), file('c')])
  queue.stop(2)
  assert.deepEqual(steps(), ['a sending', 'c waiting'])
  queue.stop(1)
  await settled()
  assert.deepEqual(steps(), ['a failed', 'c sending'])
  // Late news of the stopped upload must not wake it up.
  uploads[0]?.onSent(0.5)
  assert.deepEqual(steps(), ['a failed', 'c sending'])
})

test('ImportQueue: tells of progress, and shows it', () => {
  const { queue, uploads } = heldQueue()
  let calls = 0
  const unsubscribe = queue.subscribe(() => calls++)
  queue.add([file('a')])
  uploads[0]?.onSent(0.25)
  const [item] = queue.items
  assert.ok(item?.step === 'sending' && item.sentRatio === 0.25)
  const before = calls
  unsubscribe()
  uploads[0]?.onSent(0.5)
  assert.equal(calls, before)
})

test('ImportQueue: when it is cleared, no file is left and what was sent is stopped', async () => {
  const { queue, uploads, steps } = heldQueue()
  queue.add([file('a'), file('b')])
  queue.clear()
  assert.deepEqual(steps(), [])
  await assert.rejects(uploads[0]?.done ?? Promise.resolve(), /stopped/)
  queue.add([file('c')])
  await settled()
  assert.deepEqual(steps(), ['c sending'])
  assert.deepEqual(
    uploads.map(({ name }) => name),
    ['a', 'c'],
  )
})
