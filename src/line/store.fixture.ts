// For tests of the line: data folders of their own, captures made for them, imports as the product
// runs them, and a picture of everything that a store tells.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { JoinSettings } from '../calls/leg-head.ts'
import { checkStore } from '../query/check-store.ts'
import type { Page, PageRequest } from '../query/finder.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { PLAIN_HEADER_BYTES } from '../rtp/stream-meter.ts'
import { closeStore, type OpenStore, openStore } from '../store/data-folder.ts'
import { makeCapture } from '../../test/tools/make-calls/world.ts'
import { FileImporter } from './file-importer.ts'
import type { ImportResult } from './import-result.ts'
import { runImport } from './import-run.ts'
import { recoverStore, type ReplayResult } from './replay.ts'

export const joinSettings: JoinSettings = {
  joinHeaders: ['Session-ID', 'X-Call-ID', 'X-CID'],
  joinBy: 'evidence',
  conversationHeaders: [],
}

/** A folder that is gone after the test. */
export function makeFolder(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-line-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const MORNING_US = Date.UTC(2026, 10, 2, 8) * 1000

export interface CaptureWish {
  readonly calls: number
  readonly callsPerSecond: number
  /** With the sound of the calls, some of it lost, late or out of order. */
  readonly hasMedia?: boolean
  /**
   * Frames of another protocol and of other days, put between those of the calls: they end blocks,
   * so that a small capture makes many and checkpoints come.
   */
  readonly fillers?: number
  /** When the first call begins, µs since 1970: one morning, unless said otherwise. */
  readonly startUs?: number
  /** Another seed makes other calls. */
  readonly seed?: number
}

/** Writes a capture of made calls. */
export function writeCapture(path: string, wish: CaptureWish): string {
  const { calls, callsPerSecond, hasMedia = false, fillers } = wish
  const { startUs = MORNING_US, seed = 1 } = wish
  makeCapture({
    out: path,
    calls,
    cps: callsPerSecond,
    talk: 2,
    hasMedia,
    b2bua: 0.3,
    loss: 0.02,
    jitterUs: 20_000,
    reorder: 0.01,
    duplicate: 0.01,
    seed,
    startUs,
    hasNames: false,
  })
  const pcap = withIdentities(readFileSync(path))
  writeFileSync(path, fillers === undefined ? pcap : withFillers(pcap, fillers))
  return path
}

const ASSERTION = 'P-Asserted-Identity: <sip:'
/** What begins the users that are asserted and that From does not name. */
export const ASSERTED = 'x'

/** Has a third of the callers asserted to be others than From says. */
function withIdentities(pcap: Buffer): Buffer {
  for (let at = pcap.indexOf(ASSERTION); at >= 0; at = pcap.indexOf(ASSERTION, at + 1)) {
    const user = at + ASSERTION.length
    // By the user: what is sent again stays the same.
    const lastDigit = pcap[pcap.indexOf('@', user) - 1] ?? 0
    if (lastDigit % 3 === 0) pcap.write(ASSERTED, user)
  }
  return pcap
}

const PCAP_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const FILLER_BYTES = 60
const FILLER_DAYS = 6
const DAY_SECONDS = 86_400

/** Cuts a little-endian pcap in two, of what was captured before that second and from then on. */
export function splitCapture(path: string, second: number): [before: string, after: string] {
  const pcap = readFileSync(path)
  const header = pcap.subarray(0, PCAP_HEADER_BYTES)
  const parts = { before: [header], after: [header] }
  for (let at = PCAP_HEADER_BYTES; at < pcap.length; ) {
    const end = at + RECORD_HEADER_BYTES + pcap.readUInt32LE(at + 8)
    const part = pcap.readUInt32LE(at) < second ? parts.before : parts.after
    part.push(pcap.subarray(at, end))
    at = end
  }
  writeFileSync(`${path}.before`, Buffer.concat(parts.before))
  writeFileSync(`${path}.after`, Buffer.concat(parts.after))
  return [`${path}.before`, `${path}.after`]
}

/** Cuts a little-endian pcap of plain frames in two: without its media, and nothing but that. */
export function partMedia(path: string): { others: string; media: string } {
  const pcap = readFileSync(path)
  const header = pcap.subarray(0, PCAP_HEADER_BYTES)
  const parts = { others: [header], media: [header] }
  for (let at = PCAP_HEADER_BYTES; at < pcap.length; ) {
    const frameAt = at + RECORD_HEADER_BYTES
    const end = frameAt + pcap.readUInt32LE(at + 8)
    const [first = 0] = pcap.subarray(frameAt + PLAIN_HEADER_BYTES, end)
    parts[first >= 0x80 ? 'media' : 'others'].push(pcap.subarray(at, end))
    at = end
  }
  writeFileSync(`${path}.others`, Buffer.concat(parts.others))
  writeFileSync(`${path}.media`, Buffer.concat(parts.media))
  return { others: `${path}.others`, media: `${path}.media` }
}

/** Spreads fillers evenly over the records of a little-endian pcap. */
function withFillers(pcap: Buffer, fillers: number): Buffer {
  const parts = [pcap.subarray(0, PCAP_HEADER_BYTES)]
  const stepBytes = Math.ceil(pcap.length / fillers)
  let count = 0
  for (let at = PCAP_HEADER_BYTES; at < pcap.length; ) {
    const end = at + RECORD_HEADER_BYTES + pcap.readUInt32LE(at + 8)
    parts.push(pcap.subarray(at, end))
    while (end >= (count + 1) * stepBytes) parts.push(makeFiller(pcap, at, count++))
    at = end
  }
  return Buffer.concat(parts)
}

/** A record some days later with an Ethernet frame for experiments (0x88b5), full of zeros. */
function makeFiller(pcap: Buffer, at: number, number: number): Buffer {
  const filler = Buffer.alloc(RECORD_HEADER_BYTES + FILLER_BYTES)
  pcap.copy(filler, 0, at, at + 8)
  const daysLater = 1 + (number % FILLER_DAYS)
  filler.writeUInt32LE(pcap.readUInt32LE(at) + daysLater * DAY_SECONDS, 0)
  filler.writeUInt32LE(FILLER_BYTES, 8)
  filler.writeUInt32LE(FILLER_BYTES, 12)
  filler.writeUInt16BE(0x88b5, RECORD_HEADER_BYTES + 12)
  return filler
}

/** Recovers the store of a folder and imports files into it, as `earshot import` does. */
export async function importInto(folder: string, ...paths: string[]): Promise<ImportResult> {
  const store = openStore(folder, 'write')
  const importer = new FileImporter(store, joinSettings)
  try {
    await recoverStore(store, joinSettings)
    return await runImport(
      importer,
      paths.map((path) => ({ path, name: path })),
    )
  } finally {
    await importer.close()
    await closeStore(store)
  }
}

/** Brings the index of a folder up to its blocks. */
export async function recover(folder: string): Promise<ReplayResult> {
  return withStore(folder, 'write', (store) => recoverStore(store, joinSettings))
}

export interface Picture {
  readonly legs: readonly string[]
  readonly messages: readonly string[]
  readonly streams: readonly string[]
  /** Legs as they are found by who is asserted to call. */
  readonly asserted: readonly string[]
}

/** What a store tells of its legs, messages and streams, line by line, without places in blocks. */
export async function pictureOf(folder: string): Promise<Picture> {
  return withStore(folder, 'read', async (store) => {
    const finder = new StoreFinder(store)
    const legs = await linesOf((page) => finder.findLegs({}, page))
    const streams = await linesOf(async (page) => {
      const { rows, next } = await finder.findStreams({}, page)
      // The key of a stream is made of its place.
      return { rows: rows.map(({ streamKey: _, ...row }) => row), next }
    })
    const messages: string[] = []
    for await (const { messageId: _, bytes, ...row } of finder.messagesInOrder({})) {
      messages.push(`${JSON.stringify(row)} ${bytes.toString('latin1')}`)
    }
    const isAsserted = { from: `${ASSERTED}*`, withIdentities: true } as const
    const asserted = await linesOf((page) => finder.findLegs(isAsserted, page))
    return { legs, messages: messages.sort(), streams, asserted }
  })
}

/** All rows of a listing, a line each, in an order of their own. */
async function linesOf(find: (page: PageRequest) => Promise<Page<unknown>>): Promise<string[]> {
  const lines: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = { limit: 1_000, order: 'oldest', ...(cursor === '' ? {} : { cursor }) } as const
    const { rows, next } = await find(page)
    lines.push(...rows.map((row) => JSON.stringify(row)))
    cursor = next
  }
  return lines.sort()
}

/** Says in a few lines what a store has too many or too few of. */
export function assertSamePicture(found: Picture, expected: Picture): void {
  for (const part of ['legs', 'messages', 'streams', 'asserted'] as const) {
    const differences = {
      missing: without(expected[part], found[part]).slice(0, LINES_SHOWN),
      extra: without(found[part], expected[part]).slice(0, LINES_SHOWN),
      count: found[part].length,
    }
    const none = { missing: [], extra: [], count: expected[part].length }
    assert.deepEqual(differences, none, `${part}: ${JSON.stringify(differences, null, 2)}`)
  }
}

/** A diff of thousands of lines would take longer than the test. */
const LINES_SHOWN = 3

function without(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return lines.filter((line) => !known.has(line))
}

/** What `earshot check` finds wrong. */
export async function faultsOf(folder: string): Promise<readonly string[]> {
  return withStore(folder, 'read', async (store) => (await checkStore(store)).faults)
}

export async function withStore<Result>(
  folder: string,
  mode: 'read' | 'write',
  use: (store: OpenStore) => Promise<Result>,
): Promise<Result> {
  const store = openStore(folder, mode)
  try {
    return await use(store)
  } finally {
    await closeStore(store)
  }
}
