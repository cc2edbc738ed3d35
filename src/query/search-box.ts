// The words of the search box in, a LegFilter out. All words must hold. It refuses what it does
// not understand, naming the word: a filter quietly left out would show the wrong calls.
import { isIP } from 'node:net'
import { Failure } from '../base/failure.ts'
import { comparableConversation } from '../calls/keys.ts'
import type { LegKind, LegState } from '../calls/leg.ts'
import { LEG_KINDS, LEG_STATES } from '../calls/leg-record-codec.ts'
import type { LegFilter } from '../store/leg-filter.ts'

/** Characters of a whole search; beyond that it is no search that a person wrote. */
const TEXT_LENGTH_MAX = 1_000
/** Numbers shorter than this, in the middle of others, match nearly everything. */
const MIDDLE_LENGTH_MIN = 2
/** A number with so many digits is a whole one: what looks like a status behind it is a status. */
const WHOLE_NUMBER_DIGITS = 10
const STATUS = /^[1-6](\d\d|xx)$/i
const TWO_USERS_HINT =
  'write from: or to: before one of them, or quotation marks around what has blanks: "7946 0018"'
/** Marks that people write between digits; of dashes there are several. */
const MARKS = /[-()./\s\u2010-\u2013]/g
const NUMBER = /^\+?[-()./\s\u2010-\u2013\d]+$/

/** A filter as a search states it: `kind: 'all'` says that no kind is meant to be left out. */
export interface SearchFilter extends Omit<LegFilter, 'kind' | 'anyOf' | 'withIdentities'> {
  readonly kind?: LegKind | 'all'
}

type Writable = { -readonly [Field in keyof SearchFilter]: SearchFilter[Field] }
type Read = (text: string) => SearchFilter

/** Every field that a search can name, and how its text is read. */
const fields: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['from', (text) => ({ from: readPattern(text) })],
  ['to', (text) => ({ to: readPattern(text) })],
  ['user', (text) => ({ user: readPattern(text) })],
  ['callid', (text) => ({ callId: text })],
  ['conversation', (text) => ({ conversationId: comparableConversation(text) })],
  ['ip', (text) => ({ address: readAddress(text) })],
  ['status', (text) => ({ status: readStatus(text) })],
  ['state', (text) => ({ state: readState(text) })],
  ['kind', (text) => ({ kind: readKind(text) })],
])

const otherNames: ReadonlyMap<string, string> = new Map([
  ['call-id', 'callid'],
  ['conversationid', 'conversation'],
  ['address', 'ip'],
])

/** The names that a search can put before a colon. */
export const searchFieldNames = [...fields.keys()]

/**
 * Reads the text of the search box: `from:+4420* status:486 busy 10.0.0.5 1234`.
 * @throws Failure `bad-input` that names the word it stumbled over
 */
export function parseSearchBox(text: string): SearchFilter {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new Failure('bad-input', `search: ${text.length} characters, at most ${TEXT_LENGTH_MAX}`)
  }
  let filter: SearchFilter = {}
  for (const word of joinBlocks(splitWords(text))) {
    filter = mergeFilters(
      filter,
      naming(word, () => readWord(word)),
      word,
    )
  }
  return filter
}

/**
 * Reads one field's text as the search box would, for those who have the field by itself.
 * @throws Failure `bad-input`
 */
export function readSearchField(name: string, text: string): SearchFilter {
  const read = fieldReader(name)
  if (read === undefined) {
    throw new Failure('bad-input', `no field is called ${name}, known are ${fieldList()}`)
  }
  if (text === '') throw new Failure('bad-input', `${name} needs a value`)
  return read(text)
}

/** Joins two filters. @throws Failure `bad-input` where both want one field to be different */
export function mergeFilters(one: SearchFilter, other: SearchFilter, said: string): SearchFilter {
  const merged: Writable = { ...one, ...other }
  for (const [field, value] of Object.entries(one)) {
    const wanted = merged[field as keyof SearchFilter]
    if (wanted === value) continue
    const hint = field === 'user' ? `, ${TWO_USERS_HINT}` : ''
    throw new Failure(
      'bad-input',
      `"${said}" wants ${field} ${wanted}, but ${value} is asked for too${hint}`,
    )
  }
  return merged
}

/** Whoever looks for a number means it wherever an INVITE has it, not in From and To alone. */
export function withIdentities(filter: LegFilter): LegFilter {
  const user = filter.from ?? filter.to ?? filter.user
  return user === undefined ? filter : { ...filter, withIdentities: true }
}

/** Words by white space; quotation marks hold one together: `from:"Front Desk"`. */
function splitWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  let isQuoted = false
  for (const char of text) {
    if (char === '"') {
      isQuoted = !isQuoted
    } else if (!isQuoted && /\s/.test(char)) {
      if (word !== '') words.push(word)
      word = ''
    } else {
      word += char
    }
  }
  if (isQuoted) throw new Failure('bad-input', `search: the quotation mark in "${word}" stays open`)
  if (word !== '') words.push(word)
  return words
}

/** Puts a number together that was written in blocks: `from:+49 (30) 123-456 486`. */
function joinBlocks(words: readonly string[]): string[] {
  const joined: string[] = []
  for (const [index, word] of words.entries()) {
    const before = joined.at(-1) ?? ''
    const next = words[index + 1] ?? ''
    if (isBlock(word) && goesOnWith(before, word, next)) joined.push(`${joined.pop()} ${word}`)
    else joined.push(word)
  }
  return joined
}

function isBlock(word: string): boolean {
  return isNumber(word.replace(/\*$/, '')) && !word.startsWith('+') && isIP(word) === 0
}

/**
 * Only what begins as numbers do goes on, or has three blocks: `212 555 0100` is a number, `1234
 * 486` an extension and a status.
 */
function goesOnWith(words: string, word: string, next: string): boolean {
  const number = words.replace(/^(from|to|user):/i, '')
  if (!isNumber(number) || isIP(number) !== 0) return false
  if (!/^[+(0]|\s/.test(number) && !isBlock(next)) return false
  const digits = plainNumber(number).replace('+', '')
  // Nobody writes a block of three behind one of five or more.
  const isWhole = digits.length >= WHOLE_NUMBER_DIGITS || /\d{5}$/.test(number)
  return !(isWhole && STATUS.test(word))
}

function isNumber(text: string): boolean {
  return NUMBER.test(text)
}

/** Less the marks, and less the zero of `+49 (0)30`, which is not dialled behind a country code. */
function plainNumber(text: string): string {
  return text.replace(/^(\+.*)\(0\)/, '$1').replace(MARKS, '')
}

function readWord(word: string): SearchFilter {
  // Before the fields, for an IPv6 address has colons too.
  if (isIP(word) !== 0) return { address: readAddress(word) }
  const colon = word.indexOf(':')
  if (colon > 0) {
    const name = word.slice(0, colon).toLowerCase()
    const rest = word.slice(colon + 1)
    if (fieldReader(name) !== undefined) return readSearchField(name, rest)
    if (/^(sips?|tel)$/.test(name)) return { user: readPattern(userOfUri(rest)) }
    if (isIP(word.slice(0, word.lastIndexOf(':'))) !== 0) {
      throw new Failure('bad-input', 'search by the address alone, without the port')
    }
    if (/^[a-z-]+$/.test(name) && !word.includes('@')) {
      throw new Failure('bad-input', `no field is called ${name}, known are ${fieldList()}`)
    }
  }
  return readBareWord(word)
}

function readBareWord(word: string): SearchFilter {
  if (word.includes('@')) return { callId: word }
  if (STATUS.test(word)) return { status: readStatus(word) }
  const state = word.toLowerCase() === 'canceled' ? 'cancelled' : word.toLowerCase()
  if (LEG_STATES.some((known) => known === state)) return { state: readState(state) }
  if (word.includes('*')) return { user: readPattern(word) }
  if (isNumber(word)) return { user: anywhere(digitsToFind(plainNumber(word))) }
  if (/^[\da-f-]{16,}$/i.test(word)) return { callId: word }
  return { user: anywhere(word) }
}

/** A whole number is found without its plus: many a switch writes +44 as 0044, or as 44. */
function digitsToFind(number: string): string {
  return number.length > WHOLE_NUMBER_DIGITS ? number.replace('+', '') : number
}

function anywhere(text: string): string {
  if (text.length >= MIDDLE_LENGTH_MIN) return `*${text}*`
  throw new Failure(
    'bad-input',
    `too short to search for, at least ${MIDDLE_LENGTH_MIN} characters, or user:${text}`,
  )
}

/** A user pattern: text, with `*` at its ends only. */
function readPattern(written: string): string {
  const text = readBlocks(written)
  const core = text.replace(/^\*/, '').replace(/\*$/, '')
  if (core === '') throw new Failure('bad-input', 'needs a character besides *')
  if (core.includes('*')) throw new Failure('bad-input', '* may stand at an end only')
  return text
}

/** A number in blocks without them; all else, and whatever is one word, stands as it is. */
function readBlocks(text: string): string {
  const bare = text.replace(/^\*|\*$/g, '')
  return /\s/.test(bare) && isNumber(bare) ? text.replace(bare, plainNumber(bare)) : text
}

function userOfUri(text: string): string {
  const at = text.lastIndexOf('@')
  return (at === -1 ? text : text.slice(0, at)).split(';')[0] ?? ''
}

function readAddress(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  if (version === 0) throw new Failure('bad-input', `${text} is no IP address`)
  return version === 4 ? address : canonicalIp6(address)
}

/** As RFC 5952 writes it, which is how addresses are kept; a zone has no meaning elsewhere. */
function canonicalIp6(address: string): string {
  const [bare = ''] = address.split('%')
  return new URL(`http://[${bare}]`).hostname.slice(1, -1)
}

function readStatus(text: string): string {
  if (STATUS.test(text)) return text.toLowerCase()
  throw new Failure('bad-input', `${text} is no status: expected 100 to 699, or a class as 4xx`)
}

function readState(text: string): LegState {
  const state = LEG_STATES.find((known) => known === text.toLowerCase())
  if (state !== undefined) return state
  throw new Failure('bad-input', `${text} is no state: expected ${LEG_STATES.join(', ')}`)
}

function readKind(text: string): LegKind | 'all' {
  if (text.toLowerCase() === 'all') return 'all'
  const kind = LEG_KINDS.find((known) => known === text.toLowerCase())
  if (kind !== undefined) return kind
  throw new Failure('bad-input', `${text} is no kind: expected ${LEG_KINDS.join(', ')} or all`)
}

function fieldReader(name: string): Read | undefined {
  const lower = name.toLowerCase()
  return fields.get(otherNames.get(lower) ?? lower)
}

function fieldList(): string {
  return searchFieldNames.join(', ')
}

/** Puts the word in front of what was wrong with it. */
function naming(word: string, read: () => SearchFilter): SearchFilter {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(error.kind, `"${word}": ${error.message}`)
  }
}
