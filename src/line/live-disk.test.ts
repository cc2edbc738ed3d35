// Live traffic and a disk that is full: what is lost is counted and told, and what comes when there
// is room again is stored.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { canMount, fillUp, mountDisk } from '../store/disks.fixture.ts'
import { hepOrders, hepPacket, options, sendDatagrams, startLive } from './live.fixture.ts'
import { faultsOf } from './store.fixture.ts'

/** More than is left of the last page of a file. */
function bulky(callId: string): Buffer {
  const padding = randomBytes(9_000).toString('base64')
  return Buffer.from(options(callId).toString().replace('Max-Fo', `X-Bulk: ${padding}\r\nMax-Fo`))
}

test('what a full disk loses is counted and told, with the reason, until it is stored again', {
  skip: canMount() ? false : 'only root can mount a small disk',
  timeout: 60_000,
}, async (t) => {
  const disk = mountDisk(t, '4m')
  const server = await startLive(t, [hepOrders], join(disk, 'data'))
  const told: (string | undefined)[] = []
  server.writer.onLoss((reason) => told.push(reason))
  let frames = 0
  const send = async (): Promise<void> => {
    await sendDatagrams(server.port('udp'), hepPacket(bulky(`call-${++frames}`)))
    await server.until((state) => state.frames === frames)
  }
  await send()
  await server.found(1)
  while ((server.writer.liveState?.framesLost ?? 0) === 0) {
    // Once more where the store was opened again: what its logs took is room then.
    fillUp(disk)
    await send()
  }
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /no space left/i)
  rmSync(join(disk, 'ballast'))
  while (told.length < 2) await send()
  assert.equal(told[1], undefined)
  const { framesLost } = await server.until((state) => state.batchesWaiting === 0)
  assert.equal((await server.found(frames - framesLost)).messages.length, frames - framesLost)
  await server.close()
  assert.deepEqual(await faultsOf(server.folder), [])
})
