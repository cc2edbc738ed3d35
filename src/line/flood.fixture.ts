// A sender that means harm, for tests: up to 1 GB over a connection, as fast as it is taken, while
// another one goes on sending messages. Tells how much was taken and how much memory it cost.
import assert from 'node:assert/strict'
import type { Writable } from 'node:stream'
import { aMoment, hepPacket, type LiveServer, options } from './live.fixture.ts'

export const GIGABYTE = 1024 ** 3
/** What the system holds of a connection, beside what was read of it; loopback is generous. */
export const SYSTEM_BYTES_MAX = 16 * 1024 * 1024
/** Of the whole process, with the test itself and whatever the collector leaves for later. */
const RSS_GROWTH_MAX = 128 * 1024 * 1024

export interface Flood {
  /** Of the sender. */
  readonly socket: Writable
  readonly head: Buffer
  /** Sent again and again. */
  readonly piece: Buffer
}

export interface FloodResult {
  readonly sentBytes: number
  readonly rssGrowth: number
  /** Messages that the other one sent meanwhile. */
  readonly messages: number
}

/** Sends until it is cut off, or has sent 1 GB. */
async function pour({ socket, head, piece }: Flood, onPiece: () => void): Promise<number> {
  // A connection that is cut off says so by an error first, which is no news.
  let isClosed = false
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isClosed = true
      resolve()
    })
  })
  socket.write(head)
  let sentBytes = head.length
  while (!isClosed && sentBytes < GIGABYTE) {
    sentBytes += piece.length
    const mayGoOn = socket.write(piece)
    onPiece()
    if (!mayGoOn) await Promise.race([drained(socket), closed])
  }
  return sentBytes
}

const drained = (socket: Writable) =>
  new Promise<void>((resolve) => void socket.once('drain', () => resolve()))

/**
 * Floods a server while `good` sends to it; all that the good one sent must be found, and memory
 * must not have grown with what was poured.
 */
export async function flooded(
  server: LiveServer,
  flood: Flood,
  good: { write(packet: Buffer): unknown },
): Promise<FloodResult> {
  let messages = 0
  const say = () => good.write(hepPacket(options(`good-${messages++}`)))
  say()
  await server.until((state) => state.messages === 1)
  const before = process.memoryUsage.rss()
  let rss = before
  let isOver = false
  const talking = (async () => {
    while (!isOver) {
      say()
      await aMoment()
    }
  })()
  const sentBytes = await pour(flood, () => {
    rss = Math.max(rss, process.memoryUsage.rss())
  })
  isOver = true
  await talking
  say()
  await server.until((state) => state.messages === messages)
  const rssGrowth = Math.max(rss, process.memoryUsage.rss()) - before
  assert.ok(rssGrowth < RSS_GROWTH_MAX, `${rssGrowth} bytes more of memory`)
  return { sentBytes, rssGrowth, messages }
}

export const told = ({ sentBytes, rssGrowth, messages }: FloodResult): string =>
  `cut off after ${(sentBytes / 2 ** 20).toFixed(1)} MB; memory grew by ` +
  `${(rssGrowth / 2 ** 20).toFixed(1)} MB; ${messages} messages of the other one arrived`
