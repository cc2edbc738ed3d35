// Where frames are found again: of messages and of media, brought into one order, each frame once.
import type { Day } from '../base/day.ts'
import type { FramePiece } from '../decode/datagram.ts'

export interface FramePlace {
  readonly ref: number
  readonly tUs: number
  /** A day from which its block is looked for. */
  readonly hint: Day
  /** What is asked for of the frame. */
  readonly pieces: readonly FramePiece[]
}

export function comparePlaces(a: FramePlace, b: FramePlace): number {
  return a.tUs - b.tUs || a.ref - b.ref
}

/** Both in time order; a frame that is in both has the pieces of both. */
export async function* mergedPlaces(
  places: readonly FramePlace[],
  others: AsyncIterable<FramePlace>,
): AsyncGenerator<FramePlace> {
  let at = 0
  for await (const other of others) {
    for (let place = places[at]; place !== undefined; place = places[++at]) {
      if (comparePlaces(place, other) >= 0) break
      yield place
    }
    const same = places[at]?.ref === other.ref ? places[at++] : undefined
    yield { ...other, pieces: [...(same?.pieces ?? []), ...other.pieces] }
  }
  yield* places.slice(at)
}
