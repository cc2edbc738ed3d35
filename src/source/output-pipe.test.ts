// Bytes of real programs through the pipe: all of them, in order, and none while it is paused.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { OutputPipe } from './output-pipe.ts'

function run(pipe: OutputPipe, script: string): ChildProcess {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', pipe.writeEnd, 'inherit'] })
  pipe.handOver()
  return child
}

const COUNTED = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join('')

test('OutputPipe: hands on what a program writes, and what it left behind', async () => {
  const pieces: Buffer[] = []
  const pipe = new OutputPipe((bytes) => pieces.push(Buffer.from(bytes)))
  const child = run(pipe, 'seq 100000; sleep 0.2; echo end')
  pipe.resume()
  await once(child, 'close')
  pipe.finish()
  assert.equal(Buffer.concat(pieces).toString(), `${COUNTED}end\n`)
})

test('OutputPipe: makes the program wait while it is paused, and loses nothing', async () => {
  const pieces: Buffer[] = []
  const pipe = new OutputPipe((bytes) => {
    pieces.push(Buffer.from(bytes))
    if (pieces.length === 1) pipe.pause()
  })
  const child = run(pipe, 'seq 100000')
  const ended = once(child, 'close')
  pipe.resume()
  while (pieces.length === 0) await sleep(5)
  await sleep(50)
  assert.equal(pieces.length, 1)
  assert.equal(child.exitCode, null)
  pipe.resume()
  await ended
  pipe.finish()
  assert.equal(Buffer.concat(pieces).toString(), COUNTED)
})

test('OutputPipe: paused and resumed from within, it is read no oftener', async () => {
  const pieces: Buffer[] = []
  let most = 0
  const pipe = new OutputPipe((bytes) => {
    pieces.push(Buffer.from(bytes))
    pipe.pause()
    pipe.resume()
  })
  const timers = (): number => {
    return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  }
  const before = timers()
  const child = run(pipe, 'seq 100000; sleep 0.1')
  pipe.resume()
  const look = setInterval(() => {
    // Without this one.
    most = Math.max(most, timers() - before - 1)
  }, 5)
  await once(child, 'close')
  clearInterval(look)
  pipe.finish()
  assert.equal(Buffer.concat(pieces).toString(), COUNTED)
  assert.equal(most, 1)
})

test('OutputPipe: can be finished twice, and leaves no file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-output-pipe-'))
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    const pipe = new OutputPipe(() => assert.fail())
    pipe.finish()
    pipe.finish()
    pipe.resume()
    pipe.pause()
    assert.deepEqual(readdirSync(folder), [])
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(folder, { recursive: true })
  }
})
