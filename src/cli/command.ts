// What every command is made of: its flags read, its filter understood, its store opened, its
// lines printed. A command returns the exit code; nothing else ends the process.
import { parseArgs } from 'node:util'
import { Failure } from '../base/failure.ts'
import type { SettingGroup } from '../config/setting.ts'
import { readSettings, type Settings, settingOptions } from '../config/settings.ts'

/** A command as main.ts knows it. */
export interface Command {
  /** What follows the command's name, as `FILE… [--json]`. */
  readonly usage: string
  /** One sentence. */
  readonly summary: string
  /** Settings that it takes and that its usage does not name. */
  readonly settings?: readonly SettingGroup[]
  run(argv: readonly string[]): Promise<number>
}

/** A flag of a command's own, beside the settings. */
export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly isList?: boolean
}

export interface Arguments {
  readonly settings: Settings
  readonly positionals: readonly string[]
  text(flag: string): string | undefined
  texts(flag: string): readonly string[]
  has(flag: string): boolean
}

/** Exit codes: 1 when what was asked could not be done, 2 when it was not understood. */
export const EXIT_FAILED = 1
export const EXIT_USAGE = 2

/**
 * Reads a command's arguments.
 * @throws Failure `bad-input` naming the flag that is unknown or wrong
 */
export function readArguments(
  argv: readonly string[],
  flags: Readonly<Record<string, Flag>>,
  groups: readonly SettingGroup[],
): Arguments {
  const own = Object.entries(flags).map(([name, { type, isList }]) => {
    return [name, isList === true ? { type, multiple: true } : { type }] as const
  })
  const { values, positionals, tokens } = parse(argv, {
    ...settingOptions(groups),
    ...Object.fromEntries(own),
  })
  refuseRepeated(tokens, flags)
  const settings = readSettings(values, process.env)
  const text = (flag: string): string | undefined => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  return {
    settings,
    positionals,
    text,
    texts: (flag) => {
      const value = values[flag]
      return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
    },
    has: (flag) => values[flag] === true,
  }
}

type Options = Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>

function parse(argv: readonly string[], options: Options) {
  try {
    const tokens = true
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true, tokens })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const [first = reason] = reason.split('. ')
    throw new Failure('bad-input', first.replaceAll('\n', ' '), { cause: error })
  }
}

/**
 * Refuses two values where one is meant: the first one would be left out without a word. A setting
 * may be given again, as by a script that adds to what its caller gave; then the last one counts.
 */
function refuseRepeated(
  tokens: ReturnType<typeof parse>['tokens'],
  flags: Readonly<Record<string, Flag>>,
): void {
  const given = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { type, isList } = flags[token.name] ?? {}
    if (type !== 'string' || isList === true) continue
    if (given.has(token.name)) throw new Failure('bad-input', `--${token.name} is given twice`)
    given.add(token.name)
  }
}

/** For commands that take flags alone. @throws Failure `bad-input` naming any other word */
export function refuseWords(command: string, { positionals }: Arguments): void {
  if (positionals.length === 0) return
  throw new Failure('bad-input', `${command}: what is ${positionals.join(' ')}`)
}
