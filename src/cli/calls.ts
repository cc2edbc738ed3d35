// earshot calls: one line for each call that matches, with its verdict.
import type { Call } from '../calls/leg.ts'
import { formatSpan } from '../calls/verdict.ts'
import { formatTime } from '../query/export.ts'
import { type Command, readArguments } from './command.ts'
import { readFilter } from './filter-flags.ts'
import { listAll, listingFlags, listingUsage, readListing } from './listing.ts'
import { writeLine, writeTable } from './output.ts'
import { withFinder } from './store-reading.ts'

export const callsCommand: Command = {
  usage: `[--data DIR] [--json] ${listingUsage}`,
  summary: 'lists calls, joined from their legs, with the verdict: oldest first, or --newest first',
  run: async (argv) => {
    const args = readArguments(argv, listingFlags, ['storage'])
    const filter = { kind: 'call' as const, ...readFilter(args) }
    const listing = readListing(args)
    return withFinder(args.settings.dataFolder, async (finder) => {
      const calls = listAll((page) => finder.findCalls(filter, page), listing)
      if (args.has('json')) {
        for await (const call of calls) await writeLine(JSON.stringify(callLine(call)))
      } else await writeTable(calls, columns)
      return 0
    })
  },
}

/** The call with its legs by their Call-IDs, as one line of JSON. */
function callLine(call: Call) {
  return { ...call, legs: call.legs.map(({ callId }) => callId) }
}

const columns = [
  { title: 'start (UTC)', value: (call: Call) => formatTime(call.startUs) },
  { title: 'from', value: (call: Call) => call.from },
  { title: 'to', value: (call: Call) => call.to },
  {
    title: 'duration',
    isNumber: true,
    value: ({ durationMs }: Call) => (durationMs === null ? null : formatSpan(durationMs * 1000)),
  },
  { title: 'legs', isNumber: true, value: (call: Call) => call.legs.length },
  { title: 'status', isNumber: true, value: (call: Call) => call.status },
  { title: 'call key', value: (call: Call) => call.callKey },
  { title: 'verdict', isSentence: true, value: (call: Call) => call.verdict },
]
