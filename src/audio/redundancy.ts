// A packet of redundant audio in, the packets that it carries out: older ones first, its own last.
// A payload that does not hold what its headers say gives what was whole.
//
// RFC 2198 §3. Each block but the last has a header of four bytes, the last one of a single byte:
//
//     |F|   block PT  |  timestamp offset (14)  |  block length (10)  |      F = 1
//     |F|   block PT  |                                                      F = 0
import type { HeardPacket } from './heard-packet.ts'
import type { SoundCodec } from './sound.ts'

interface Block {
  readonly payloadType: number
  readonly offset: number
  readonly length: number
}

/** Blocks of one packet; real senders carry one or two. */
const BLOCKS_MAX = 16

/** Takes a `red` packet apart; `codecOf` says what a block's payload type stands for. */
export function unpackRedundancy(
  packet: HeardPacket,
  codecOf: (payloadType: number) => SoundCodec | undefined,
): HeardPacket[] {
  const { payload } = packet
  const { blocks, last, at } = readHeaders(payload)
  if (last === undefined) return []
  const packets: HeardPacket[] = []
  let start = at
  for (const [i, { payloadType, offset, length }] of blocks.entries()) {
    // An empty block is one that the sender had nothing for.
    if (start + length <= payload.length && length > 0) {
      const back = blocks.length - i
      packets.push({
        ...packet,
        sequenceNumber: (packet.sequenceNumber - back) & 0xffff,
        timestamp: (packet.timestamp - offset) >>> 0,
        payloadType,
        payload: payload.subarray(start, start + length),
        codec: codecOf(payloadType),
        isRedundant: true,
      })
    }
    start += length
  }
  packets.push({
    ...packet,
    payloadType: last,
    payload: payload.subarray(Math.min(start, payload.length)),
    codec: codecOf(last),
  })
  return packets
}

function readHeaders(payload: Uint8Array): { blocks: Block[]; last?: number; at: number } {
  const blocks: Block[] = []
  let at = 0
  while (blocks.length <= BLOCKS_MAX) {
    const first = payload[at]
    if (first === undefined) return { blocks, at }
    if ((first & 0x80) === 0) return { blocks, last: first & 127, at: at + 1 }
    const [, b = 0, c = 0, d] = payload.subarray(at, at + 4)
    if (d === undefined) return { blocks, at }
    blocks.push({
      payloadType: first & 127,
      offset: (b << 6) | (c >> 2),
      length: ((c & 3) << 8) | d,
    })
    at += 4
  }
  return { blocks, at }
}
