// earshot streams: one line for each RTP stream. The index holds none yet, so nothing is listed;
// the command stands so that scripts which call it do not fail.
import { type Command, readArguments } from './command.ts'
import { filterFlags, filterUsage, readFilter } from './filter-flags.ts'
import { withFinder } from './store-reading.ts'

export const streamsCommand: Command = {
  usage: `[--data DIR] [--json] ${filterUsage}`,
  summary: 'lists RTP streams (media is not measured yet: the list is empty)',
  run: async (argv) => {
    const args = readArguments(argv, filterFlags, ['storage'])
    readFilter(args)
    return withFinder(args.settings.dataFolder, async () => 0)
  },
}
