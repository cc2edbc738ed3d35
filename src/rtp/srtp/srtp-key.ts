// What SRTP needs to be opened, as types: a suite and a master key. Where keys come from (SDES, a
// DTLS key log) is told by the files beside this one; only shapes here.
//
// RFC 3711 §4.1.1 (AES-CM), RFC 6188 (AES-CM 192 and 256), RFC 7714 (AEAD AES-GCM).

/** Crypto suites by their IANA names, as `a=crypto` writes them. */
export type SrtpSuiteName =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_192_CM_HMAC_SHA1_80'
  | 'AES_192_CM_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM'

/** One master key of one sender. Whoever holds the capture of its SDP holds it too. */
export interface SrtpKey {
  readonly suite: SrtpSuiteName
  readonly masterKey: Buffer
  readonly masterSalt: Buffer
  /** Master key identifier that packets carry before their tag; empty where none was agreed. */
  readonly mki: Buffer
  /** Session parameters of RFC 4568 §6.3 that leave something in the clear. */
  readonly isUnencryptedSrtp: boolean
  readonly isUnencryptedSrtcp: boolean
  readonly isUnauthenticatedSrtp: boolean
}
