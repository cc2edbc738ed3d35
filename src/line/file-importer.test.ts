// Imports that fail: a file that is not there, a reading thread that fails or is gone, a disk that
// is full. None of them hangs, each is told as what it is, and the next import is right again.
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { after, before, test, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Failure, isFailure } from '../base/failure.ts'
import { closeStore, type OpenStore, openStore } from '../store/data-folder.ts'
import { canMount, mountDisk } from '../store/disks.fixture.ts'
import { FileImporter } from './file-importer.ts'
import {
  assertSamePicture,
  faultsOf,
  importInto,
  joinSettings,
  makeFolder,
  type Picture,
  pictureOf,
  writeCapture,
} from './store.fixture.ts'
import { WriterThread } from './writer-thread.ts'

const cleanUps: (() => void)[] = []
const suite = { after: (work: () => void) => void cleanUps.push(work) }
let first: string
let second: string
let both: Picture

before(async () => {
  const folder = makeFolder(suite)
  first = writeCapture(join(folder, 'a.pcap'), { calls: 300, callsPerSecond: 20, fillers: 700 })
  second = writeCapture(join(folder, 'b.pcap'), { calls: 150, callsPerSecond: 5 })
  const data = join(folder, 'both')
  await importInto(data, first, second)
  both = await pictureOf(data)
})

after(() => {
  for (const work of cleanUps) work()
})

test('FileImporter: a file that is not there is not found, and the next is imported', async (t) => {
  const { importer, folder } = open(t)
  await assert.rejects(importer.import(join(folder, 'none.pcap'), 'none.pcap'), (error) =>
    isFailure(error, 'not-found'),
  )
  const { messages } = await importer.import(second, 'second')
  assert.ok(messages > 0)
})

test('FileImporter: a folder is no file', async (t) => {
  const { importer, folder } = open(t)
  await assert.rejects(importer.import(folder, 'folder'), (error) => isFailure(error, 'bad-input'))
})

test('FileImporter: a file that nobody may read is forbidden', {
  skip: process.getuid?.() === 0 ? 'root may read everything' : false,
}, async (t) => {
  const { importer, folder } = open(t)
  const path = join(folder, 'secret.pcap')
  copyFileSync(second, path)
  chmodSync(path, 0)
  await assert.rejects(importer.import(path, 'secret'), (error) => isFailure(error, 'forbidden'))
})

test('FileImporter: what the store does not find is no failure of the file', async (t) => {
  const { importer, store } = open(t)
  store.blocks.append = async () => {
    throw new Failure('not-found', 'no blocks of that day')
  }
  await assert.rejects(importer.import(second, 'second'), (error) =>
    isFailure(error, 'unavailable'),
  )
})

test('FileImporter: an import fails when its reading thread ends, and none waits', async (t) => {
  const { importer, store, folder } = open(t)
  const importing = importer.import(first, 'first')
  const failed = assert.rejects(importing, (error) => isFailure(error, 'internal'))
  await untilBlocksAreStored(store)
  await importer.close()
  await failed
  // Blocks are stored that no checkpoint tells of: were their numbers given again, what follows
  // would point into them.
  await importer.import(second, 'second')
  await importer.import(first, 'first')
  assert.deepEqual(await faultsOf(folder), [])
  assertSamePicture(await pictureOf(folder), both)
})

test('FileImporter: a reading thread that fails is told, and ends no program', async (t) => {
  const { store, importer, folder } = open(t)
  const settings = { joinHeaders: 7, conversationHeaders: [] }
  const stumbling = new FileImporter(store, settings as never)
  t.after(() => stumbling.close())
  await assert.rejects(stumbling.import(first, 'first'), (error) => isFailure(error, 'internal'))
  await importer.import(second, 'second')
  await importer.import(first, 'first')
  assertSamePicture(await pictureOf(folder), both)
})

test('FileImporter: why a reading thread ended is told', async (t) => {
  const { store } = open(t)
  const script = `require('node:worker_threads').parentPort.once('message', () => {
    throw new Error('nothing is built yet')
  })`
  const thread = new Worker(script, { eval: true })
  const importer = new FileImporter(store, joinSettings, { thread })
  await assert.rejects(importer.import(first, 'first'), {
    kind: 'internal',
    message: 'the reading thread ended: nothing is built yet',
  })
})

test('WriterThread: imports come one after the other, and closing waits for them', async (t) => {
  const folder = makeFolder(t)
  const writer = startWriter(t, folder)
  await writer.ready()
  const order: string[] = []
  const note = (name: string) => () => order.push(name)
  const imports = [
    writer.importFile(first, 'first').then(note('first')),
    writer.importFile(join(folder, 'none'), 'none').catch(note('none')),
    writer.importFile(second, 'second').then(note('second')),
  ]
  await writer.close()
  await Promise.all(imports)
  assert.deepEqual(order, ['first', 'none', 'second'])
  assertSamePicture(await pictureOf(folder), both)
})

test('WriterThread: an import after closing fails', async (t) => {
  const writer = startWriter(t, makeFolder(t))
  await writer.ready()
  await writer.close()
  await assert.rejects(writer.importFile(first, 'first'), (error) => {
    return isFailure(error, 'unavailable')
  })
})

test('WriterThread: a file that is no capture is bad input, and stores nothing', async (t) => {
  const folder = makeFolder(t)
  const path = join(folder, 'letter.txt')
  writeFileSync(path, 'dear operator, '.repeat(10_000))
  const writer = startWriter(t, folder)
  await assert.rejects(writer.importFile(path, 'letter.txt'), (error) => {
    return isFailure(error, 'bad-input') && error.message.startsWith('letter.txt')
  })
  await writer.close()
  assert.deepEqual((await pictureOf(folder)).legs, [])
})

test('WriterThread: after a full disk has room again, imports are right', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, async (t) => {
  const disk = mountDisk(t, '8m')
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(7_400_000))
  const folder = join(disk, 'data')
  const writer = startWriter(t, folder)
  const larger = writeCapture(join(makeFolder(t), 'c.pcap'), { calls: 3_000, callsPerSecond: 90 })
  await assert.rejects(writer.importFile(larger, 'larger'), (error) => isFailure(error, 'full'))
  // Still full: the store cannot be opened again, and that is told as well.
  await assert.rejects(writer.importFile(larger, 'larger'), (error) => isFailure(error))
  rmSync(ballast)
  await writer.importFile(second, 'second')
  await writer.importFile(larger, 'larger')
  await writer.close()
  const undisturbed = makeFolder(t)
  await importInto(undisturbed, second, larger)
  assertSamePicture(await pictureOf(folder), await pictureOf(undisturbed))
  assert.deepEqual(await faultsOf(folder), [])
})

function open(t: TestContext): { folder: string; store: OpenStore; importer: FileImporter } {
  const folder = makeFolder(t)
  const store = openStore(folder, 'write')
  const importer = new FileImporter(store, joinSettings)
  t.after(async () => {
    await importer.close()
    await closeStore(store)
  })
  return { folder, store, importer }
}

async function untilBlocksAreStored({ index }: OpenStore): Promise<void> {
  for (;;) {
    for (const day of await index.days()) if ((await index.blocks(day)).length > 3) return
    await nextTurn()
  }
}

function startWriter(t: TestContext, folder: string): WriterThread {
  const writer = new WriterThread(folder, joinSettings, (error) => {
    throw error
  })
  t.after(() => writer.close())
  return writer
}
