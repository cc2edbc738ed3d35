// Parameters after a semicolon: text in, names and values as written out. Used by addresses, Via,
// Content-Type and all headers with `generic-param`.
//
//     generic-param = token [ EQUAL gen-value ]                               RFC 3261 §25.1
import { splitAt, unquote } from './comma-list.ts'
import { type Note, noteNothing } from './problems.ts'

/** One parameter as written; `value` is undefined where no `=` stands, and keeps its quotes. */
export interface Param {
  readonly name: string
  readonly value: string | undefined
}

/** Parses `a=1;b;c="x"`, without the semicolon before the first. */
export function parseParams(text: string, note: Note = noteNothing): Param[] {
  const params: Param[] = []
  if (text === '') return params
  let isEmptySeen = false
  for (const part of splitAt(text, ';')) {
    if (part === '') isEmptySeen = true
    else params.push(parseParam(part))
  }
  if (isEmptySeen) note('sip.header.empty-parameter', 'parameter expected, found nothing')
  return params
}

/** Parses `name=value` or `name`. */
export function parseParam(text: string): Param {
  const equals = text.indexOf('=')
  if (equals < 0) return { name: text.trim(), value: undefined }
  return { name: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim() }
}

/** Value of the first parameter of this lower-case name, quotes undone; '' where it has none. */
export function paramOf(params: readonly Param[], name: string): string | undefined {
  for (const param of params) {
    if (param.name.toLowerCase() === name) return unquote(param.value ?? '')
  }
  return undefined
}

/** The inverse of `parseParams`, with the semicolon before each. */
export function formatParams(params: readonly Param[]): string {
  return params
    .map(({ name, value }) => (value === undefined ? `;${name}` : `;${name}=${value}`))
    .join('')
}
