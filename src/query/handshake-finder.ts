// Streams in, the DTLS datagrams between their ends out, as they were captured around the beginning
// of each stream. They stand in the blocks like everything else, and nothing points at them.
import { AddressTable } from '../base/address-table.ts'
import { dayOf } from '../base/day.ts'
import { isFailure } from '../base/failure.ts'
import { Decoder } from '../decode/decoder.ts'
import { KIND_DTLS, kindOfPacket } from '../rtp/packet-kind.ts'
import type { FoundStream } from '../store/contract.ts'
import { type BlockReader, type UnreadListener, unlessUnread } from '../store/block-reader.ts'
import type { StoredHandshake } from './finder.ts'

/** Blocks looked through before a stream's first packet, and from it on. */
const BLOCKS_BEFORE = 2
const BLOCKS_AFTER = 2

export async function* findHandshakes(
  reader: BlockReader,
  streams: readonly FoundStream[],
  onUnread: UnreadListener | undefined,
): AsyncGenerator<StoredHandshake> {
  const wanted = new Set(streams.map(({ record }) => pairOf(record)))
  const hints = new Map<number, number>()
  for (const { record } of streams) {
    const [first] = record.blocks
    if (first === undefined) continue
    for (let block = Math.max(1, first - BLOCKS_BEFORE); block < first; block++) {
      hints.set(block, record.startUs)
    }
    for (const block of record.blocks.slice(0, BLOCKS_AFTER)) hints.set(block, record.startUs)
  }
  let found: StoredHandshake[] = []
  const addresses = new AddressTable()
  const decoder = new Decoder(addresses, {
    datagram: ({ bytes, start, end, ...ends }) => {
      if (kindOfPacket(bytes, start, end) !== KIND_DTLS) return
      const src = addresses.text(ends.src)
      const dst = addresses.text(ends.dst)
      const pair = pairOf({ ...ends, src, dst })
      if (wanted.has(pair)) found.push({ ends: pair, bytes: bytes.subarray(start, end) })
    },
    streamChunk: () => {},
  })
  for (const [block, hintUs] of [...hints].sort(([a], [b]) => a - b)) {
    for (const frame of (await unlessUnread(framesOf(reader, block, hintUs), onUnread)) ?? []) {
      decoder.push(frame)
      yield* found
      found = []
    }
  }
}

/**
 * A block before the stream's own may be of another day, or dropped: then it holds nothing for us.
 */
async function framesOf(reader: BlockReader, block: number, hintUs: number) {
  try {
    return await reader.frames(block, dayOf(hintUs))
  } catch (error) {
    if (isFailure(error, 'not-found')) return []
    throw error
  }
}

/** The same for both directions. */
function pairOf(ends: { src: string; srcPort: number; dst: string; dstPort: number }): string {
  const pair = [`${ends.src} ${ends.srcPort}`, `${ends.dst} ${ends.dstPort}`]
  return pair.sort().join(' ')
}
