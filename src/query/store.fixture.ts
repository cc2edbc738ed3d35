// Captured frames in, a finder over a store that imported them out, for tests: a real file, read
// and stored as the product does it, in a folder that is gone after the test.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { udpFrame } from '../decode/frames.fixture.ts'
import { FileImporter } from '../line/file-importer.ts'
import {
  interfaceBlock,
  packetBlock,
  readPieces,
  sectionBlock,
} from '../source/captures.fixture.ts'
import { closeStore, type OpenStore, openStore } from '../store/data-folder.ts'
import { StoreFinder } from './store-finder.ts'

/** A captured frame: which interface of the file it came over, and when, in its ticks. */
export interface CapturedFrame {
  readonly interfaceId: number
  readonly ticks: bigint
  readonly bytes: Buffer
}

/** An interface of a capture; its resolution is 6 (µs) unless it is 9 (ns). */
export interface Interface {
  readonly linkType: number
  readonly resolution?: 6 | 9
}

/** if_tsresol 9, then the end of options: pcapng §4.2. */
const NANOSECOND_OPTIONS = '0900 0100 09000000 0000 0000'

/** The bytes of a pcapng file. */
export function captureOf(interfaces: readonly Interface[], frames: readonly CapturedFrame[]) {
  return Buffer.concat([
    sectionBlock(true),
    ...interfaces.map(({ linkType, resolution }) =>
      interfaceBlock(true, linkType, resolution === 9 ? NANOSECOND_OPTIONS : ''),
    ),
    ...frames.map(({ interfaceId, ticks, bytes }) => packetBlock(true, interfaceId, ticks, bytes)),
  ])
}

export interface ImportedStore {
  readonly finder: StoreFinder
  readonly store: OpenStore
  readonly folder: string
}

/** Imports captures, one file each, into a store of its own. */
export async function importedStore(
  t: Pick<TestContext, 'after'>,
  ...captures: readonly Buffer[]
): Promise<ImportedStore> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-query-'))
  const store = openStore(folder, 'write')
  const importer = new FileImporter(store, {
    joinHeaders: ['X-CID'],
    joinBy: 'evidence',
    conversationHeaders: ['X-Conversation-ID'],
  })
  t.after(async () => {
    await importer.close()
    await closeStore(store)
    rmSync(folder, { recursive: true, force: true })
  })
  for (const [i, capture] of captures.entries()) {
    const path = join(folder, `capture-${i}.pcapng`)
    writeFileSync(path, capture)
    const { isComplete } = await importer.import(path, path)
    assert(isComplete, 'a capture of a test is read to its end')
  }
  return { finder: new StoreFinder(store), store, folder }
}

/** Spoils the block in the middle of a data folder's only day. Gives back what heals it. */
export function damageBlock(folder: string): () => void {
  const [day = '', ...others] = readdirSync(join(folder, 'blocks'))
  assert.deepEqual(others, [])
  const path = join(folder, 'blocks', day)
  const intact = readFileSync(path)
  const damaged = Buffer.from(intact)
  const middle = damaged.length >> 1
  damaged.fill(~(damaged[middle] ?? 0), middle, middle + 1)
  writeFileSync(path, damaged)
  return () => writeFileSync(path, intact)
}

/** A SIP message; `body` is taken byte for byte. */
export function sip(start: string, callId: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const method = start.startsWith('SIP') ? 'INVITE' : start.split(' ')[0]
  const head = [
    start,
    `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-${callId}`,
    'Max-Forwards: 70',
    'From: <sip:alice@a.test>;tag=a',
    `To: <sip:bob@b.test>${method === 'INVITE' && !start.startsWith('SIP') ? '' : ';tag=b'}`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    `Content-Length: ${body.length}`,
    '',
    '',
  ].join('\r\n')
  return Buffer.concat([Buffer.from(head), body])
}

export const INVITE = 'INVITE sip:bob@b.test SIP/2.0'

/** A capture of a call that is refused a second after midnight (UTC): on `day`, begun before. */
export function callOverMidnight(day: string): Buffer {
  const midnight = BigInt(Date.parse(day)) * 1_000n
  return captureOf(
    [{ linkType: 1 }],
    [
      { interfaceId: 0, ticks: midnight - 1n, bytes: udpFrame(sip(INVITE, 'late@test')) },
      {
        interfaceId: 0,
        ticks: midnight + 1_000_000n,
        bytes: udpFrame(sip('SIP/2.0 486 Busy Here', 'late@test')),
      },
    ],
  )
}

/** The frames of a capture file as a test compares them: bytes, time and link type. */
export function framesIn(file: Buffer): { hex: string; ns: bigint; linkType: number }[] {
  const { frames, result } = readPieces([file])
  assert.equal(result.isComplete, true)
  return frames.map(({ hex, ticks, interface: { linkType, timeResolution } }) => ({
    hex,
    ns: timeResolution === 9 ? ticks : ticks * 1_000n,
    linkType,
  }))
}

/** All bytes of a stream of pieces. */
export async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(piece)
  return Buffer.concat(parts)
}
