// The crypto suites of SRTP as numbers: a suite's name in, its ciphers and lengths out.
//
// RFC 3711 §8.2 and RFC 4568 §6.2 (AES-CM with HMAC-SHA1), RFC 6188 §2 (192 and 256 bits),
// RFC 7714 §12 (GCM: the tag comes from the cipher itself).
import type { SrtpSuiteName } from './srtp-key.ts'

export interface SrtpSuite {
  /** Names of node:crypto's ciphers: of the packets, and of the key derivation. */
  readonly cipher: 'aes-128-ctr' | 'aes-192-ctr' | 'aes-256-ctr' | 'aes-128-gcm' | 'aes-256-gcm'
  readonly derivation: 'aes-128-ctr' | 'aes-192-ctr' | 'aes-256-ctr'
  readonly isAead: boolean
  readonly keyBytes: number
  readonly saltBytes: number
  readonly tagBytes: number
  /** Of SRTCP: never shortened to 32 bits (RFC 4568 §6.2.2). */
  readonly rtcpTagBytes: number
}

const counterMode = (bits: 128 | 192 | 256, tagBytes: number): SrtpSuite => ({
  cipher: `aes-${bits}-ctr`,
  derivation: `aes-${bits}-ctr`,
  isAead: false,
  keyBytes: bits / 8,
  saltBytes: 14,
  tagBytes,
  rtcpTagBytes: 10,
})

const galois = (bits: 128 | 256): SrtpSuite => ({
  cipher: `aes-${bits}-gcm`,
  derivation: `aes-${bits}-ctr`,
  isAead: true,
  keyBytes: bits / 8,
  saltBytes: 12,
  tagBytes: 16,
  rtcpTagBytes: 16,
})

const SUITES: Readonly<Record<SrtpSuiteName, SrtpSuite>> = {
  AES_CM_128_HMAC_SHA1_80: counterMode(128, 10),
  AES_CM_128_HMAC_SHA1_32: counterMode(128, 4),
  AES_192_CM_HMAC_SHA1_80: counterMode(192, 10),
  AES_192_CM_HMAC_SHA1_32: counterMode(192, 4),
  AES_256_CM_HMAC_SHA1_80: counterMode(256, 10),
  AES_256_CM_HMAC_SHA1_32: counterMode(256, 4),
  AEAD_AES_128_GCM: galois(128),
  AEAD_AES_256_GCM: galois(256),
}

export function suiteOf(name: SrtpSuiteName): SrtpSuite {
  return SUITES[name]
}

/** The suite of a name as SDP writes it, undefined for one that we do not know. */
export function suiteNameOf(text: string): SrtpSuiteName | undefined {
  const name = text.toUpperCase()
  return isSuiteName(name) ? name : undefined
}

function isSuiteName(name: string): name is SrtpSuiteName {
  return Object.hasOwn(SUITES, name)
}
