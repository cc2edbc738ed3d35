// An application: which calls it is about, and where their events are sent. In: an object that
// somebody wrote. Out: the application, checked. It sends nothing.
import { Failure } from '../../../base/failure.ts'
import { checkScope } from '../../../accounts/scope.ts'
import { callbackLimits } from './limits.ts'

export interface Application {
  readonly id: string
  readonly name: string
  /** The Bandwidth account (its token) that it belongs to: only calls that this one sees count. */
  readonly account: string
  /** Rules as those of a scope, one of which a call must obey: `to:+1919*`, `trunk:carrier`. */
  readonly match: readonly string[]
  readonly callbackUrl: string
  readonly callbackHttpMethod: 'GET' | 'POST'
  /** How long an answer is waited for, ms. */
  readonly callbackTimeout: number
  readonly fallbackUrl: string | null
  readonly tag: string | null
}

type Fields = Readonly<Record<string, unknown>>

const KNOWN = new Set([
  'id',
  'name',
  'account',
  'match',
  'callbackUrl',
  'callbackHttpMethod',
  'callbackTimeout',
  'fallbackUrl',
  'tag',
])

/** Reads an application. @throws Failure `bad-input` naming the field */
export function readApplication(value: unknown): Application {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure('bad-input', 'application: expected an object')
  }
  const fields: Fields = { ...value }
  for (const name of Object.keys(fields)) {
    if (!KNOWN.has(name)) throw new Failure('bad-input', `application: what is ${name}`)
  }
  const id = readText(fields, 'id')
  if (!/^[\w.-]{1,64}$/.test(id)) {
    throw new Failure('bad-input', 'id: expected letters, digits, dots and dashes')
  }
  const method = fields['callbackHttpMethod'] ?? 'POST'
  if (method !== 'GET' && method !== 'POST') {
    throw new Failure('bad-input', 'callbackHttpMethod: expected GET or POST')
  }
  return {
    id,
    name: fields['name'] === undefined ? id : readText(fields, 'name'),
    account: readText(fields, 'account'),
    match: readMatch(fields['match']),
    callbackUrl: readUrl(fields, 'callbackUrl'),
    callbackHttpMethod: method,
    callbackTimeout: readTimeout(fields['callbackTimeout']),
    fallbackUrl: isGiven(fields, 'fallbackUrl') ? readUrl(fields, 'fallbackUrl') : null,
    tag: isGiven(fields, 'tag') ? readText(fields, 'tag') : null,
  }
}

/** Reads a list of them: what a file holds. @throws Failure `bad-input` */
export function readApplications(text: string): Application[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (error) {
    throw new Failure('bad-input', 'applications: expected JSON', { cause: error })
  }
  if (!Array.isArray(list)) throw new Failure('bad-input', 'applications: expected a list')
  return list.map(readApplication)
}

function isGiven(fields: Fields, name: string): boolean {
  return fields[name] !== undefined && fields[name] !== null
}

function readText(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '' && value.length <= callbackLimits.textLengthMax) {
    return value
  }
  throw new Failure('bad-input', `${name}: expected a text`)
}

function readUrl(fields: Fields, name: string): string {
  const text = readText(fields, name)
  const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  if (isWeb) return text
  throw new Failure('bad-input', `${name}: expected an http or https address`)
}

function readTimeout(value: unknown = callbackLimits.timeoutMsMax): number {
  const isAllowed = typeof value === 'number' && Number.isInteger(value) && value >= 1
  if (isAllowed && value <= callbackLimits.timeoutMsMax) return value
  throw new Failure(
    'bad-input',
    `callbackTimeout: expected 1 to ${callbackLimits.timeoutMsMax} milliseconds`,
  )
}

function readMatch(value: unknown): string[] {
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (!isList || value.length === 0 || value.length > callbackLimits.rulesMax) {
    throw new Failure('bad-input', `match: expected 1 to ${callbackLimits.rulesMax} rules`)
  }
  const rules = value.map(String)
  checkScope(rules)
  return rules
}
