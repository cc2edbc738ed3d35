// A master key in, the session keys of RTP and RTCP out. Key derivation rate 0: they stay the same
// for the whole session, as everybody does it.
//
// RFC 3711 §4.3: the key stream of AES in counter mode, begun at (label · 2^48 xor salt) · 2^16.
import { createCipheriv } from 'node:crypto'
import type { SrtpKey } from './srtp-key.ts'
import { type SrtpSuite, suiteOf } from './srtp-ciphers.ts'

export interface SessionKeys {
  readonly encryption: Buffer
  readonly authentication: Buffer
  readonly salt: Buffer
}

/** Labels of encryption, authentication and salt (RFC 3711 §4.3.1 and §4.3.2). */
const RTP_LABELS = [0, 1, 2] as const
const RTCP_LABELS = [3, 4, 5] as const
const AUTHENTICATION_BYTES = 20
/** Salts of GCM are two bytes shorter and are filled up with zeros (RFC 7714 §11). */
const DERIVATION_SALT_BYTES = 14

/** Session keys of either protocol. */
export function deriveSessionKeys(key: SrtpKey, protocol: 'rtp' | 'rtcp'): SessionKeys {
  const suite = suiteOf(key.suite)
  const [encryption, authentication, salt] = protocol === 'rtp' ? RTP_LABELS : RTCP_LABELS
  return {
    encryption: derive(key, suite, encryption, suite.keyBytes),
    authentication: derive(key, suite, authentication, AUTHENTICATION_BYTES),
    salt: derive(key, suite, salt, suite.saltBytes),
  }
}

function derive(key: SrtpKey, suite: SrtpSuite, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16)
  key.masterSalt.copy(iv, 0, 0, DERIVATION_SALT_BYTES)
  iv[7] = (iv[7] ?? 0) ^ label
  const cipher = createCipheriv(suite.derivation, key.masterKey, iv)
  return cipher.update(Buffer.alloc(length))
}
