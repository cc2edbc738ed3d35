// In: a piece of work. Out: the same work, done by one process of this folder at a time; a second
// one waits. Refuses to wait for a process that has died: its lock grows stale.
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { repository, say } from './process.mjs'

const folder = join(repository, 'tmp')
const lock = join(folder, 'set-up.lock')
/** The holder touches its lock this often; ten missed touches mean that it is gone. */
const touchEveryMs = 2_000
const staleAfterMs = 20_000

/** Runs `work` while no other set-up of this folder runs. */
export async function alone(work) {
  mkdirSync(folder, { recursive: true })
  const token = `${process.pid} ${Math.random()}`
  let told = false
  while (!take(token)) {
    if (!told) say('another set-up of this folder is running; waiting for it')
    told = true
    await sleep(250)
  }
  const timer = setInterval(touch, touchEveryMs)
  const release = () => {
    clearInterval(timer)
    if (holder() === token) rmSync(lock, { force: true })
  }
  const stop = () => {
    release()
    process.exit(130)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    return await work()
  } finally {
    release()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

function take(token) {
  try {
    writeFileSync(lock, token, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (isStale()) {
    // Moved before it is removed, so that two who both find it stale cannot remove each other's.
    const aside = `${lock}.${process.pid}`
    try {
      renameSync(lock, aside)
      rmSync(aside, { force: true })
    } catch {
      // Somebody else was faster.
    }
  }
  return false
}

function isStale() {
  try {
    return Date.now() - statSync(lock).mtimeMs > staleAfterMs
  } catch {
    return false
  }
}

function holder() {
  try {
    return readFileSync(lock, 'utf8')
  } catch {
    return undefined
  }
}

function touch() {
  const now = new Date()
  try {
    utimesSync(lock, now, now)
  } catch {
    // The lock was taken for stale (a suspended machine); the work goes on, as npm bears it.
  }
}
