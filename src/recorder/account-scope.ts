// The name of an account as rules have it (`dialect/id`) in, what that account sees out.
import { isDialect } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Scope } from '../accounts/scope.ts'

/** Undefined where there is no such account. */
export function scopeOfAccount(accounts: Accounts, name: string): Scope | undefined {
  const [dialect = '', ...id] = name.split('/')
  if (!isDialect(dialect)) return undefined
  return accounts.list().find((one) => one.dialect === dialect && one.id === id.join('/'))?.scope
}
