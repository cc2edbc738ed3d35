// The media regions of the inventory with the streams that were seen in each.
import type { Socket } from 'node:net'
import { Type } from '@fastify/type-provider-typebox'
import type { Stream } from '../../calls/stream.ts'
import { inventoryLimits } from '../../inventory/limits.ts'
import { countRegions, type RegionCount } from '../../inventory/media-regions.ts'
import type { Finder } from '../../query/finder.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import type { ApiParts } from '../http/parts.ts'
import { errorsOf } from './error-body.ts'

/** Few, so that others have their turn between two pages. */
const PAGE_STREAMS = 100

const RegionSchema = Type.Unsafe<RegionCount>({
  type: 'object',
  properties: {
    region: { type: 'string' },
    role: { type: 'string', enum: ['home', 'core', 'satellite', 'other'] },
    networks: { type: 'array', items: { type: 'string' } },
    streams: { type: 'integer', description: 'Streams that begin or end there' },
    lastUs: { type: ['integer', 'null'], description: 'End of the last of them, µs since 1970' },
  },
})

export function registerMediaRegions(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/media-regions',
    {
      schema: {
        tags: ['inventory'],
        summary: 'Media regions, and the streams seen in each',
        description: `Of the newest ${inventoryLimits.streamsCountedMax} streams.`,
        response: {
          200: Type.Object({
            regions: Type.Array(RegionSchema),
            streamsElsewhere: Type.Integer({ description: 'Streams of no region' }),
            streamsCounted: Type.Integer(),
          }),
          ...errorsOf(401, 403),
        },
      },
    },
    async (request) => {
      const streams = await newestStreams(finderOf(request, parts), request.socket)
      const counted = countRegions(parts.inventory.entries.regions(), streams)
      return { ...counted, streamsCounted: streams.length }
    },
  )
}

async function newestStreams(finder: Finder, socket: Socket): Promise<readonly Stream[]> {
  const streams: Stream[] = []
  let cursor: string | undefined
  const { streamsCountedMax } = inventoryLimits
  for (let looked = 0; looked < streamsCountedMax && !socket.destroyed; looked += PAGE_STREAMS) {
    const at = cursor === undefined ? {} : { cursor }
    const page = await finder.findStreams({}, { limit: PAGE_STREAMS, ...at })
    streams.push(...page.rows)
    if (page.next === null) break
    cursor = page.next
  }
  return streams
}
