// The value of a header that names another dialog in, the Call-ID of that dialog out; of the one
// that names a call for charging, its identity. Undefined where a value names none.
//
//     Replaces      = callid *( SEMI to-tag / from-tag / early-only ) RFC 3891 §6.1
//     Target-Dialog = callid *( SEMI local-tag / remote-tag )         RFC 4538 §7
//     Refer-To      = name-addr, its URI with ?Replaces=…             RFC 3515 §2.1, RFC 3891 §4
//     P-Charging-Vector = icid-value=… *( SEMI … )                    RFC 7315 §4.6
import { parseNameAddr } from './name-addr.ts'
import { paramOf, parseParams } from './params.ts'
import { unescapeUri } from './uri.ts'

/** The dialog that a Replaces or a Target-Dialog is about. */
export function dialogOf(text: string): string | undefined {
  const [callId = ''] = text.split(';', 1)
  return callId.trim() || undefined
}

/** The dialog that whoever is referred to is to replace: the other call of an attended transfer. */
export function replacedByReferral(text: string): string | undefined {
  const { headers } = parseNameAddr(text).uri
  const replaces = headers.find(({ name }) => name.toLowerCase() === 'replaces')
  return replaces?.value === undefined ? undefined : dialogOf(unescapeUri(replaces.value))
}

/** The identity of a call that all networks on its way keep. */
export function chargingIdentity(text: string): string | undefined {
  return paramOf(parseParams(text), 'icid-value') || undefined
}
