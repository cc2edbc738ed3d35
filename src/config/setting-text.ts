// In: the table of settings. Out: the same table as lines of help for a terminal, and as a page of
// documentation. Adds nothing of its own: what is not in the table is not told.
import type { Setting, SettingGroup } from './setting.ts'
import { settingTable, variableOf } from './settings.ts'

const GROUPS: readonly { readonly group: SettingGroup; readonly title: string }[] = [
  { group: 'storage', title: 'Storage' },
  { group: 'network', title: 'Network' },
  { group: 'capture', title: 'Capture' },
  { group: 'calls', title: 'Calls' },
  { group: 'recordings', title: 'Recordings' },
  { group: 'api', title: 'Pages and APIs' },
  { group: 'log', title: 'Log' },
]

/** Column at which the explanation begins. */
const HELP_COLUMN = 30
const HELP_WIDTH = 100

/** Lines of help on the settings of these groups, or of all, for a terminal 100 columns wide. */
export function formatSettingsHelp(groups?: readonly SettingGroup[]): string {
  const lines: string[] = []
  for (const setting of Object.values(settingTable)) {
    if (groups !== undefined && !groups.includes(setting.group)) continue
    const flag = setting.isSwitch ? `--${setting.flag}` : `--${setting.flag} ${setting.placeholder}`
    const fallback = setting.fallbackText === '' ? '' : ` (default ${setting.fallbackText})`
    const words = wrap(`${setting.help}${fallback}`, HELP_WIDTH - HELP_COLUMN)
    const head = `  ${flag}`
    if (head.length < HELP_COLUMN) lines.push(head.padEnd(HELP_COLUMN) + (words.shift() ?? ''))
    else lines.push(head)
    for (const line of words) lines.push(' '.repeat(HELP_COLUMN) + line)
  }
  return lines.join('\n')
}

/** The page docs/operate/settings.md. */
export function formatSettingsPage(): string {
  const parts = [
    '# Settings',
    '',
    '<!-- Made by `npm run docs` from src/config/settings.ts. Edit that file, not this one. -->',
    '',
    'A flag on the command line goes before the environment, the environment before the default. A',
    'value that is not allowed stops the start, and the message says which one it was and what is',
    'allowed. Lists are written with commas. A server names in its log what begins with',
    '`EARSHOT_` and is no variable of a setting.',
  ]
  for (const { group, title } of GROUPS) {
    parts.push('', `## ${title}`, '')
    parts.push(
      '| flag | variable | default | unit | meaning | allowed |',
      '|---|---|---|---|---|---|',
    )
    for (const setting of Object.values(settingTable)) {
      if (setting.group === group) parts.push(row(setting))
    }
  }
  return `${parts.join('\n')}\n`
}

function row(setting: Setting<unknown>): string {
  const fallback = setting.fallbackText === '' ? 'none' : `\`${setting.fallbackText}\``
  const cells = [
    `\`--${setting.flag}\``,
    `\`${variableOf(setting)}\``,
    fallback,
    setting.unit,
    setting.help,
    setting.allowed,
  ]
  return `| ${cells.join(' | ')} |`
}

function wrap(words: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
