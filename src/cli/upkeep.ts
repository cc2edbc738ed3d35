// earshot reindex and earshot check: makes the index anew from the blocks, and looks whether the
// two agree.
import { rebuildIndex } from '../line/replay.ts'
import { checkStore } from '../query/check-store.ts'
import { closeStore, lockForWriting, openStore } from '../store/data-folder.ts'
import { type Command, EXIT_FAILED, readArguments, refuseWords } from './command.ts'
import { writeLine } from './output.ts'
import { requireStore } from './store-reading.ts'

const flags = { json: { type: 'boolean' } } as const

export const reindexCommand: Command = {
  usage: '[--data DIR] [--json]',
  summary: 'makes the index anew from the stored blocks',
  settings: ['calls'],
  run: async (argv) => {
    const args = readArguments(argv, flags, ['storage', 'calls'])
    const { settings } = args
    refuseWords('reindex', args)
    requireStore(settings.dataFolder, 'blocks')
    const lock = lockForWriting(settings.dataFolder)
    const store = openStore(settings.dataFolder, 'write')
    try {
      const result = await rebuildIndex(store, settings)
      const { blocksRead, blocksDamaged, messages } = result
      const damage = blocksDamaged === 0 ? '' : `, ${blocksDamaged} damaged blocks left out`
      await writeLine(
        args.has('json')
          ? JSON.stringify(result)
          : `${messages} messages indexed from ${blocksRead} blocks${damage}`,
      )
      return blocksDamaged === 0 ? 0 : EXIT_FAILED
    } finally {
      await closeStore(store)
      lock.release()
    }
  },
}

export const checkCommand: Command = {
  usage: '[--data DIR] [--json]',
  summary: 'checks every stored block and that every message is where the index says',
  run: async (argv) => {
    const args = readArguments(argv, flags, ['storage'])
    refuseWords('check', args)
    requireStore(args.settings.dataFolder)
    const store = openStore(args.settings.dataFolder, 'read')
    try {
      const result = await checkStore(store)
      if (args.has('json')) await writeLine(JSON.stringify(result))
      else {
        const { blocks, legs, messages, faults } = result
        await writeLine(`${blocks} blocks, ${legs} legs, ${messages} messages checked`)
        for (const fault of faults) await writeLine(fault)
        await writeLine(faults.length === 0 ? 'nothing wrong' : `${result.faultCount} faults`)
      }
      return result.faultCount === 0 ? 0 : EXIT_FAILED
    } finally {
      await closeStore(store)
    }
  },
}
