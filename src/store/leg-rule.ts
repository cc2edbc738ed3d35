// Rules that say which legs somebody may see, as the index and the plain code both understand
// them: a leg obeys a list of rules when all terms of at least one of them are true of it.
import { isInNetworks } from './networks.ts'
import { comparableUser, matchesUser, parseUserPattern } from './user-pattern.ts'

/** Which user of a leg is meant: that of From, of To, or either of the two. */
export type UserSide = 'from' | 'to' | 'user'

/** One thing that may be true of a leg. */
export type LegTerm =
  /** A user pattern, as in a search: exact, or with `*` at an end. */
  | { readonly field: UserSide; readonly pattern: string }
  /** Phone numbers of as many digits as both ends have, between them, both included. */
  | { readonly field: UserSide; readonly first: string; readonly last: string }
  /** Any end that the leg's messages touched lies in one of the networks. */
  | { readonly field: 'address'; readonly networks: readonly string[] }
  /** The conversation that a message of the leg itself names. */
  | { readonly field: 'conversation'; readonly value: string }
  /** A value that a join header of the leg has; header names in any case. */
  | { readonly field: 'header'; readonly header: string; readonly value: string }

/** All terms must hold. A rule without terms is true of every leg. */
export type LegRule = readonly LegTerm[]

/** Whether a term about users holds for this user. */
export function isUserMeant(
  term: Extract<LegTerm, { readonly field: UserSide }>,
  user: string | null,
): boolean {
  if (user === null) return false
  if ('pattern' in term) return matchesUser(parseUserPattern(term.pattern), user)
  const number = comparableUser(user)
  const isInForm = number.length === term.first.length && /^\+?\d+$/.test(number)
  // Of numbers of one length, the order of the texts is that of the numbers.
  return isInForm && number >= term.first && number <= term.last
}

/** Whether a term about addresses holds for this address. */
export function isAddressMeant(
  { networks }: Extract<LegTerm, { readonly field: 'address' }>,
  address: string,
): boolean {
  return isInNetworks(networks, address)
}
