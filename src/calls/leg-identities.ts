// The INVITE that begins a leg in, the users that it names beside those of From and To out: who
// the caller is when From says `anonymous`, and whom a call was for before it was forwarded. One
// that From or To names as well is left out. The message alone decides, so that halves of a leg
// merge to the whole.
//
//     P-Asserted-Identity, P-Preferred-Identity   the caller                RFC 3325 §9.1, §9.2
//     Remote-Party-ID     the caller, unless party=called      draft-ietf-sip-privacy-04
//     Diversion           who forwarded the call: the user that it was for       RFC 5806
//     History-Info        whom it was for, one after the other                   RFC 7044 §5
import { cutPart } from '../base/cut-text.ts'
import { limits } from '../base/limits.ts'
import { splitList } from '../sip/comma-list.ts'
import { isListHeader } from '../sip/header-name.ts'
import type { SipMessage } from '../sip/message.ts'
import { type NameAddr, parseNameAddr } from '../sip/name-addr.ts'
import { paramOf } from '../sip/params.ts'
import { isUsualUser } from '../sip/usual-address.ts'
import { HeaderProbe } from './leg-head.ts'
import type { Identity, IdentityHeader, Side } from './leg.ts'
import { IDENTITY_HEADERS, type LegHead, NO_TRAIL, sortedIdentities } from './leg-record.ts'

const headers = new Map(IDENTITY_HEADERS.map((header) => [header.toLowerCase(), header]))
const probe = new HeaderProbe(IDENTITY_HEADERS)

/** `head` is what the message says of its leg. No header line before `first` is one of these. */
export function readIdentities(
  message: SipMessage,
  head: LegHead,
  first: number,
): readonly Identity[] {
  let found: Identity[] | undefined
  for (let i = probe.next(message, first); i >= 0; i = probe.next(message, i + 1)) {
    if (isFromAgain(message, i, head)) continue
    found ??= []
    addIdentities(found, message, i)
  }
  if (found === undefined) return NO_TRAIL.identities
  return sortedIdentities(found.filter((identity) => !isInHead(identity, head)).map(cut))
}

const LETTER_P = 0x50
const COMMA = 0x2c

/**
 * Whether the line can only assert that the caller is who From says: nearly all do so, where there
 * are any. Of these headers those with a P are about the caller.
 */
function isFromAgain(message: SipMessage, i: number, { from }: LegHead): boolean {
  const { bytes } = message
  if (((bytes[message.headerNameStart(i)] ?? 0) & 0xdf) !== LETTER_P) return false
  const [start, end] = [message.headerValueStart(i), message.headerValueEnd(i)]
  for (let at = start; at < end; at++) if (bytes[at] === COMMA) return false
  return from !== null && isUsualUser(bytes, start, end, from)
}

function addIdentities(found: Identity[], message: SipMessage, i: number): void {
  const key = message.headerName(i).toLowerCase()
  const header = headers.get(key)
  if (header === undefined) return
  const text = message.headerValue(i)
  const values = isListHeader(key) ? splitList(text) : [text]
  for (const value of values.slice(0, limits.identityValuesMax - found.length)) {
    found.push(identityOf(header, parseNameAddr(value)))
  }
}

function identityOf(header: IdentityHeader, address: NameAddr): Identity {
  return { header, side: sideOf(header, address), user: address.uri.user }
}

function sideOf(header: IdentityHeader, { params }: NameAddr): Side {
  switch (header) {
    case 'P-Asserted-Identity':
    case 'P-Preferred-Identity':
      return 'caller'
    case 'Remote-Party-ID':
      return paramOf(params, 'party')?.toLowerCase() === 'called' ? 'callee' : 'caller'
    case 'Diversion':
    case 'History-Info':
      return 'callee'
  }
}

/** Whether From names this caller, or To this callee. */
function isInHead({ side, user }: Identity, { from, to }: LegHead): boolean {
  return user === '' || user === (side === 'caller' ? from : to)
}

function cut({ user, ...whose }: Identity): Identity {
  return { ...whose, user: cutPart(user, limits.headTextCharsMax) }
}
