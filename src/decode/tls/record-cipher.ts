// A protected TLS record in, its type and plaintext out where it authenticates. One cipher for each
// direction and key; it keeps no state but the key, for the number of a record comes with it.
// Rules: RFC 5246 §6.2.3, RFC 5288, RFC 6655, RFC 7905, RFC 7366, RFC 8446 §5.2 and §5.3.
//
//    | type | version 3.x | length |  5 bytes, then in TLS 1.2   GCM, CCM: nonce (8), bytes, tag
//                                                              CBC: IV (16), bytes, MAC, padding
//                                                   TLS 1.3   bytes, type, zeros…, tag
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import type { CipherSuite, SuiteHash } from './cipher-suites.ts'
import { expand12, expandLabel } from './key-derivation.ts'

export interface TlsRecord {
  readonly type: number
  readonly version: number
  readonly body: Buffer
}

export interface OpenedRecord {
  readonly type: number
  readonly bytes: Buffer
}

export interface RecordCipher {
  /** Undefined where the record does not authenticate: another key, another number, damage. */
  open(record: TlsRecord, sequence: number): OpenedRecord | undefined
}

const NONCE_BYTES = 12
const IMPLICIT_NONCE_BYTES = 4
const EXPLICIT_NONCE_BYTES = 8
const CBC_BLOCK_BYTES = 16

/** The ciphers of both directions of a TLS 1.2 connection (RFC 5246 §6.3). */
export function ciphers12(
  suite: CipherSuite,
  masterSecret: Buffer,
  { clientRandom, serverRandom, isMacLast }: TlsRandoms,
): { client: RecordCipher; server: RecordCipher } {
  const macBytes = suite.mac === undefined ? 0 : suite.tagBytes
  const ivBytes = implicitNonceBytes(suite)
  const block = expand12(suite.hash, masterSecret, {
    label: 'key expansion',
    seed: Buffer.concat([serverRandom, clientRandom]),
    length: 2 * (macBytes + suite.keyBytes + ivBytes),
  })
  let at = 0
  const take = (length: number): Buffer => block.subarray(at, (at += length))
  const [clientMac, serverMac] = [take(macBytes), take(macBytes)]
  const [clientKey, serverKey] = [take(suite.keyBytes), take(suite.keyBytes)]
  const [clientIv, serverIv] = [take(ivBytes), take(ivBytes)]
  if (suite.mac !== undefined) {
    const how = { hash: suite.mac, isMacLast, suite }
    return {
      client: new CbcCipher({ ...how, key: clientKey, macKey: clientMac }),
      server: new CbcCipher({ ...how, key: serverKey, macKey: serverMac }),
    }
  }
  return {
    client: new AeadCipher(suite, clientKey, clientIv),
    server: new AeadCipher(suite, serverKey, serverIv),
  }
}

export interface TlsRandoms {
  readonly clientRandom: Buffer
  readonly serverRandom: Buffer
  /** Of CBC suites: encrypt-then-MAC was agreed on (RFC 7366). */
  readonly isMacLast: boolean
}

/** The cipher of one direction of TLS 1.3 under a traffic secret (RFC 8446 §7.3). */
export function cipher13(suite: CipherSuite, trafficSecret: Buffer): RecordCipher {
  const key = expandLabel(suite.hash, trafficSecret, 'key', suite.keyBytes)
  return new Aead13Cipher(suite, key, expandLabel(suite.hash, trafficSecret, 'iv', NONCE_BYTES))
}

function implicitNonceBytes({ protection }: CipherSuite): number {
  if (protection === 'cbc') return 0
  return protection === 'chacha20' ? NONCE_BYTES : IMPLICIT_NONCE_BYTES
}

/** TLS 1.2 with authenticated encryption. */
class AeadCipher implements RecordCipher {
  readonly #suite: CipherSuite
  readonly #key: Buffer
  readonly #iv: Buffer

  constructor(suite: CipherSuite, key: Buffer, iv: Buffer) {
    this.#suite = suite
    this.#key = key
    this.#iv = iv
  }

  open({ type, version, body }: TlsRecord, sequence: number): OpenedRecord | undefined {
    const isExplicit = this.#iv.length === IMPLICIT_NONCE_BYTES
    const from = isExplicit ? EXPLICIT_NONCE_BYTES : 0
    const length = body.length - from - this.#suite.tagBytes
    if (length < 0) return undefined
    const nonce = isExplicit
      ? Buffer.concat([this.#iv, body.subarray(0, from)])
      : nonceOf(this.#iv, sequence)
    const bytes = openAead(this.#suite, this.#key, {
      nonce,
      header: header12(type, version, sequence, length),
      body: body.subarray(from),
    })
    return bytes === undefined ? undefined : { type, bytes }
  }
}

class Aead13Cipher implements RecordCipher {
  readonly #suite: CipherSuite
  readonly #key: Buffer
  readonly #iv: Buffer

  constructor(suite: CipherSuite, key: Buffer, iv: Buffer) {
    this.#suite = suite
    this.#key = key
    this.#iv = iv
  }

  open({ type, version, body }: TlsRecord, sequence: number): OpenedRecord | undefined {
    if (body.length <= this.#suite.tagBytes) return undefined
    const header = Buffer.from([type, version >> 8, version & 255, 0, 0])
    header.writeUInt16BE(body.length, 3)
    const nonce = nonceOf(this.#iv, sequence)
    const inner = openAead(this.#suite, this.#key, { nonce, header, body })
    if (inner === undefined) return undefined
    let end = inner.length
    while (end > 0 && inner[end - 1] === 0) end--
    if (end === 0) return undefined
    return { type: inner[end - 1] ?? 0, bytes: inner.subarray(0, end - 1) }
  }
}

interface CbcParts {
  readonly suite: CipherSuite
  readonly hash: 'sha1' | SuiteHash
  readonly isMacLast: boolean
  readonly key: Buffer
  readonly macKey: Buffer
}

class CbcCipher implements RecordCipher {
  readonly #parts: CbcParts

  constructor(parts: CbcParts) {
    this.#parts = parts
  }

  open(record: TlsRecord, sequence: number): OpenedRecord | undefined {
    const { isMacLast, suite } = this.#parts
    const { type, version, body } = record
    const cipherEnd = isMacLast ? body.length - suite.tagBytes : body.length
    const cipherBytes = cipherEnd - CBC_BLOCK_BYTES
    if (cipherBytes <= 0 || cipherBytes % CBC_BLOCK_BYTES !== 0) return undefined
    const protectedBytes = body.subarray(0, cipherEnd)
    if (isMacLast) {
      const header = header12(type, version, sequence, cipherEnd)
      if (!this.#isMac(body.subarray(cipherEnd), header, protectedBytes)) return undefined
    }
    const iv = body.subarray(0, CBC_BLOCK_BYTES)
    const decipher = createDecipheriv(`aes-${suite.keyBytes * 8}-cbc`, this.#parts.key, iv)
    decipher.setAutoPadding(false)
    const padded = decipher.update(protectedBytes.subarray(CBC_BLOCK_BYTES))
    const end = padded.length - 1 - (padded.at(-1) ?? 0)
    if (end < 0) return undefined
    if (isMacLast) return { type, bytes: padded.subarray(0, end) }
    const macAt = end - suite.tagBytes
    if (macAt < 0) return undefined
    const bytes = padded.subarray(0, macAt)
    const header = header12(type, version, sequence, macAt)
    return this.#isMac(padded.subarray(macAt, end), header, bytes) ? { type, bytes } : undefined
  }

  #isMac(mac: Buffer, header: Buffer, bytes: Buffer): boolean {
    const { hash, macKey } = this.#parts
    const expected = createHmac(hash, macKey).update(header).update(bytes).digest()
    return mac.length === expected.length && timingSafeEqual(mac, expected)
  }
}

/** The bytes that TLS 1.2 authenticates in front of a record: number, type, version, length. */
function header12(type: number, version: number, sequence: number, length: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeBigUInt64BE(BigInt(sequence), 0)
  header[8] = type
  header.writeUInt16BE(version, 9)
  header.writeUInt16BE(length, 11)
  return header
}

/** RFC 8446 §5.3, RFC 7905 §2: the record's number folded into the fixed part. */
function nonceOf(iv: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(iv)
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(sequence), 0)
  for (let i = 0; i < 8; i++) nonce[4 + i] = (nonce[4 + i] ?? 0) ^ (number[i] ?? 0)
  return nonce
}

function openAead(
  { protection, keyBytes, tagBytes }: CipherSuite,
  key: Buffer,
  { nonce, header, body }: { nonce: Buffer; header: Buffer; body: Buffer },
): Buffer | undefined {
  const sealed = body.subarray(0, body.length - tagBytes)
  const tag = body.subarray(body.length - tagBytes)
  try {
    switch (protection) {
      case 'chacha20': {
        const options = { authTagLength: tagBytes }
        const decipher = createDecipheriv('chacha20-poly1305', key, nonce, options)
        decipher.setAAD(header, { plaintextLength: sealed.length }).setAuthTag(tag)
        return Buffer.concat([decipher.update(sealed), decipher.final()])
      }
      case 'ccm': {
        const name = keyBytes === 16 ? 'aes-128-ccm' : 'aes-256-ccm'
        const decipher = createDecipheriv(name, key, nonce, { authTagLength: tagBytes })
        decipher.setAuthTag(tag).setAAD(header, { plaintextLength: sealed.length })
        return Buffer.concat([decipher.update(sealed), decipher.final()])
      }
      default: {
        const name = keyBytes === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
        const decipher = createDecipheriv(name, key, nonce)
        decipher.setAAD(header).setAuthTag(tag)
        return Buffer.concat([decipher.update(sealed), decipher.final()])
      }
    }
  } catch {
    // The one way in which the library says that a record does not authenticate.
    return undefined
  }
}
