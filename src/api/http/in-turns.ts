// Items in, the same items out, with a pause for other requests now and then. What comes from a
// warm cache never waits for the disk, so a long answer would otherwise hold up all short ones.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Bytes handed on between two pauses: some milliseconds' work. */
const BYTES_PER_TURN = 128 * 1024

/** Passes items on; `bytesOf` says how much work an item is. Ends its source when it is ended. */
export async function* inTurns<Item>(
  items: AsyncIterable<Item>,
  bytesOf: (item: Item) => number,
): AsyncGenerator<Item> {
  let bytesLeft = BYTES_PER_TURN
  for await (const item of items) {
    yield item
    bytesLeft -= bytesOf(item)
    if (bytesLeft > 0) continue
    bytesLeft = BYTES_PER_TURN
    await nextTurn()
  }
}
