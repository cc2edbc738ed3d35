// Captures that come in pieces, in any order: in the end the store tells the same as of one capture
// that holds all of them.
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { rebuildIndex } from './replay.ts'
import {
  assertSamePicture,
  importInto,
  joinSettings,
  makeFolder,
  partMedia,
  type Picture,
  pictureOf,
  splitCapture,
  withStore,
  writeCapture,
} from './store.fixture.ts'

const START_US = Date.UTC(2026, 10, 2, 8) * 1000
const MIDNIGHT_US = Date.UTC(2026, 10, 3) * 1000
const CALLS = { calls: 24, callsPerSecond: 8, hasMedia: true }

/** What a store tells of these files after one import of them in this order. */
async function pictureAfter(t: TestContext, files: readonly string[]): Promise<Picture> {
  const folder = makeFolder(t)
  await importInto(folder, ...files)
  return pictureOf(folder)
}

/** Says the same again: where all is imported once more, and where the index is made anew. */
async function assertLasting(folder: string, files: readonly string[]): Promise<void> {
  const before = await pictureOf(folder)
  await importInto(folder, ...files)
  assertSamePicture(await pictureOf(folder), before)
  await withStore(folder, 'write', (store) => rebuildIndex(store, joinSettings))
  assertSamePicture(await pictureOf(folder), before)
}

void suite('captures that come in pieces', () => {
  for (const order of ['messages first', 'media first']) {
    test(`messages in one file, media in another: ${order}`, async (t) => {
      const whole = writeCapture(join(makeFolder(t), 'calls.pcap'), CALLS)
      const { others: sip, media } = partMedia(whole)
      const files = order === 'messages first' ? [sip, media] : [media, sip]
      const folder = makeFolder(t)
      await importInto(folder, ...files)
      assertSamePicture(await pictureOf(folder), await pictureAfter(t, [whole]))
      await assertLasting(folder, files)
    })
  }

  const cuts = [
    { name: 'in a day', startUs: START_US, atUs: START_US + 3_000_000 },
    { name: 'at midnight', startUs: MIDNIGHT_US - 3_000_000, atUs: MIDNIGHT_US },
  ]
  for (const { name, startUs, atUs } of cuts) {
    test(`cut ${name}: in whatever order the pieces come`, async (t) => {
      const whole = writeCapture(join(makeFolder(t), 'calls.pcap'), { ...CALLS, startUs })
      const [before, after] = splitCapture(whole, atUs / 1_000_000)
      const inOrder = await pictureAfter(t, [before, after])
      const [first, second] = [partMedia(before), partMedia(after)]
      for (const files of [
        [after, before],
        [first.others, second.others, first.media, second.media],
        [second.others, first.media, second.media, first.others],
      ]) {
        const folder = makeFolder(t)
        // One after the other, as by hand; the first ones together.
        await importInto(folder, ...files.slice(0, 2))
        for (const file of files.slice(2)) await importInto(folder, file)
        assertSamePicture(await pictureOf(folder), inOrder)
      }
    })
  }
})
