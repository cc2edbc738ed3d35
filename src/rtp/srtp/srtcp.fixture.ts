// For tests of SRTCP: a master key from few words, and a sender of our own, written apart from what
// it tests, by the layout of RFC 3711 §3.4 and RFC 7714 §9.1 alone.
import { createCipheriv, createHmac } from 'node:crypto'
import { deriveSessionKeys } from './key-derivation.ts'
import { suiteOf } from './srtp-ciphers.ts'
import type { SrtpKey, SrtpSuiteName } from './srtp-key.ts'

const HEADER_BYTES = 8
const IS_ENCRYPTED = 0x80000000
const TAG_BYTES = 10

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

export function keyOf(suite: SrtpSuiteName, key: string, salt: string, mki = ''): SrtpKey {
  return {
    suite,
    masterKey: hex(key),
    masterSalt: hex(salt),
    mki: hex(mki),
    isUnencryptedSrtp: false,
    isUnencryptedSrtcp: false,
    isUnauthenticatedSrtp: false,
  }
}

/** Another key for each seed. */
export function randomKey(suite: SrtpSuiteName, seed: number, mki = ''): SrtpKey {
  const { keyBytes, saltBytes } = suiteOf(suite)
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37 + seed * 101) & 255))
  const key = bytes.subarray(0, keyBytes).toString('hex')
  return keyOf(suite, key, bytes.subarray(32, 32 + saltBytes).toString('hex'), mki)
}

/** An RTCP packet as SRTCP, under AES-CM or AES-GCM of 128 bits. */
export function sealRtcp(key: SrtpKey, clear: Buffer, index: number): Buffer {
  const keys = deriveSessionKeys(key, 'rtcp')
  const header = clear.subarray(0, HEADER_BYTES)
  const text = clear.subarray(HEADER_BYTES)
  const word = Buffer.alloc(4)
  word.writeUInt32BE(IS_ENCRYPTED + index)
  const saltBits = BigInt(`0x${keys.salt.toString('hex')}`)
  const ssrc = BigInt(clear.readUInt32BE(4))
  if (suiteOf(key.suite).isAead) {
    const iv = (saltBits ^ (ssrc << 48n) ^ BigInt(index)).toString(16).padStart(24, '0')
    const sealing = createCipheriv('aes-128-gcm', keys.encryption, hex(iv))
    sealing.setAAD(Buffer.concat([header, word]))
    const body = Buffer.concat([sealing.update(text), sealing.final(), sealing.getAuthTag()])
    return Buffer.concat([header, body, word])
  }
  const iv = ((saltBits << 16n) ^ (ssrc << 64n) ^ (BigInt(index) << 16n)).toString(16)
  const sealing = createCipheriv('aes-128-ctr', keys.encryption, hex(iv.padStart(32, '0')))
  const signed = Buffer.concat([header, sealing.update(text), word])
  const tag = createHmac('sha1', keys.authentication).update(signed).digest()
  return Buffer.concat([signed, tag.subarray(0, TAG_BYTES)])
}
