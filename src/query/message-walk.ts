// Legs in by their start, messages out by their time, with bytes: what a listing of everything
// needs, in memory that the overlap of legs bounds and not their number.
import type { FoundLeg, LegIndex, Position } from '../store/contract.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import type { BlockReader, UnreadListener } from '../store/block-reader.ts'
import type { StoredMessage } from './finder.ts'
import { readStored } from './stored-message.ts'
import { compareMessages, type LocatedMessage, locateMessages } from '../calls/trail-rows.ts'

const LEGS_PER_STEP = 500
/** A leg starts with its request; what was captured before that is not older than this. */
const EARLY_US_MAX = 60_000_000

interface Waiting {
  readonly message: LocatedMessage
  readonly position: Position
}

/** All messages of the legs that match, in the house's order. */
export async function* walkMessages(
  index: LegIndex,
  reader: BlockReader,
  filter: LegFilter,
  onUnread?: UnreadListener,
): AsyncGenerator<StoredMessage> {
  let waiting: Waiting[] = []
  let after: Position | undefined
  for (;;) {
    const legs: readonly FoundLeg[] = await index.findLegs(filter, {
      limit: LEGS_PER_STEP,
      order: 'oldest',
      ...(after === undefined ? {} : { after }),
    })
    for (const leg of legs) {
      for (const message of locateMessages(leg, decodeTrail(leg.trail, REF_SCALE))) {
        waiting.push({ message, position: leg.position })
      }
    }
    waiting.sort((a, b) => compareMessages(a.message, b.message))
    const last = legs.at(-1)
    const isLast = last === undefined || legs.length < LEGS_PER_STEP
    const before = isLast ? Number.POSITIVE_INFINITY : last.summary.startUs - EARLY_US_MAX
    const ready = waiting.findIndex(({ message }) => message.row.tUs >= before)
    const count = ready < 0 ? waiting.length : ready
    for (const { message, position } of waiting.slice(0, count)) {
      yield readStored(reader, message, position, onUnread)
    }
    waiting = waiting.slice(count)
    if (isLast) return
    after = last.position
  }
}
