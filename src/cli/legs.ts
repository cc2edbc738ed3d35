// earshot legs: one line for each leg that matches.
import type { Leg } from '../calls/leg.ts'
import { formatTime } from '../query/export.ts'
import { type Command, readArguments } from './command.ts'
import { readFilter } from './filter-flags.ts'
import { listAll, listingFlags, listingUsage, readListing } from './listing.ts'
import { writeLine, writeTable } from './output.ts'
import { withFinder } from './store-reading.ts'

export const legsCommand: Command = {
  usage: `[--data DIR] [--json] ${listingUsage}`,
  summary: 'lists legs, one Call-ID’s dialog each: oldest first, or --newest first',
  run: async (argv) => {
    const args = readArguments(argv, listingFlags, ['storage'])
    const filter = readFilter(args)
    const listing = readListing(args)
    return withFinder(args.settings.dataFolder, async (finder) => {
      const legs = listAll((page) => finder.findLegs(filter, page), listing)
      if (args.has('json')) for await (const leg of legs) await writeLine(JSON.stringify(leg))
      else await writeTable(legs, columns)
      return 0
    })
  },
}

const columns = [
  { title: 'start (UTC)', value: (leg: Leg) => formatTime(leg.startUs) },
  { title: 'kind', value: (leg: Leg) => leg.kind },
  { title: 'from', value: (leg: Leg) => leg.from },
  { title: 'to', value: (leg: Leg) => leg.to },
  { title: 'source', value: (leg: Leg) => leg.src },
  { title: 'destination', value: (leg: Leg) => leg.dst },
  { title: 'state', value: (leg: Leg) => leg.state },
  { title: 'status', isNumber: true, value: (leg: Leg) => leg.status },
  { title: 'messages', isNumber: true, value: (leg: Leg) => leg.messages },
  { title: 'Call-ID', value: (leg: Leg) => leg.callId },
]
