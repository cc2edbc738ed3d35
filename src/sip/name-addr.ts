// Addresses of From, To, Contact, Route and their kin: text in, display name, URI and parameters
// out. Recovers the URI from a value whose quotes or brackets never close.
//
//     name-addr = [ display-name ] LAQUOT addr-spec RAQUOT *( SEMI param )     RFC 3261 §20.10
//     addr-spec: what follows its first semicolon belongs to the header, not to the URI
import { skipQuoted, unquote } from './comma-list.ts'
import { TOKEN } from './chars.ts'
import { type Param, paramOf, parseParams } from './params.ts'
import { type Note, noteNothing } from './problems.ts'
import { brief, parseUri, type Uri } from './uri.ts'

/** One address. */
export interface NameAddr {
  /** Without quotes and escapes; '' where there is none. */
  readonly displayName: string
  readonly uri: Uri
  /** The URI as written, without brackets. */
  readonly uriText: string
  /** Parameters of the header, not of the URI: tag, expires, q … */
  readonly params: readonly Param[]
  readonly tag: string | undefined
  /** The `*` of a Contact that removes all bindings (RFC 3261 §10.2.2). */
  readonly isStar: boolean
}

/** Parses one address. */
export function parseNameAddr(text: string, note: Note = noteNothing): NameAddr {
  const trimmed = text.trim()
  if (trimmed === '*' || /^\*\s*;/.test(trimmed)) {
    return address('', '*', trimmed.slice(1), true, note)
  }
  const nameEnd = trimmed.startsWith('"') ? skipQuoted(trimmed, 0) : 0
  const isOpenQuote = nameEnd === trimmed.length && !isClosedQuote(trimmed)
  if (nameEnd > 0 && isOpenQuote)
    note('sip.quote.unterminated', `closing quote expected in ${brief(trimmed)}`)
  // In an unterminated quote the bracket that begins the URI is the best place to go on.
  const open = trimmed.indexOf('<', isOpenQuote ? 0 : nameEnd)
  if (open < 0) return parseAddrSpec(trimmed, nameEnd, note)

  const displayName = displayNameOf(trimmed.slice(0, open).trim(), note)
  const close = trimmed.indexOf('>', open)
  if (close < 0) {
    note('sip.angle-bracket.unterminated', `> expected in ${brief(trimmed)}`)
    return address(displayName, trimmed.slice(open + 1), '', false, note)
  }
  return address(displayName, trimmed.slice(open + 1, close), trimmed.slice(close + 1), false, note)
}

/** Without brackets, everything from the first semicolon on is the header's. */
function parseAddrSpec(text: string, nameEnd: number, note: Note): NameAddr {
  const semicolon = text.indexOf(';', nameEnd)
  const spec = (semicolon < 0 ? text : text.slice(0, semicolon)).trim()
  const displayName = nameEnd > 0 ? unquote(spec.slice(0, nameEnd)) : ''
  const uriText = spec.slice(nameEnd).trim()
  if (nameEnd > 0 || /[?,]/.test(uriText)) {
    note('sip.name-addr.brackets-missing', `brackets expected around ${brief(uriText)}`)
  }
  return address(displayName, uriText, semicolon < 0 ? '' : text.slice(semicolon), false, note)
}

function address(
  displayName: string,
  uriText: string,
  rest: string,
  isStar: boolean,
  note: Note,
): NameAddr {
  const tail = rest.trim()
  const semicolon = tail.indexOf(';')
  const between = (semicolon < 0 ? tail : tail.slice(0, semicolon)).trim()
  if (between !== '') note('sip.name-addr.trailing-text', `; expected, found ${brief(between)}`)
  if (/^\s|\s$/.test(uriText)) note('sip.uri.blanks', 'no blanks expected inside the brackets')
  const params = semicolon < 0 ? [] : parseParams(tail.slice(semicolon + 1), note)
  return {
    displayName,
    uri: isStar ? STAR : parseUri(uriText, note),
    uriText: uriText.trim(),
    params,
    tag: paramOf(params, 'tag'),
    isStar,
  }
}

function displayNameOf(text: string, note: Note): string {
  if (text.startsWith('"')) {
    const end = skipQuoted(text, 0)
    const after = text.slice(end).trim()
    if (after !== '') note('sip.display-name.characters', `< expected, found ${brief(after)}`)
    return unquote(text.slice(0, end)) + (after === '' ? '' : ` ${after}`)
  }
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (TOKEN[code] === 1 || code === 32 || code === 9) continue
    note('sip.display-name.characters', `quotes expected around ${brief(text)}`)
    break
  }
  return text
}

function isClosedQuote(text: string): boolean {
  let backslashes = 0
  for (let at = text.length - 2; at > 0 && text[at] === '\\'; at--) backslashes++
  return text.length > 1 && text.endsWith('"') && backslashes % 2 === 0
}

const STAR: Uri = { ...parseUri('sip:h'), scheme: '', host: '', opaque: '*' }
