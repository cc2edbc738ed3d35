// Registrations that were captured in, the phones behind them out: who registered, from where, with
// what device. It trusts nothing in them beyond what a REGISTER says of itself.
import type { Leg } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import { formatUri, parseUri, type Uri } from '../sip/uri.ts'
import { SipMessage } from '../sip/message.ts'
import { paramOf } from '../sip/params.ts'
import { macWithin } from './hardware-id.ts'
import { inventoryLimits } from './limits.ts'

/** A phone as its last registration shows it. */
export interface SeenPhone {
  /** `sip:100@pbx.example`, as in To. */
  readonly aor: string
  /** The Contact URI; null where the REGISTER binds none. */
  readonly contact: string | null
  /** Where the REGISTER came from and went to. */
  readonly address: string
  readonly registrar: string
  readonly registrarPort: number
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly userAgent: string | null
  readonly mac: string | null
  readonly seenAtUs: number
}

const PAGE_LEGS = 500

/** The phones of the newest registrations that were accepted, each once, the newest first. */
export async function findSeenPhones(finder: Finder): Promise<SeenPhone[]> {
  const phones = new Map<string, SeenPhone>()
  let looked = 0
  let cursor: string | undefined
  do {
    const page = { limit: PAGE_LEGS, ...(cursor === undefined ? {} : { cursor }) }
    const { rows, next } = await finder.findLegs({ kind: 'registration' }, page)
    for (const leg of rows) {
      looked++
      if (leg.status === null || leg.status < 200 || leg.status > 299) continue
      const phone = await readPhone(finder, leg)
      if (phone === undefined) continue
      const key = `${phone.aor} ${phone.mac ?? placeOf(phone)}`
      const known = phones.get(key)
      if (known === undefined || known.seenAtUs < phone.seenAtUs) phones.set(key, phone)
    }
    cursor = next ?? undefined
  } while (cursor !== undefined && looked < inventoryLimits.registrationsSeenMax)
  return [...phones.values()].sort((one, other) => other.seenAtUs - one.seenAtUs)
}

/** The last REGISTER of a leg, as a phone; of one that proxies handed on, as it left the phone. */
async function readPhone(finder: Finder, leg: Leg): Promise<SeenPhone | undefined> {
  const rows = await finder.messagesOf([leg])
  const requests = rows.filter(({ method, status }) => method === 'REGISTER' && status === null)
  const row = requests.findLast(({ src }) => src === leg.src) ?? requests.at(-1)
  const stored = row === undefined ? undefined : await finder.message(leg.legKey, row.messageId)
  if (stored === undefined) return undefined
  const message = new SipMessage()
  message.read(stored.bytes, 0, stored.bytes.length, { isDatagram: stored.transport === 'udp' })
  const { to, userAgent = '' } = message
  if (to === undefined || to.uri.host === '') return undefined
  const [contact] = message.contacts
  const [bound = ''] = message.values('contact')
  return {
    aor: formatUri({ ...to.uri, params: [], headers: [] }),
    contact: contact === undefined || contact.uri.host === '' ? null : formatUri(contact.uri),
    address: stored.src,
    registrar: stored.dst,
    registrarPort: stored.dstPort,
    transport: transportOf(stored.transport, contact?.uri),
    userAgent: userAgent === '' ? null : userAgent,
    mac: macWithin(userAgent) ?? macWithin(bound) ?? macOfInstance(bound) ?? null,
    seenAtUs: stored.tUs,
  }
}

function transportOf(transport: string, contact: Uri | undefined): 'UDP' | 'TCP' | 'TLS' {
  const named = contact === undefined ? undefined : paramOf(contact.params, 'transport')
  const word = (named ?? transport).toLowerCase()
  if (word.startsWith('tls') || contact?.scheme === 'sips') return 'TLS'
  return word === 'udp' ? 'UDP' : 'TCP'
}

/** The node of a time-based UUID is a MAC address; phones make instance ids so (RFC 5626 §4.1). */
function macOfInstance(contact: string): string | undefined {
  const uuid = /\+sip\.instance="?<?urn:uuid:[\da-f-]{24}([\da-f]{12})/i.exec(contact)?.[1]
  return uuid === undefined || /^0*$/.test(uuid) ? undefined : uuid.toLowerCase()
}

/** What tells two phones of one address of record apart, where no MAC does. */
function placeOf({ contact, address }: SeenPhone): string {
  return contact === null ? address : parseUri(contact).host
}
