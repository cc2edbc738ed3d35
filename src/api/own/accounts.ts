// The accounts of all APIs: listed, made, changed and removed, by administrators alone. Secrets go
// in and never come out.
import { type Static, Type } from '@fastify/type-provider-typebox'
import { type Account, checkSecret, type Dialect, dialects } from '../../accounts/account.ts'
import { Failure } from '../../base/failure.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import type { ApiParts } from '../http/parts.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'

const DialectName = Type.Unsafe<Dialect>({
  type: 'string',
  enum: [...dialects],
  description: 'The API that the account is for',
})
const texts = (description: string) =>
  Type.Unsafe<readonly string[]>(
    Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), { maxItems: 100, description }),
  )
const Permissions = texts('By the names of the API; `*` for all of them')
const ScopeRules = texts(
  'Rules of which one must hold for a leg to be seen; without any, everything. A rule is one or ' +
    'more terms with spaces between: `trunk:NAME`, `ip:NETWORK`, `user:PATTERN`, `from:PATTERN`, ' +
    '`to:PATTERN`, `user:FIRST..LAST`, `conversation:VALUE`, `header:NAME=VALUE`',
)
const UserId = Type.String({ maxLength: 1_000, description: "The owner, in the API's own sense" })
const Secret = Type.String({ minLength: 1, maxLength: 10_000 })

const AccountAnswer = Type.Object({
  dialect: DialectName,
  id: Type.String({ description: 'Unique within the dialect' }),
  permissions: Permissions,
  userId: UserId,
  scope: ScopeRules,
  createdAtUs: Type.Integer({ description: 'µs since 1970' }),
})
true satisfies [Account, Static<typeof AccountAnswer>] extends [
  Static<typeof AccountAnswer>,
  Account,
]
  ? true
  : false

const NewAccount = Type.Object(
  {
    dialect: DialectName,
    id: Type.String({ minLength: 1, maxLength: 1_000 }),
    secret: Secret,
    permissions: Type.Optional(Permissions),
    userId: Type.Optional(UserId),
    scope: Type.Optional(ScopeRules),
  },
  { additionalProperties: false },
)

const Change = Type.Object(
  {
    secret: Type.Optional(Secret),
    permissions: Type.Optional(Permissions),
    userId: Type.Optional(UserId),
    scope: Type.Optional(ScopeRules),
  },
  { additionalProperties: false },
)

const Place = Type.Object({
  dialect: DialectName,
  id: Type.String({ description: 'Who asks, within that API' }),
})

const config = { permission: 'admin' }
const tags = ['accounts']

export function registerAccounts(app: App, parts: ApiParts): void {
  const { accounts } = parts
  app.get(
    '/api/v1/accounts',
    {
      config,
      schema: {
        tags,
        summary: 'All accounts',
        response: {
          200: Type.Object({ accounts: Type.Array(AccountAnswer) }),
          ...errorsOf(401, 403),
        },
      },
    },
    async () => ({ accounts: accounts.list() }),
  )

  app.post(
    '/api/v1/accounts',
    {
      config,
      schema: {
        tags,
        summary: 'Make an account',
        body: NewAccount,
        response: { 201: AccountAnswer, ...errorsOf(...CHANGE_ERRORS, 401, 403, 409) },
      },
    },
    async (request, reply) => reply.code(201).send(await accounts.create(request.body)),
  )
  registerChanges(app, parts)
}

function registerChanges(app: App, { accounts }: ApiParts): void {
  app.patch(
    '/api/v1/accounts/:dialect/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change an account',
        description: 'A new secret ends the sessions and tokens that the old one opened.',
        params: Place,
        body: Change,
        response: { 200: AccountAnswer, ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409) },
      },
    },
    async (request) => {
      const { dialect, id } = request.params
      const { secret, ...rights } = request.body
      const change = withoutAbsent(rights)
      if (change.permissions !== undefined) refuseOwnFall(request, change.permissions)
      // Before anything is changed: a request is done whole or not at all.
      if (secret !== undefined) checkSecret(secret)
      const account = accounts.change(dialect, id, change)
      if (secret !== undefined) await accounts.setSecret(dialect, id, secret)
      return account
    },
  )

  app.delete(
    '/api/v1/accounts/:dialect/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Remove an account',
        description: 'Its sessions and tokens end at once.',
        params: Place,
        response: {
          204: Type.Null({ description: 'Removed' }),
          ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      refuseOwnFall(request, [])
      accounts.remove(request.params.dialect, request.params.id)
      return reply.code(204).send(null)
    },
  )
}

type PlacedRequest = Parameters<typeof accountOf>[0] & { readonly params: Static<typeof Place> }

/** An administrator that removes itself by mistake would leave nobody to undo it. */
function refuseOwnFall(request: PlacedRequest, permissions: readonly string[]): void {
  const { dialect, id } = request.params
  const self = accountOf(request)
  if (dialect !== self.dialect || id !== self.id || permissions.includes('admin')) return
  throw new Failure('conflict', 'an administrator cannot take its own rights away')
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** The fields that are there. */
function withoutAbsent<Fields extends object>(fields: Fields): Given<Fields> {
  const given: Given<Fields> = {}
  for (const name of Object.keys(fields) as (keyof Fields)[]) {
    const value = fields[name]
    if (value !== undefined) given[name] = value as Exclude<Fields[typeof name], undefined>
  }
  return given
}
