// Streams in, the places of the frames that carried their packets out, in time order. Blocks are
// read in the order of their first times, each once; of what was found only the places wait, and
// only until a block has begun later. What overlaps at one time is thus all that is held.
import { dayOf } from '../base/day.ts'
import type { FramePiece } from '../decode/datagram.ts'
import { CARRIES_AUDIO, CARRIES_NOISE, CARRIES_VIDEO } from '../rtp/payload-profile.ts'
import { type BlockReader, type UnreadListener, unlessUnread } from '../store/block-reader.ts'
import type { FoundStream, LegIndex } from '../store/contract.ts'
import { comparePlaces, type FramePlace } from './frame-place.ts'
import { PacketPicker } from './packet-picker.ts'

export interface Stretch {
  readonly startUs: number
  readonly endUs: number
}

/** A stream, and when its packets may tell no key that was pressed. */
export interface WantedStream {
  readonly stream: FoundStream
  readonly keysHidden: readonly Stretch[]
}

/** What tells no key: redundancy and error correction may repeat one that was left out. */
const KEYLESS: readonly number[] = [CARRIES_AUDIO, CARRIES_VIDEO, CARRIES_NOISE]
const PAYLOAD_TYPE_MASK = 0x7f

/** A block with the streams that have packets in it. */
interface WantedBlock {
  readonly block: number
  readonly firstUs: number
  readonly streams: FoundStream[]
}

/** Places of RTP and RTCP. What cannot be read is left out, and told to `onUnread`. */
export async function* mediaPlaces(
  { index, reader }: { readonly index: LegIndex; readonly reader: BlockReader },
  wanted: readonly WantedStream[],
  onUnread: UnreadListener | undefined,
): AsyncGenerator<FramePlace> {
  const hidden = new Map(wanted.map(({ stream, keysHidden }) => [stream, keysHidden]))
  let pieces: FramePiece[] = []
  const pick = (packet: { readonly pieces: readonly FramePiece[] }): void => {
    for (const piece of packet.pieces) pieces.push({ ...piece })
  }
  const picker = new PacketPicker(
    (stream, packet) => {
      const { bytes, start, tUs } = packet
      const stretches = hidden.get(stream) ?? []
      const isHidden = stretches.some(({ startUs, endUs }) => tUs >= startUs && tUs < endUs)
      const payloadType = (bytes[start + 1] ?? 0) & PAYLOAD_TYPE_MASK
      if (!isHidden || isKeyless(stream, payloadType)) pick(packet)
    },
    (_stream, packet) => pick(packet),
  )
  const waiting = new Map<number, FramePlace>()
  for (const { block, firstUs, streams } of await blocksOf(index, wanted)) {
    const hint = dayOf(firstUs)
    picker.watch(streams)
    for (const frame of (await unlessUnread(reader.frames(block, hint), onUnread)) ?? []) {
      picker.push(frame)
      if (pieces.length === 0) continue
      for (const piece of pieces) {
        const { ref } = piece
        // An earlier fragment may lie in the block before.
        const carrier =
          ref === frame.ref ? frame : await unlessUnread(reader.frame(ref, hint), onUnread)
        if (carrier === undefined) continue
        const known = waiting.get(ref)?.pieces ?? []
        waiting.set(ref, { ref, tUs: carrier.tUs, hint, pieces: [...known, piece] })
      }
      pieces = []
    }
    yield* takeBefore(waiting, firstUs)
  }
  yield* takeBefore(waiting, Number.POSITIVE_INFINITY)
}

function isKeyless({ record }: FoundStream, payloadType: number): boolean {
  const payload = record.payloads.find((one) => one.payloadType === payloadType)
  return payload !== undefined && KEYLESS.includes(payload.carries)
}

/** The blocks that hold packets of these streams, by their first times. */
async function blocksOf(index: LegIndex, wanted: readonly WantedStream[]): Promise<WantedBlock[]> {
  const blocks = new Map<number, WantedBlock>()
  for (const { stream } of wanted) {
    const { startUs } = stream.record
    for (const block of stream.record.blocks) {
      const known = blocks.get(block)
      if (known !== undefined) {
        known.streams.push(stream)
        continue
      }
      const row = await index.block(block, dayOf(startUs))
      blocks.set(block, { block, firstUs: row?.firstUs ?? startUs, streams: [stream] })
    }
  }
  return [...blocks.values()].sort((a, b) => a.firstUs - b.firstUs || a.block - b.block)
}

/** Takes away what is earlier than a time, and gives it in order. */
function takeBefore(waiting: Map<number, FramePlace>, tUs: number): FramePlace[] {
  const taken = [...waiting.values()].filter((place) => place.tUs < tUs).sort(comparePlaces)
  for (const { ref } of taken) waiting.delete(ref)
  return taken
}
