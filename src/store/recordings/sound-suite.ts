// The conformance suite of a sound store: every backend passes it against its real engine.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import type { SoundStore } from './contract.ts'

export function soundStoreSuite(name: string, open: (t: TestContext) => SoundStore): void {
  const keep = async (store: SoundStore, soundKey: string, text: string): Promise<string> => {
    const path = join(await store.workFolder(), 'made.wav')
    writeFileSync(path, text)
    await store.take(soundKey, path)
    return path
  }

  void describe(name, () => {
    void test('a file that was taken is read whole and in part', async (t) => {
      const store = open(t)
      const path = await keep(store, '2026-11-21/a/b.wav', 'RIFF and so on')
      assert.equal(existsSync(path), false)
      assert.equal(await store.size('2026-11-21/a/b.wav'), 14)
      const read = async (start: number, end: number) =>
        (await buffer(await store.read('2026-11-21/a/b.wav', start, end))).toString()
      assert.equal(await read(0, 14), 'RIFF and so on')
      assert.equal(await read(5, 8), 'and')
      assert.equal(await read(9, 100), 'so on')
      assert.equal(await read(14, 20), '')
      assert.equal(await read(3, 3), '')
      const local = await store.localPath('2026-11-21/a/b.wav')
      assert.equal(readFileSync(local, 'utf8'), 'RIFF and so on')
    })

    void test('what is left of work goes, what was taken stays', async (t) => {
      const store = open(t)
      await keep(store, 'day/a/1.wav', 'one')
      const left = join(await store.workFolder(), 'half.wav.part')
      writeFileSync(left, 'RIFF')
      await store.clearWork()
      await store.clearWork()
      assert.equal(existsSync(left), false)
      assert.equal(await store.size('day/a/1.wav'), 3)
      await keep(store, 'day/a/2.wav', 'two')
    })

    void test('a removed file is not found, and removing it again is no failure', async (t) => {
      const store = open(t)
      await keep(store, 'day/a/1.wav', 'one')
      await keep(store, 'day/a/2.wav', 'two')
      await store.remove('day/a/1.wav')
      await store.remove('day/a/1.wav')
      await assert.rejects(store.size('day/a/1.wav'), (error) => isFailure(error, 'not-found'))
      assert.equal(await store.size('day/a/2.wav'), 3)
      await store.remove('day/a/2.wav')
    })

    void test('a key that could lead elsewhere is refused', async (t) => {
      const store = open(t)
      for (const key of ['../a', '/etc/passwd', 'a/../b', 'a//b', '', '.work/a', 'A', 'a\0b']) {
        await assert.rejects(store.size(key), (error) => isFailure(error, 'bad-input'), key)
      }
    })
  })
}
