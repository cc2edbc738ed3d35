// Streams as everybody else sees them, from an index and its blocks: rows with the call that they
// belong to, and their packets, found again in the blocks in which they were seen.
import type { Leg } from '../calls/leg.ts'
import type { Stream } from '../calls/stream.ts'
import type { StreamFilter } from '../store/stream-filter.ts'
import type { Page, PageRequest, StoredRtp } from './finder.ts'

export class StreamFinder {
  async findStreams(_filter: StreamFilter, _page: PageRequest): Promise<Page<Stream>> {
    return { rows: [], next: null }
  }

  async streamsOf(_legs: readonly Leg[]): Promise<readonly Stream[]> {
    return []
  }

  async streamByKey(_streamKey: string): Promise<Stream | undefined> {
    return undefined
  }

  async *packetsOf(_streams: readonly Stream[]): AsyncGenerator<StoredRtp> {}
}
