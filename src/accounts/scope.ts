// What part of the traffic an account sees. In: rules as the operator writes them. Out: the rules
// that the index applies. No rule at all means everything; a rule that cannot be resolved any more
// (a trunk that was taken away) shows nothing.
//
// A rule is one or more terms between spaces, all of which must hold of one leg:
//
//   trunk:NAME  ip:ADDRESS or ip:NETWORK/BITS  user:PATTERN  from:PATTERN  to:PATTERN
//   user:FIRST..LAST  conversation:VALUE  header:NAME=VALUE
//
// and a leg is visible when one rule holds. docs/decisions/0010-who-sees-which-leg.md says why.
import { Failure } from '../base/failure.ts'
import { comparableConversation } from '../calls/keys.ts'
import { isNetwork } from '../store/networks.ts'
import type { LegRule, LegTerm, UserSide } from '../store/leg-rule.ts'
import { comparableUser } from '../store/user-pattern.ts'
import { accountLimits } from './limits.ts'
import type { Trunks } from './trunk.ts'

/** Rules as written. Empty: everything is visible. */
export type Scope = readonly string[]

type TermReader = (value: string, trunks: Trunks) => LegTerm

const readers: Readonly<Record<string, TermReader>> = {
  trunk: (value, trunks) => ({ field: 'address', networks: trunks.get(value) ?? [] }),
  ip: (value) => {
    if (!isNetwork(value)) throw wrong(`ip:${value}`, 'expected an address or a network')
    return { field: 'address', networks: [value] }
  },
  user: (value) => readUsers('user', value),
  from: (value) => readUsers('from', value),
  to: (value) => readUsers('to', value),
  conversation: (value) => ({ field: 'conversation', value: comparableConversation(value) }),
  header: (value) => {
    const at = value.indexOf('=')
    if (at < 1 || at === value.length - 1) throw wrong(`header:${value}`, 'expected NAME=VALUE')
    return { field: 'header', header: value.slice(0, at), value: value.slice(at + 1) }
  },
}

/** Checks rules before they are stored. @throws Failure `bad-input` naming the wrong part */
export function checkScope(scope: Scope): void {
  if (scope.length > accountLimits.scopeRulesMax) {
    throw new Failure('bad-input', `scope: at most ${accountLimits.scopeRulesMax} rules`)
  }
  for (const rule of scope) readRule(rule, new Map())
}

/** Whether two scopes are the same rules in whatever order. */
export function sameScope(one: Scope, other: Scope): boolean {
  const rules = new Set(one)
  return rules.size === new Set(other).size && other.every((rule) => rules.has(rule))
}

/** The rules that a leg must obey to be seen; undefined where everything is visible. */
export function legRulesOf(scope: Scope, trunks: Trunks): readonly LegRule[] | undefined {
  return scope.length === 0 ? undefined : scope.map((rule) => readRule(rule, trunks))
}

function readRule(rule: string, trunks: Trunks): LegRule {
  if (rule.length > accountLimits.scopeRuleLengthMax) {
    throw new Failure('bad-input', `scope: at most ${accountLimits.scopeRuleLengthMax} characters`)
  }
  const words = rule.split(/\s+/).filter((word) => word !== '')
  // A rule without a term would be true of everything.
  if (words.length === 0) throw wrong(rule, 'expected at least one term')
  return words.map((word) => readTerm(word, trunks))
}

function readTerm(word: string, trunks: Trunks): LegTerm {
  const colon = word.indexOf(':')
  const name = word.slice(0, colon)
  const value = word.slice(colon + 1)
  const read = colon > 0 && Object.hasOwn(readers, name) ? readers[name] : undefined
  if (read === undefined || value === '') {
    throw wrong(word, `expected one of ${Object.keys(readers).join(', ')}, a colon and a value`)
  }
  return read(value, trunks)
}

function readUsers(field: UserSide, value: string): LegTerm {
  const [from = '', to, ...rest] = value.split('..')
  if (to === undefined) {
    if (/^\*+$/.test(value)) throw wrong(`${field}:${value}`, 'expected more than stars')
    return { field, pattern: value }
  }
  const [first, last] = [comparableUser(from), comparableUser(to)]
  const isRange =
    rest.length === 0 && /^\+?\d+$/.test(first) && /^\+?\d+$/.test(last) && first <= last
  if (!isRange || first.length !== last.length || first.startsWith('+') !== last.startsWith('+')) {
    throw wrong(
      `${field}:${value}`,
      'expected two numbers of one length, the smaller one first: +44200..+44299',
    )
  }
  return { field, first, last }
}

function wrong(part: string, expected: string): Failure {
  return new Failure('bad-input', `scope ${JSON.stringify(part.slice(0, 100))}: ${expected}`)
}
