// earshot import with good captures, damaged ones and files that are none.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { words } from '../source/captures.fixture.ts'
import {
  ANSWERED_CALL,
  assertDone,
  assertRefused,
  FAILED_CALLS,
  jsonLine,
  jsonLines,
  shell,
} from './cli.fixture.ts'

/** Numbers that repeat with a period nobody meets: random enough to be no capture. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

const PCAP_HEADER = readFileSync(FAILED_CALLS).subarray(0, 24)

describe('earshot import', () => {
  test('tells what came in, as words and as one line of JSON', async (t) => {
    const { earshot } = shell(t)
    const told = await earshot('import', FAILED_CALLS, ANSWERED_CALL, '--json')
    assertDone(told)
    const { files, frames, messages, legs, calls, streams, problems, bytes, seconds } =
      jsonLine(told)
    assert.deepEqual([files, streams, problems], [2, 2, 0])
    assert(Number(bytes) > 0 && Number(seconds) >= 0)
    assert(Number(frames) >= Number(messages) && Number(messages) > Number(legs))
    assert(Number(legs) >= Number(calls) && Number(calls) > 0)
    const words = await earshot('import', FAILED_CALLS)
    assertDone(words)
    assert.match(words.stdout, /^1 file, 47\.4 kB, 81 frames: 81 messages of 6 legs in 4 calls, /)
    assert.match(words.stdout, /81 messages of them the store held already/)
  })

  test('the same file again adds nothing', async (t) => {
    const { earshot } = shell(t)
    const first = jsonLine(await earshot('import', FAILED_CALLS, '--json'))
    const listed = (await earshot('messages', '--json')).stdout
    const again = jsonLine(await earshot('import', FAILED_CALLS, FAILED_CALLS, '--json'))
    assert.equal(first['messagesAdded'], first['messages'])
    assert.deepEqual([again['legsAdded'], again['messagesAdded']], [0, 0])
    assert.equal((await earshot('messages', '--json')).stdout, listed)
    assert.match((await earshot('check')).stdout, /nothing wrong/)
  })

  test('a file that is no capture is named with the reason, and the others are read', async (t) => {
    const { earshot, path } = shell(t)
    writeFileSync(path('empty.pcap'), '')
    writeFileSync(path('text.pcap'), 'hello\n')
    writeFileSync(path('noise.pcap'), noise(5_000_000))
    mkdirSync(path('folder'))
    for (const [name, reason] of [
      ['empty.pcap', /^earshot: empty\.pcap: the file is empty\n$/],
      ['text.pcap', /^earshot: text\.pcap: no capture: expected pcap or pcapng/],
      ['noise.pcap', /^earshot: noise\.pcap: no capture: expected pcap or pcapng/],
      ['folder', /^earshot: folder: .*folder/],
      ['absent.pcap', /^earshot: absent\.pcap: no such file\n$/],
    ] as const) {
      const ran = await earshot('import', name, FAILED_CALLS, '--json')
      assertRefused(ran, 1, reason)
      const { files, messages, failed } = jsonLine(ran)
      assert.deepEqual([files, messages], [1, 81])
      assert.equal(Array.isArray(failed) && failed.length, 1)
    }
  })

  test('of a damaged capture what can be read is stored, and the rest is told', async (t) => {
    const { earshot, path } = shell(t)
    writeFileSync(path('cut.pcap'), readFileSync(FAILED_CALLS).subarray(0, 3_000))
    const cut = await earshot('import', 'cut.pcap', '--json')
    assertRefused(cut, 1, /cut\.pcap: read up to where it is damaged: source\.capture\.cut: /)
    const { messages, problems } = jsonLine(cut)
    assert.deepEqual([messages, problems], [5, 1])
    assert.equal(jsonLines(await earshot('messages', '--json')).length, 5)
  })

  test('an absurd length of a record ends the file, not the program', async (t) => {
    const { earshot, path } = shell(t)
    const absurd = words(true, 0, 0, 0x7fffffff, 0x7fffffff)
    writeFileSync(path('absurd.pcap'), Buffer.concat([PCAP_HEADER, absurd, noise(100_000)]))
    const ran = await earshot('import', 'absurd.pcap', '--json')
    assertRefused(ran, 1, /absurd\.pcap: .*record of at most 262144 bytes expected, 2147483647/)
    assert.equal(jsonLine(ran)['frames'], 0)
  })

  test('noise after a capture leaves what was stored before as it was', async (t) => {
    const { earshot, path } = shell(t)
    assertDone(await earshot('import', FAILED_CALLS))
    const listed = (await earshot('messages', '--json')).stdout
    writeFileSync(path('tail.pcap'), readFileSync(FAILED_CALLS))
    appendFileSync(path('tail.pcap'), noise(1_000_000))
    assert.equal((await earshot('import', 'tail.pcap')).code, 1)
    assert.equal((await earshot('messages', '--json')).stdout, listed)
    assert.match((await earshot('check')).stdout, /nothing wrong/)
  })

  test('a data folder that cannot be made is told', async (t) => {
    const { earshot, path } = shell(t)
    writeFileSync(path('file'), '')
    assertRefused(
      await earshot('import', FAILED_CALLS, '--data', 'file/data'),
      1,
      /file\/data: the data folder cannot be written/,
    )
    assertRefused(
      await earshot('import', FAILED_CALLS, '--data', 'file'),
      1,
      /file: the data folder cannot be written/,
    )
  })

  test('a second writer is refused with the process id of the first', async (t) => {
    const { earshot, path } = shell(t)
    assertDone(await earshot('import', ANSWERED_CALL))
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    writeFileSync(path('data/writer.lock'), `${process.pid} ${start}`)
    for (const argv of [['import', FAILED_CALLS], ['reindex']]) {
      const ran = await earshot(...argv)
      assertRefused(ran, 1, new RegExp(`data is being written by process ${process.pid}\\b`))
    }
    // Who reads needs no lock; a lock whose process is gone holds nobody up.
    assert.equal((await earshot('check')).code, 0)
    writeFileSync(path('data/writer.lock'), `${process.pid} 1`)
    assertDone(await earshot('import', FAILED_CALLS))
  })

  test('of many writers at once one writes, and the store is sound', async (t) => {
    const { earshot } = shell(t)
    const all = await Promise.all([1, 2, 3, 4].map(() => earshot('import', FAILED_CALLS)))
    assert(all.some(({ code }) => code === 0))
    for (const { code, stderr } of all) {
      if (code !== 0) assert.match(stderr, /^earshot: \.\/data is being written by process \d+/)
    }
    assert.match((await earshot('check')).stdout, /81 messages checked\nnothing wrong/)
  })
})
