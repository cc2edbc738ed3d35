// earshot help: every command with its arguments, and the settings; made from their definitions.
import type { SettingGroup } from '../config/setting.ts'
import { formatSettingsHelp } from '../config/setting-text.ts'
import type { Command } from './command.ts'
import { unknownCommand } from './failing.ts'
import { writeLine } from './output.ts'

type Commands = Readonly<Record<string, () => Promise<Command>>>

export function helpCommand(commands: Commands): Command {
  return {
    usage: '[COMMAND]',
    summary: 'shows this, or how to use one command',
    run: async ([name]) => {
      if (name !== undefined) {
        const load = Object.hasOwn(commands, name) ? commands[name] : undefined
        if (load === undefined) return unknownCommand(name, Object.keys(commands))
        const { usage, summary, settings } = await load()
        await writeLine(`earshot ${name} ${usage}\n\n${summary}`)
        if (settings !== undefined) await writeSettings(settings)
        return 0
      }
      await writeLine('Earshot knows everything about your phone calls.\n')
      for (const [each, loadEach] of Object.entries(commands)) {
        const { usage, summary } = await loadEach()
        await writeLine(`earshot ${each} ${usage}\n    ${summary}`)
      }
      await writeSettings()
      return 0
    },
  }
}

async function writeSettings(groups?: readonly SettingGroup[]): Promise<void> {
  await writeLine(
    '\nSettings, as flags or as environment variables (--hep-tls: EARSHOT_HEP_TLS):\n',
  )
  await writeLine(formatSettingsHelp(groups))
}
