// SRTCP packets under one master key in, RTCP in the clear out; undefined where a packet does not
// authenticate. The index stands in the packet, so nothing has to be guessed.
//
// RFC 3711 §3.4; E says whether the packet is encrypted at all:
//
//     | header (8) | encrypted | E, index (31) | MKI | tag |       AES-CM with HMAC-SHA1
//     | header (8) | encrypted + tag | E, index (31) | MKI |       AES-GCM (RFC 7714 §9.1)
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { deriveSessionKeys, type SessionKeys } from './key-derivation.ts'
import type { SrtpKey } from './srtp-key.ts'
import { type SrtpSuite, suiteOf } from './srtp-ciphers.ts'

const HEADER_BYTES = 8
const INDEX_BYTES = 4

export class SrtcpSession {
  readonly #key: SrtpKey
  readonly #suite: SrtpSuite
  readonly #keys: SessionKeys

  constructor(key: SrtpKey) {
    this.#key = key
    this.#suite = suiteOf(key.suite)
    this.#keys = deriveSessionKeys(key, 'rtcp')
  }

  /** The compound packet in the clear, in memory of its own. */
  open(bytes: Uint8Array): Buffer | undefined {
    const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const tail = this.#suite.rtcpTagBytes + this.#key.mki.length + INDEX_BYTES
    if (packet.length < HEADER_BYTES + tail) return undefined
    return this.#suite.isAead ? this.#openAead(packet) : this.#openCounter(packet)
  }

  #openCounter(packet: Buffer): Buffer | undefined {
    const tagStart = packet.length - this.#suite.rtcpTagBytes
    const indexStart = tagStart - this.#key.mki.length - INDEX_BYTES
    const word = packet.readUInt32BE(indexStart)
    const hmac = createHmac('sha1', this.#keys.authentication)
    const expected = hmac.update(packet.subarray(0, indexStart + INDEX_BYTES)).digest()
    const tag = packet.subarray(tagStart)
    if (!timingSafeEqual(expected.subarray(0, tag.length), tag)) return undefined
    const header = packet.subarray(0, HEADER_BYTES)
    const rest = packet.subarray(HEADER_BYTES, indexStart)
    if (word >>> 31 === 0) return Buffer.concat([header, rest])
    const iv = Buffer.alloc(16)
    this.#keys.salt.copy(iv)
    iv.writeUInt32BE((iv.readUInt32BE(4) ^ packet.readUInt32BE(4)) >>> 0, 4)
    iv.writeUInt32BE((iv.readUInt32BE(10) ^ (word & 0x7fff_ffff)) >>> 0, 10)
    const decipher = createDecipheriv(this.#suite.cipher, this.#keys.encryption, iv)
    return Buffer.concat([header, decipher.update(rest)])
  }

  #openAead(packet: Buffer): Buffer | undefined {
    const cipher = this.#suite.cipher
    if (cipher !== 'aes-128-gcm' && cipher !== 'aes-256-gcm') return undefined
    const indexStart = packet.length - this.#key.mki.length - INDEX_BYTES
    const tagStart = indexStart - this.#suite.rtcpTagBytes
    const word = packet.readUInt32BE(indexStart)
    const isEncrypted = word >>> 31 === 1
    const header = packet.subarray(0, HEADER_BYTES)
    const iv = Buffer.from(this.#keys.salt)
    iv.writeUInt32BE((iv.readUInt32BE(2) ^ packet.readUInt32BE(4)) >>> 0, 2)
    iv.writeUInt32BE((iv.readUInt32BE(8) ^ (word & 0x7fff_ffff)) >>> 0, 8)
    const decipher = createDecipheriv(cipher, this.#keys.encryption, iv)
    decipher.setAuthTag(packet.subarray(tagStart, indexStart))
    const index = packet.subarray(indexStart, indexStart + INDEX_BYTES)
    const clear = isEncrypted ? header : packet.subarray(0, tagStart)
    decipher.setAAD(Buffer.concat([clear, index]))
    const rest = isEncrypted
      ? decipher.update(packet.subarray(HEADER_BYTES, tagStart))
      : packet.subarray(HEADER_BYTES, tagStart)
    try {
      decipher.final()
    } catch {
      return undefined
    }
    return Buffer.concat([header, rest])
  }
}
