// The capture thread of a server: runs the sources, sends their frames through a line, and posts
// what comes out to the thread that stores. Sources that can be pushed back are, when that one is
// behind.
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import type { LiveState } from './arrival.ts'
import { LiveLine } from './live-line.ts'
import type { LiveMessage, LiveOrder, LiveOrders } from './live-messages.ts'
import { makeSource } from './live-sources.ts'

/** Between two looks at whether something waits to be stored. */
const TICK_MS = 50
const STATE_MS = 1000

const orders = workerData as LiveOrders
const sources = orders.sources.map((source) => makeSource(source))
const line = new LiveLine({
  settings: orders.settings,
  numbers: new BlockNumbers(orders.blockNumbers),
  nowUs: systemClock.nowUs(),
  post: (message, transfer) => {
    post(message, transfer)
    if (line.isFull) pause()
  },
})
let isPaused = false
const ticks = setInterval(() => line.tick(systemClock.nowUs()), TICK_MS)
const states = setInterval(() => post({ kind: 'state', state: state() }), STATE_MS)

parentPort?.on('message', (order: LiveOrder) => {
  switch (order.kind) {
    case 'stored':
      line.stored(order, systemClock.nowUs())
      if (isPaused && line.hasRoom) resume()
      break
    case 'earlier':
      line.describe(order)
      break
    case 'begin-anew':
      line.beginAnew()
      break
    case 'stop':
      void stop()
      break
  }
})
for (const source of sources) await source.start(line)
post({ kind: 'started', state: state() })

function pause(): void {
  if (isPaused) return
  isPaused = true
  for (const source of sources) source.pause()
}

function resume(): void {
  isPaused = false
  for (const source of sources) source.resume()
}

async function stop(): Promise<void> {
  clearInterval(ticks)
  clearInterval(states)
  for (const source of sources) await source.stop()
  line.finish()
  post({ kind: 'stopped', state: state() })
}

function state(): LiveState {
  const nowUs = systemClock.nowUs()
  const told = sources.map((source) => source.state(nowUs))
  return {
    tUs: nowUs,
    intakes: told.flatMap(({ intakes }) => intakes),
    arrivals: told.flatMap(({ arrivals }) => arrivals),
    arrivalsForgotten: told.reduce((sum, { arrivalsForgotten }) => sum + arrivalsForgotten, 0),
    frames: line.framesPushed,
    ...line.counts(),
    batchesWaiting: line.batchesWaiting,
    framesFailed: line.framesFailed,
    framesLost: 0,
  }
}

function post(message: LiveMessage, transfer: ArrayBufferLike[] = []): void {
  parentPort?.postMessage(
    message,
    transfer.filter((memory) => memory instanceof ArrayBuffer),
  )
}
