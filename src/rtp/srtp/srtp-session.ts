// One master key at work on one SSRC: a packet and a guess of its rollover counter in, the packet
// in the clear out, or undefined where it does not authenticate. Knows nothing of order or replay.
//
// RFC 3711 §3.1; the tag and the identifier of the master key (MKI) stand at the end:
//
//     | RTP header | encrypted payload | MKI | tag |         AES-CM with HMAC-SHA1
//     | RTP header | encrypted payload + tag | MKI |         AES-GCM (RFC 7714 §8.1)
import {
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { PacketParts } from '../packet-parts.ts'
import { deriveSessionKeys, type SessionKeys } from './key-derivation.ts'
import type { SrtpKey } from './srtp-key.ts'
import { type SrtpSuite, suiteOf } from './srtp-ciphers.ts'

export class SrtpSession {
  readonly key: SrtpKey
  readonly #suite: SrtpSuite
  readonly #keys: SessionKeys
  /** Made once: a key as bytes is taken in anew with every packet. */
  readonly #encryption: KeyObject
  readonly #authentication: KeyObject

  constructor(key: SrtpKey) {
    this.key = key
    this.#suite = suiteOf(key.suite)
    this.#keys = deriveSessionKeys(key, 'rtp')
    this.#encryption = createSecretKey(this.#keys.encryption)
    this.#authentication = createSecretKey(this.#keys.authentication)
  }

  /** Whether the tail of the packet names this key. */
  isNamed(bytes: Uint8Array): boolean {
    const { mki } = this.key
    if (mki.length === 0) return true
    const end = bytes.length - (this.#suite.isAead ? 0 : this.#tagBytes)
    return end >= mki.length && mki.equals(bytes.subarray(end - mki.length, end))
  }

  /** The packet with its payload in the clear, in memory of its own. */
  open(bytes: Uint8Array, parts: PacketParts, rollover: number): Buffer | undefined {
    const tail = this.key.mki.length + this.#tagBytes
    if (bytes.length < parts.payloadStart + tail) return undefined
    if (this.#suite.isAead) return this.#openAead(bytes, parts, rollover)
    const end = bytes.length - tail
    if (this.#tagBytes > 0 && !this.#isAuthentic(bytes, end, rollover)) return undefined
    const payload = bytes.subarray(parts.payloadStart, end)
    const header = bytes.subarray(0, parts.payloadStart)
    if (this.key.isUnencryptedSrtp) return Buffer.concat([header, payload])
    const iv = counterIv(this.#keys.salt, parts, rollover)
    const decipher = createDecipheriv(this.#suite.cipher, this.#encryption, iv)
    return Buffer.concat([header, decipher.update(payload)])
  }

  get #tagBytes(): number {
    const isBare = this.key.isUnauthenticatedSrtp && !this.#suite.isAead
    return isBare ? 0 : this.#suite.tagBytes
  }

  #isAuthentic(bytes: Uint8Array, end: number, rollover: number): boolean {
    const tag = bytes.subarray(bytes.length - this.#tagBytes)
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(rollover)
    const hmac = createHmac('sha1', this.#authentication)
    const expected = hmac.update(bytes.subarray(0, end)).update(counter).digest()
    return timingSafeEqual(expected.subarray(0, tag.length), tag)
  }

  #openAead(bytes: Uint8Array, parts: PacketParts, rollover: number): Buffer | undefined {
    const cipher = this.#suite.cipher
    if (cipher !== 'aes-128-gcm' && cipher !== 'aes-256-gcm') return undefined
    const end = bytes.length - this.key.mki.length
    const tagStart = end - this.#suite.tagBytes
    const header = bytes.subarray(0, parts.payloadStart)
    const iv = aeadIv(this.#keys.salt, parts, rollover)
    const decipher = createDecipheriv(cipher, this.#encryption, iv)
    decipher.setAuthTag(bytes.subarray(tagStart, end))
    decipher.setAAD(header)
    const payload = decipher.update(bytes.subarray(parts.payloadStart, tagStart))
    try {
      decipher.final()
    } catch {
      // The only way in which node:crypto says that the tag is another.
      return undefined
    }
    return Buffer.concat([header, payload])
  }
}

/** RFC 3711 §4.1.1: salt · 2^16 xor SSRC · 2^64 xor index · 2^16. */
function counterIv(salt: Buffer, { ssrc, sequenceNumber }: PacketParts, rollover: number): Buffer {
  const iv = Buffer.alloc(16)
  salt.copy(iv)
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4)
  iv.writeUInt32BE((iv.readUInt32BE(8) ^ rollover) >>> 0, 8)
  iv.writeUInt16BE(iv.readUInt16BE(12) ^ sequenceNumber, 12)
  return iv
}

/** RFC 7714 §8.1: two zeros, SSRC, rollover counter and sequence number, xor salt. */
function aeadIv(salt: Buffer, { ssrc, sequenceNumber }: PacketParts, rollover: number): Buffer {
  const iv = Buffer.from(salt)
  iv.writeUInt32BE((iv.readUInt32BE(2) ^ ssrc) >>> 0, 2)
  iv.writeUInt32BE((iv.readUInt32BE(6) ^ rollover) >>> 0, 6)
  iv.writeUInt16BE(iv.readUInt16BE(10) ^ sequenceNumber, 10)
  return iv
}
