// DTLS datagrams of a media port in, the SRTP master keys of both sides out, where a key log holds
// the secret of their handshake. Reads the two hellos and nothing else; understands DTLS 1.2 and
// 1.0 with the suites of decode/tls, whole or in fragments.
//
// RFC 5764 §4.2: 60 bytes or so are exported (RFC 5705) from the master secret under the label
// EXTRACTOR-dtls_srtp: client key, server key, client salt, server salt. A handshake message in
// DTLS (RFC 6347 §4.2.2), inside records of 13 bytes of header:
//
//     | type 1 | length 3 | message_seq 2 | fragment_offset 3 | fragment_length 3 | fragment |
import { suiteOf } from '../../decode/tls/cipher-suites.ts'
import {
  HANDSHAKE_CLIENT_HELLO,
  HANDSHAKE_SERVER_HELLO,
  readClientRandom,
  readServerHello,
} from '../../decode/tls/handshake.ts'
import { expand12 } from '../../decode/tls/key-derivation.ts'
import type { SecretSource } from '../../source/key-log.ts'
import type { SrtpKey, SrtpSuiteName } from './srtp-key.ts'
import { suiteOf as srtpSuiteOf } from './srtp-ciphers.ts'

const RECORD_HEADER_BYTES = 13
const RECORD_HANDSHAKE = 22
const MESSAGE_HEADER_BYTES = 12
const LABEL = 'EXTRACTOR-dtls_srtp'
const EXTENSION_USE_SRTP = 14
/** A hello is some hundred bytes; a forged one may claim any length. */
const HELLO_BYTES_MAX = 16_384
/** Handshakes followed between all ends of one leg, and kept as done. */
const HANDSHAKES_MAX = 64

/** Protection profiles (RFC 5764 §4.1.2, RFC 7714 §14.2). */
const PROFILES: ReadonlyMap<number, SrtpSuiteName> = new Map([
  [1, 'AES_CM_128_HMAC_SHA1_80'],
  [2, 'AES_CM_128_HMAC_SHA1_32'],
  [7, 'AEAD_AES_128_GCM'],
  [8, 'AEAD_AES_256_GCM'],
])

interface Hello {
  readonly body: Buffer
  readonly have: Uint8Array
}

interface Handshake {
  clientRandom: string | undefined
  /** Hellos that come in fragments, by type and number. */
  readonly partial: Map<string, Hello>
}

interface Agreed {
  readonly clientRandom: string
  readonly serverHello: Buffer
}

export class DtlsHandshakes {
  readonly #open = new Map<string, Handshake>()
  readonly #agreed: Agreed[] = []

  /** Takes a datagram; `ends` is the same text for both directions of one pair of ends. */
  push(ends: string, datagram: Uint8Array): void {
    const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength)
    for (let at = 0; at + RECORD_HEADER_BYTES <= bytes.length; ) {
      const length = bytes.readUInt16BE(at + 11)
      const end = Math.min(at + RECORD_HEADER_BYTES + length, bytes.length)
      const isPlain = bytes.readUInt16BE(at + 3) === 0
      if (bytes[at] === RECORD_HANDSHAKE && isPlain) {
        this.#messages(ends, bytes.subarray(at + RECORD_HEADER_BYTES, end))
      }
      at = end
    }
  }

  /** The master keys of every handshake whose secret is known, of both sides. */
  keys(secrets: SecretSource): SrtpKey[] {
    return this.#agreed.flatMap(({ clientRandom, serverHello }) => {
      const secret = secrets.find('CLIENT_RANDOM', clientRandom)
      return secret === undefined ? [] : exportKeys(secret, clientRandom, serverHello)
    })
  }

  #messages(ends: string, record: Buffer): void {
    for (let at = 0; at + MESSAGE_HEADER_BYTES <= record.length; ) {
      const type = record[at] ?? 0
      const fragment = record.readUIntBE(at + 9, 3)
      const end = Math.min(at + MESSAGE_HEADER_BYTES + fragment, record.length)
      if (type === HANDSHAKE_CLIENT_HELLO || type === HANDSHAKE_SERVER_HELLO) {
        this.#fragment(ends, type, record.subarray(at, end))
      }
      at = end
    }
  }

  #fragment(ends: string, type: number, message: Buffer): void {
    const total = message.readUIntBE(1, 3)
    const offset = message.readUIntBE(6, 3)
    const part = message.subarray(MESSAGE_HEADER_BYTES)
    if (total > HELLO_BYTES_MAX || offset + part.length > total) return
    const handshake = this.#handshake(ends)
    if (handshake === undefined) return
    const name = `${type} ${message.readUInt16BE(4)} ${total}`
    const hello = handshake.partial.get(name) ?? {
      body: Buffer.alloc(total),
      have: new Uint8Array(total),
    }
    if (handshake.partial.size < HANDSHAKES_MAX) handshake.partial.set(name, hello)
    part.copy(hello.body, offset)
    hello.have.fill(1, offset, offset + part.length)
    if (hello.have.includes(0)) return
    handshake.partial.delete(name)
    if (type === HANDSHAKE_CLIENT_HELLO) handshake.clientRandom = readClientRandom(hello.body)
    else this.#agree(handshake, hello.body)
  }

  #handshake(ends: string): Handshake | undefined {
    const known = this.#open.get(ends)
    if (known !== undefined || this.#open.size >= HANDSHAKES_MAX) return known
    const handshake = { clientRandom: undefined, partial: new Map<string, Hello>() }
    this.#open.set(ends, handshake)
    return handshake
  }

  #agree({ clientRandom }: Handshake, serverHello: Buffer): void {
    if (clientRandom === undefined || this.#agreed.length >= HANDSHAKES_MAX) return
    const isKnown = this.#agreed.some(
      (one) => one.clientRandom === clientRandom && one.serverHello.equals(serverHello),
    )
    if (!isKnown) this.#agreed.push({ clientRandom, serverHello })
  }
}

function exportKeys(secret: Buffer, clientRandom: string, serverHello: Buffer): SrtpKey[] {
  const hello = readServerHello(serverHello)
  const hash = hello === undefined ? undefined : suiteOf(hello.suite)?.hash
  const agreed = useSrtp(serverHello)
  if (hello === undefined || hash === undefined || agreed === undefined) return []
  const { keyBytes, saltBytes } = srtpSuiteOf(agreed.suite)
  const seed = Buffer.concat([Buffer.from(clientRandom, 'hex'), hello.random])
  const length = 2 * (keyBytes + saltBytes)
  const block = expand12(hash, secret, { label: LABEL, seed, length })
  return [0, 1].map((side) => ({
    suite: agreed.suite,
    masterKey: block.subarray(side * keyBytes, (side + 1) * keyBytes),
    masterSalt: block.subarray(2 * keyBytes).subarray(side * saltBytes, (side + 1) * saltBytes),
    mki: agreed.mki,
    isUnencryptedSrtp: false,
    isUnencryptedSrtcp: false,
    isUnauthenticatedSrtp: false,
  }))
}

/** The profile that the server chose (RFC 5764 §4.1.1): one of them, and an MKI or none. */
function useSrtp(hello: Buffer): { suite: SrtpSuiteName; mki: Buffer } | undefined {
  const sessionAt = 34
  const extensionsAt = sessionAt + 1 + (hello[sessionAt] ?? 0) + 3
  for (let at = extensionsAt + 2; at + 4 <= hello.length; at += 4 + hello.readUInt16BE(at + 2)) {
    const body = hello.subarray(at + 4, at + 4 + hello.readUInt16BE(at + 2))
    if (hello.readUInt16BE(at) !== EXTENSION_USE_SRTP || body.length < 5) continue
    const suite = PROFILES.get(body.readUInt16BE(2))
    return suite === undefined ? undefined : { suite, mki: body.subarray(5, 5 + (body[4] ?? 0)) }
  }
  return undefined
}
