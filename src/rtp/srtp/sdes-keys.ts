// `a=crypto` lines in, master keys out. A line that we cannot use (an unknown suite, a key of the
// wrong length, a key derivation rate) gives none; whoever asks sees that from the count.
//
// RFC 4568 §9.1: inline:<key and salt, base64>[|lifetime][|MKI:length], several separated by `;`.
import type { Crypto } from '../../sip/sdp/session-description.ts'
import type { SrtpKey } from './srtp-key.ts'
import { suiteNameOf, suiteOf } from './srtp-ciphers.ts'

/** Keys of one line; more than a handful is no real sender. */
const KEYS_PER_LINE_MAX = 16
const MKI_BYTES_MAX = 128

/** The master keys that one line names. */
export function sdesKeys({ suite, keyParams, sessionParams }: Crypto): SrtpKey[] {
  const name = suiteNameOf(suite)
  const parameters = new Set(sessionParams.map((parameter) => parameter.toUpperCase()))
  // Keys that change with the index (RFC 4568 §6.3.1): nobody sends them, and we derive only once.
  const hasRate = [...parameters].some((text) => text.startsWith('KDR=') && text !== 'KDR=0')
  if (name === undefined || hasRate) return []
  const { keyBytes, saltBytes } = suiteOf(name)
  return keyParams
    .split(';')
    .slice(0, KEYS_PER_LINE_MAX)
    .flatMap((text) => {
      const [method = '', base64 = '', ...rest] = text.trim().split(/[:|]/)
      const bytes = Buffer.from(base64, 'base64')
      const mki = mkiOf(text)
      if (method.toLowerCase() !== 'inline' || bytes.length !== keyBytes + saltBytes) return []
      if (rest.length > 0 && mki === undefined) return []
      return [
        {
          suite: name,
          masterKey: bytes.subarray(0, keyBytes),
          masterSalt: bytes.subarray(keyBytes),
          mki: mki ?? Buffer.alloc(0),
          isUnencryptedSrtp: parameters.has('UNENCRYPTED_SRTP'),
          isUnencryptedSrtcp: parameters.has('UNENCRYPTED_SRTCP'),
          isUnauthenticatedSrtp: parameters.has('UNAUTHENTICATED_SRTP'),
        },
      ]
    })
}

/** The MKI of `…|1:4`: the number 1 in four bytes; empty without one, undefined where it is odd. */
function mkiOf(text: string): Buffer | undefined {
  const field = text.split('|').find((part, i) => i > 0 && part.includes(':'))
  if (field === undefined) return Buffer.alloc(0)
  const [value = '', length = ''] = field.split(':')
  const bytes = Number(length)
  if (!/^\d{1,300}$/.test(value) || !Number.isInteger(bytes)) return undefined
  if (bytes < 1 || bytes > MKI_BYTES_MAX) return undefined
  const hex = BigInt(value).toString(16)
  return hex.length > bytes * 2 ? undefined : Buffer.from(hex.padStart(bytes * 2, '0'), 'hex')
}
