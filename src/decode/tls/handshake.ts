// Bytes of the handshake in, in whatever records they come; out the few things that a reader with
// the secrets must know: both random numbers, the cipher suite, the version, and when keys change.
// Refuses certificates and all else unread. Rules: RFC 5246 §7.4, RFC 8446 §4, RFC 7366.
//
//    | type | length (24 bits) | body …
//    ClientHello: version (2), random (32), session id, suites, compression, extensions
//    ServerHello: version (2), random (32), session id, suite (2), compression (1), extensions
import { u16be } from '../../source/integers.ts'

export const HANDSHAKE_CLIENT_HELLO = 1
export const HANDSHAKE_SERVER_HELLO = 2
export const HANDSHAKE_FINISHED = 20
export const HANDSHAKE_KEY_UPDATE = 24

const HEADER_BYTES = 4
const RANDOM_AT = 2
const RANDOM_BYTES = 32
const EXTENSION_ENCRYPT_THEN_MAC = 22
const EXTENSION_SUPPORTED_VERSIONS = 43
const VERSION_TLS13 = 0x0304
/** Hellos are short; of anything longer only the length counts. */
const KEPT_BYTES_MAX = 16 * 1024
/** RFC 8446 §4.1.3: a ServerHello with this random number asks for another ClientHello. */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

/** Cuts handshake messages out of the bytes of records. */
export class HandshakeReader {
  readonly #emit: (type: number, body: Buffer) => void
  #held = Buffer.alloc(0)
  /** Bytes of a long message that are still to be passed over. */
  #skip = 0

  /** `emit` gets an empty body for messages too long to be of interest. */
  constructor(emit: (type: number, body: Buffer) => void) {
    this.#emit = emit
  }

  push(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length)
    this.#skip -= skipped
    let rest = Buffer.concat([this.#held, bytes.subarray(skipped)])
    while (rest.length >= HEADER_BYTES) {
      const type = rest[0] ?? 0
      const length = rest.readUIntBE(1, 3)
      if (length > KEPT_BYTES_MAX) {
        this.#emit(type, Buffer.alloc(0))
        this.#skip = Math.max(0, HEADER_BYTES + length - rest.length)
        rest = rest.subarray(Math.min(rest.length, HEADER_BYTES + length))
      } else {
        if (rest.length < HEADER_BYTES + length) break
        this.#emit(type, rest.subarray(HEADER_BYTES, HEADER_BYTES + length))
        rest = rest.subarray(HEADER_BYTES + length)
      }
    }
    this.#held = Buffer.from(rest)
  }

  /** Bytes are missing: what is held leads nowhere. */
  forget(): void {
    this.#held = Buffer.alloc(0)
    this.#skip = 0
  }
}

/** The client's random number, in hex as key logs name it; undefined where there is none. */
export function readClientRandom(body: Buffer): string | undefined {
  if (body.length < RANDOM_AT + RANDOM_BYTES) return undefined
  return body.toString('hex', RANDOM_AT, RANDOM_AT + RANDOM_BYTES)
}

export interface ServerHello {
  readonly random: Buffer
  readonly suite: number
  readonly isTls13: boolean
  /** RFC 7366 was agreed on. */
  readonly isMacLast: boolean
}

/** Undefined for one that is cut short, or that only asks the client to begin again. */
export function readServerHello(body: Buffer): ServerHello | undefined {
  const sessionAt = RANDOM_AT + RANDOM_BYTES
  const suiteAt = sessionAt + 1 + (body[sessionAt] ?? 0)
  if (suiteAt + 3 > body.length) return undefined
  const random = Buffer.from(body.subarray(RANDOM_AT, sessionAt))
  if (random.toString('hex') === RETRY_RANDOM) return undefined
  let isTls13 = false
  let isMacLast = false
  const end = Math.min(body.length, suiteAt + 5 + u16beOrZero(body, suiteAt + 3))
  for (let at = suiteAt + 5; at + 4 <= end; at += 4 + u16be(body, at + 2)) {
    const type = u16be(body, at)
    if (type === EXTENSION_ENCRYPT_THEN_MAC) isMacLast = true
    if (type === EXTENSION_SUPPORTED_VERSIONS) {
      isTls13 = at + 6 <= end && u16be(body, at + 4) === VERSION_TLS13
    }
  }
  return { random, suite: u16be(body, suiteAt), isTls13, isMacLast }
}

function u16beOrZero(body: Buffer, at: number): number {
  return at + 2 <= body.length ? u16be(body, at) : 0
}
