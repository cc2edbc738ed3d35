// earshot account: makes, lists and removes the accounts that may ask an API.
import { Failure } from '../base/failure.ts'
import { systemClock } from '../base/clock.ts'
import { Accounts } from '../accounts/accounts.ts'
import { type Dialect, dialects, isDialect } from '../accounts/account.ts'
import { type Arguments, type Command, readArguments } from './command.ts'
import { writeLine, writeTable } from './output.ts'

const flags = {
  dialect: { type: 'string' },
  id: { type: 'string' },
  secret: { type: 'string' },
  permission: { type: 'string', isList: true },
  user: { type: 'string' },
  json: { type: 'boolean' },
} as const

export const accountCommand: Command = {
  usage:
    'create|set-secret|remove --dialect DIALECT --id ID [--secret SECRET] ' +
    '[--permission NAME,…] [--user USERID] | list   [--data DIR] [--json]',
  summary: 'makes, changes, removes and lists accounts',
  run: async (argv) => {
    const args = readArguments(argv, flags, ['storage'])
    const [action, ...rest] = args.positionals
    if (rest.length > 0) throw new Failure('bad-input', `account: what is ${rest.join(' ')}`)
    const accounts = new Accounts({ folder: args.settings.dataFolder, clock: systemClock })
    try {
      return await act(action, accounts, args)
    } finally {
      accounts.close()
    }
  },
}

async function act(
  action: string | undefined,
  accounts: Accounts,
  args: Arguments,
): Promise<number> {
  switch (action) {
    case 'create':
      return create(accounts, args)
    case 'set-secret': {
      const dialect = readDialect(args)
      await accounts.setSecret(dialect, needed(args, 'id'), needed(args, 'secret'))
      return 0
    }
    case 'remove':
      accounts.remove(readDialect(args), needed(args, 'id'))
      return 0
    case 'list':
      return list(accounts, args)
    default:
      throw new Failure('bad-input', 'account: expected create, set-secret, remove or list')
  }
}

async function create(accounts: Accounts, args: Arguments): Promise<number> {
  const permissions = args.texts('permission').flatMap((text) => text.split(',').filter(Boolean))
  const user = args.text('user')
  const account = await accounts.create({
    dialect: readDialect(args),
    id: needed(args, 'id'),
    secret: needed(args, 'secret'),
    ...(permissions.length === 0 ? {} : { permissions }),
    ...(user === undefined ? {} : { userId: user }),
  })
  if (args.has('json')) await writeLine(JSON.stringify(account))
  else await writeLine(`account ${account.id} may now use the ${account.dialect} API`)
  return 0
}

async function list(accounts: Accounts, args: Arguments): Promise<number> {
  const all = accounts.list()
  if (args.has('json')) {
    for (const account of all) await writeLine(JSON.stringify(account))
    return 0
  }
  await writeTable(all, [
    { title: 'dialect', value: ({ dialect }) => dialect },
    { title: 'id', value: ({ id }) => id },
    { title: 'user', value: ({ userId }) => userId },
    { title: 'permissions', value: ({ permissions }) => permissions.join(', ') },
  ])
  return 0
}

function readDialect(args: Arguments): Dialect {
  const word = needed(args, 'dialect')
  if (isDialect(word)) return word
  throw new Failure('bad-input', `--dialect ${word}: expected one of ${dialects.join(', ')}`)
}

function needed(args: Arguments, flag: string): string {
  const text = args.text(flag)
  if (text === undefined) throw new Failure('bad-input', `account: --${flag} is needed`)
  return text
}
