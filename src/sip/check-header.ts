// One header line against its own grammar: its key and value in, notes out. The table at the end
// says which headers are looked at; all others may hold anything.
import { splitAt, splitList } from './comma-list.ts'
import { parseContentType } from './content-type.ts'
import { parseCSeq } from './cseq.ts'
import { isListHeader } from './header-name.ts'
import { HEADER_CONTENT_LENGTH } from './index-fields.ts'
import type { MessageIndex } from './message-index.ts'
import { type NameAddr, parseNameAddr } from './name-addr.ts'
import { paramOf } from './params.ts'
import type { Note } from './problems.ts'
import { parseSessionId } from './session-id.ts'
import { textOf } from './text.ts'
import { brief } from './uri.ts'
import { parseVia } from './via.ts'

/** One header line and the message that it stands in. */
export interface HeaderLine {
  readonly key: string
  readonly value: string
  /** The first line of this header: the one that counts. */
  readonly isFirst: boolean
  readonly message: MessageIndex
  readonly note: Note
}

/** Notes what is odd about one header line. */
export function checkHeader(line: HeaderLine): void {
  checks.get(line.key)?.(line)
}

function checkAddress({ key, value, isFirst, message, note }: HeaderLine): void {
  if (value === '') return
  const address = parseNameAddr(value, note)
  if (!isFirst || address.tag) return
  if (key === 'from') note('sip.from.tag-missing', 'tag expected in From, found none')
  // CANCEL and requests outside a dialog are answered with a tag too; only 100 may lack it.
  if (key === 'to' && !message.isRequest && message.statusCode > 100) {
    note('sip.to.tag-missing', `tag expected in To of a ${message.statusCode}, found none`)
  }
}

function checkAddresses({ key, value, note }: HeaderLine): void {
  for (const text of listOf(key, value, note)) {
    const address = parseNameAddr(text, note)
    if (key === 'contact') checkContactExpires(address, note)
  }
}

function checkContactExpires(contact: NameAddr, note: Note): void {
  const expires = paramOf(contact.params, 'expires')
  if (expires !== undefined) noteDeltaSeconds(expires, note)
}

/** Values of a comma list; empty ones are noted, except that a whole header may be empty. */
function listOf(key: string, value: string, note: Note): string[] {
  if (!isListHeader(key)) return value === '' ? [] : [value]
  if (value.includes(',') && splitAt(value, ',').includes('')) {
    note('sip.header.empty-value', `value expected between commas in ${brief(value)}`)
  }
  return splitList(value)
}

function checkVia({ key, value, isFirst, message, note }: HeaderLine): void {
  listOf(key, value, note).forEach((text, i) => {
    const via = parseVia(text, note)
    if (via.host === '255.255.255.255') note('sip.via.broadcast', 'one host expected in a Via')
    if (!isFirst || i > 0) return
    noteBranch(via.branch, note)
    const isStream = /^(tcp|tls)$/i.test(via.transport)
    if (isStream && message.contentLength < 0 && !hasContentLength(message)) {
      note('sip.content-length.missing', `Content-Length expected over ${via.transport}`)
    }
  })
}

function hasContentLength(message: MessageIndex): boolean {
  for (let i = 0; i < message.headerCount; i++) {
    if (message.headerCode(i) === HEADER_CONTENT_LENGTH) return true
  }
  return false
}

function noteBranch(branch: string | undefined, note: Note): void {
  if (branch === undefined) note('sip.via.branch-missing', 'branch expected in the top Via')
  else if (branch === '' || branch === MAGIC_COOKIE) {
    note('sip.via.branch-empty', `more than ${MAGIC_COOKIE} expected in the branch`)
  } else if (!branch.startsWith(MAGIC_COOKIE)) {
    note('sip.via.branch-cookie', `${MAGIC_COOKIE} expected, found ${brief(branch)}`)
  }
}

const MAGIC_COOKIE = 'z9hG4bK'

function checkCSeq({ value, isFirst, message, note }: HeaderLine): void {
  if (value === '') return
  const cseq = parseCSeq(value, note)
  if (!isFirst || !message.isRequest || cseq.method === '') return
  const { startLine, bytes } = message
  const method = textOf(bytes, startLine.methodStart, startLine.methodEnd)
  if (cseq.method !== method) {
    note(
      'sip.cseq.method-mismatch',
      `${brief(method)} expected in CSeq, found ${brief(cseq.method)}`,
    )
  }
}

function checkContentLength({ value, note }: HeaderLine): void {
  if (/^-\s*[0-9]+$/.test(value)) {
    note('sip.content-length.negative', `number of bytes expected, found ${brief(value)}`)
  } else if (!/^[0-9]+$/.test(value)) {
    note('sip.content-length.unreadable', `number of bytes expected, found ${brief(value)}`)
  }
}

function checkMaxForwards({ value, note }: HeaderLine): void {
  if (!/^[0-9]+$/.test(value) || Number(value) > 255) {
    note('sip.max-forwards.range', `number up to 255 expected, found ${brief(value)}`)
  } else if (Number(value) === 0) note('sip.max-forwards.zero', 'found 0: no hop is left')
}

/** Expires, Session-Expires, Retry-After: a number of seconds, then perhaps parameters. */
function checkDeltaSeconds({ value, note }: HeaderLine): void {
  noteDeltaSeconds(/^[^\s;(]*/.exec(value)?.[0] ?? '', note)
}

function noteDeltaSeconds(text: string, note: Note): void {
  if (!/^[0-9]+$/.test(text) || Number(text) >= 2 ** 32) {
    note('sip.delta-seconds.range', `seconds below 2^32 expected, found ${brief(text)}`)
  }
}

/** `Sat, 13 Nov 2010 23:29:00 GMT`, and no other zone (RFC 3261 §20.17). */
function checkDate({ value, note }: HeaderLine): void {
  const form = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
  if (!form.test(value) || Number.isNaN(Date.parse(value))) {
    note('sip.date.unreadable', `a date ending in GMT expected, found ${brief(value)}`)
  }
}

function checkWarning({ key, value, note }: HeaderLine): void {
  for (const text of listOf(key, value, note)) {
    if (!/^[0-9]{3}\s/.test(text)) {
      note('sip.warning.code', `code of three digits expected, found ${brief(text)}`)
    }
  }
}

function checkContentType({ value, note }: HeaderLine): void {
  parseContentType(value, note)
}

function checkSessionId({ value, note }: HeaderLine): void {
  parseSessionId(value, note)
}

const checks: ReadonlyMap<string, (line: HeaderLine) => void> = new Map([
  ['from', checkAddress],
  ['to', checkAddress],
  ['contact', checkAddresses],
  ['route', checkAddresses],
  ['record-route', checkAddresses],
  ['path', checkAddresses],
  ['service-route', checkAddresses],
  ['p-asserted-identity', checkAddresses],
  ['p-preferred-identity', checkAddresses],
  ['diversion', checkAddresses],
  ['refer-to', checkAddresses],
  ['referred-by', checkAddresses],
  ['reply-to', checkAddresses],
  ['via', checkVia],
  ['cseq', checkCSeq],
  ['content-length', checkContentLength],
  ['content-type', checkContentType],
  ['max-forwards', checkMaxForwards],
  ['expires', checkDeltaSeconds],
  ['min-expires', checkDeltaSeconds],
  ['session-expires', checkDeltaSeconds],
  ['retry-after', checkDeltaSeconds],
  ['date', checkDate],
  ['warning', checkWarning],
  ['session-id', checkSessionId],
])
