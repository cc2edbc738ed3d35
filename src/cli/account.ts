// earshot account: makes, changes, lists and removes the accounts that may ask an API.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import { systemClock } from '../base/clock.ts'
import { ACCOUNT_FILE } from '../accounts/account-file.ts'
import { type Account, type Dialect, dialects, isDialect } from '../accounts/account.ts'
import { type AccountChange, Accounts } from '../accounts/accounts.ts'
import { type Arguments, type Command, readArguments } from './command.ts'
import { writeLine, writeTable } from './output.ts'

const ACTIONS = ['create', 'change', 'set-secret', 'remove', 'list'] as const

const flags = {
  dialect: { type: 'string' },
  id: { type: 'string' },
  secret: { type: 'string' },
  permission: { type: 'string', isList: true },
  user: { type: 'string' },
  scope: { type: 'string', isList: true },
  json: { type: 'boolean' },
} as const

export const accountCommand: Command = {
  usage:
    'create|change|set-secret|remove --dialect DIALECT --id ID [--secret SECRET] ' +
    '[--permission NAME,…] [--user USERID] [--scope RULE|everything]… | list   ' +
    '[--data DIR] [--json]',
  summary: 'makes, changes, removes and lists accounts',
  run: async (argv) => {
    const args = readArguments(argv, flags, ['storage'])
    const [word, ...rest] = args.positionals
    if (rest.length > 0) throw new Failure('bad-input', `account: what is ${rest.join(' ')}`)
    const action = ACTIONS.find((each) => each === word)
    if (action === undefined) {
      throw new Failure('bad-input', 'account: expected create, change, set-secret, remove or list')
    }
    const { dataFolder } = args.settings
    if (action !== 'create') requireAccounts(dataFolder)
    const accounts = new Accounts({ folder: dataFolder, clock: systemClock })
    try {
      return await act(action, accounts, args)
    } finally {
      accounts.close()
    }
  },
}

/** Only who creates an account makes its file: a folder misspelt is to be told. */
function requireAccounts(dataFolder: string): void {
  if (existsSync(join(dataFolder, ACCOUNT_FILE))) return
  throw new Failure(
    'not-found',
    `${dataFolder} holds no accounts yet: create one, or name another folder with --data`,
  )
}

async function act(
  action: (typeof ACTIONS)[number],
  accounts: Accounts,
  args: Arguments,
): Promise<number> {
  switch (action) {
    case 'create':
      return create(accounts, args)
    case 'change':
      return change(accounts, args)
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
  }
}

async function create(accounts: Accounts, args: Arguments): Promise<number> {
  const account = await accounts.create({
    dialect: readDialect(args),
    id: needed(args, 'id'),
    secret: needed(args, 'secret'),
    ...readRights(args),
  })
  return tell(account, args)
}

async function change(accounts: Accounts, args: Arguments): Promise<number> {
  return tell(accounts.change(readDialect(args), needed(args, 'id'), readRights(args)), args)
}

/** What the flags say of an account; what they do not say is left out. */
function readRights(args: Arguments): AccountChange {
  const permissions = args.texts('permission').flatMap((text) => text.split(',').filter(Boolean))
  const user = args.text('user')
  const rules = args.texts('scope')
  const isEverything = rules.length === 1 && rules[0] === 'everything'
  return {
    ...(permissions.length === 0 ? {} : { permissions }),
    ...(user === undefined ? {} : { userId: user }),
    ...(rules.length === 0 ? {} : { scope: isEverything ? [] : rules }),
  }
}

async function tell(account: Account, args: Arguments): Promise<number> {
  const { dialect, id, scope } = account
  const part = scope.length === 0 ? '' : ` and sees what ${scope.join(', or ')}`
  await writeLine(
    args.has('json')
      ? JSON.stringify(account)
      : `account ${id} may now use the ${dialect} API${part}`,
  )
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
    { title: 'sees', value: ({ scope }) => scope.join(' | ') || 'everything' },
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
