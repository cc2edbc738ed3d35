// Who may ask: the account as it is stored, and the principal that a request acts for. Which
// permission a question needs is decided where the question is answered, not here.
import { Failure } from '../base/failure.ts'
import { accountLimits } from './limits.ts'
import { checkScope, type Scope } from './scope.ts'

/** The API that an account speaks. Credentials of one are never valid for another. */
export const dialects = ['own', 'genesys-cloud', 'signalwire', 'bandwidth', 'gws'] as const
export type Dialect = (typeof dialects)[number]

/** Permissions of the own API. `admin` includes the other two. */
export const ownPermissions = ['admin', 'view', 'import'] as const

/** Stands for every permission of the account's dialect. */
export const allPermissions = '*'

/** An account, without its secret. */
export interface Account {
  readonly dialect: Dialect
  /** Unique within the dialect. */
  readonly id: string
  readonly permissions: readonly string[]
  /** What the dialect calls the account's owner; by default the id. */
  readonly userId: string
  /** What part of the traffic it sees; without rules, everything. */
  readonly scope: Scope
  readonly createdAtUs: number
}

/** Narrows a word to a dialect. */
export function isDialect(word: string): word is Dialect {
  return dialects.some((dialect) => dialect === word)
}

/** Whether the account holds a permission, by name or by holding all of them. */
export function holdsPermission(account: Account, permission: string): boolean {
  if (account.permissions.includes(permission)) return true
  if (account.permissions.includes(allPermissions)) return true
  return account.dialect === 'own' && account.permissions.includes('admin')
}

/**
 * Checks the id of a new account. A colon is refused because HTTP Basic cuts there
 * (RFC 7617 §2). @throws Failure `bad-input`
 */
export function checkId(id: string): void {
  if (id.length === 0 || id.length > accountLimits.idLengthMax) {
    throw new Failure('bad-input', `id: expected 1 to ${accountLimits.idLengthMax} characters`)
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}:]/u.test(id) || id.trim() !== id) {
    throw new Failure(
      'bad-input',
      'id: expected no colon, no control character and no space at an end',
    )
  }
}

/** Checks a secret before it is hashed. @throws Failure `bad-input` */
export function checkSecret(secret: string): void {
  const bytes = Buffer.byteLength(secret)
  if (bytes === 0 || bytes > accountLimits.secretBytesMax) {
    throw new Failure('bad-input', `secret: expected 1 to ${accountLimits.secretBytesMax} bytes`)
  }
  if (secret.includes('\0')) throw new Failure('bad-input', 'secret: expected no NUL')
}

/** Checks the permissions of a new account. @throws Failure `bad-input` naming the wrong one */
export function checkPermissions(dialect: Dialect, permissions: readonly string[]): void {
  if (permissions.length > accountLimits.permissionsMax) {
    throw new Failure('bad-input', `permissions: at most ${accountLimits.permissionsMax}`)
  }
  for (const permission of permissions) {
    const isName =
      permission.length <= accountLimits.permissionLengthMax && /^[\w:.*-]+$/.test(permission)
    const isKnown = dialect !== 'own' || ownPermissions.some((known) => known === permission)
    if (isName && isKnown) continue
    const hint = dialect === 'own' ? `, known are ${ownPermissions.join(', ')}` : ''
    throw new Failure('bad-input', `permission ${JSON.stringify(permission)} is not known${hint}`)
  }
}

/**
 * Checks the scope of an account. Who may widen it is not limited by it, and who brings captures
 * could bring what makes the legs of others obey its rules: both together are refused.
 * @throws Failure `bad-input`
 */
export function checkScopeOf(account: Pick<Account, 'dialect' | 'permissions' | 'scope'>): void {
  checkScope(account.scope)
  if (account.dialect !== 'own' || account.scope.length === 0) return
  const wide = ['admin', 'import', allPermissions].find((one) => account.permissions.includes(one))
  if (wide === undefined) return
  throw new Failure('bad-input', `scope: an account with the permission ${wide} sees everything`)
}
