// The records of one direction of a TLS connection in, in order; application data out. Follows the
// change from plain to protected records and from one key to the next, for both versions.
// Refuses early data (RFC 8446 §4.2.10): its key is another one, and its records are passed over.
import {
  HANDSHAKE_CLIENT_HELLO,
  HANDSHAKE_FINISHED,
  HANDSHAKE_KEY_UPDATE,
  HANDSHAKE_SERVER_HELLO,
  HandshakeReader,
  readClientRandom,
  readServerHello,
} from './handshake.ts'
import type { RecordCipher, TlsRecord } from './record-cipher.ts'
import type { Side, TlsKeys, Traffic } from './tls-keys.ts'

export const RECORD_CHANGE_CIPHER_SPEC = 20
export const RECORD_ALERT = 21
export const RECORD_HANDSHAKE = 22
export const RECORD_APPLICATION_DATA = 23

/** Records that may be missing between two that we have, after a hole in the capture. */
const RECORDS_SKIPPED_MAX = 64
/** Records in a row that cannot be read before a direction is given up; early data has as many. */
const RECORDS_UNREADABLE_MAX = 128

/** `wait`: the key is not known yet; offer the record again. `none`: it will not be known. */
export type RecordOutcome = Buffer | 'nothing' | 'wait' | 'none'

export class RecordOpener {
  readonly #keys: TlsKeys
  readonly #handshake: HandshakeReader
  side: Side | undefined
  /** Number of the next record under the current key. */
  #sequence = 0
  /** TLS 1.2: protected records come from here on. */
  #isProtected = false
  #cipher12: RecordCipher | undefined
  #handshakeTraffic: Traffic | undefined
  #traffic: Traffic | undefined
  #isInApplication = false
  #unreadable = 0
  /** Records may be missing before the next one. */
  #isAfterGap = false
  /** Something of this direction was read under a key. */
  hasOpened = false

  constructor(keys: TlsKeys) {
    this.#keys = keys
    this.#handshake = new HandshakeReader((type, body) => this.#takeHandshake(type, body))
  }

  noteGap(): void {
    this.#isAfterGap = true
    this.#handshake.forget()
  }

  get isUnreadable(): boolean {
    return this.#unreadable > RECORDS_UNREADABLE_MAX
  }

  take(record: TlsRecord): RecordOutcome {
    const isTls13 = this.#keys.server?.isTls13 === true
    if (!this.#isProtected && record.type === RECORD_HANDSHAKE) {
      this.#handshake.push(record.body)
      return 'nothing'
    }
    if (record.type === RECORD_CHANGE_CIPHER_SPEC) return this.#changeCipherSpec(isTls13)
    if (!this.#isProtected && record.type !== RECORD_APPLICATION_DATA) return 'nothing'
    if (this.#cipher12 !== undefined) return this.#open(record, this.#cipher12)
    // Without a hello of its own, a direction was joined in its middle.
    if (this.side === undefined) return 'none'
    if (this.#keys.server === undefined) return this.#unknown()
    return isTls13 ? this.#take13(record, this.side) : this.#take12(record, this.side)
  }

  #unknown(): RecordOutcome {
    return this.#keys.mayWait ? 'wait' : 'none'
  }

  /** In TLS 1.3 it means nothing (RFC 8446 §5); whether this is 1.3 the ServerHello must say. */
  #changeCipherSpec(isTls13: boolean): RecordOutcome {
    if (isTls13) return 'nothing'
    if (this.side === undefined) return 'none'
    if (this.#keys.server === undefined) return this.#unknown()
    this.#isProtected = true
    this.#cipher12 = undefined
    this.#sequence = 0
    return 'nothing'
  }

  #take12(record: TlsRecord, side: Side): RecordOutcome {
    this.#cipher12 = this.#keys.cipher12(side)
    if (this.#cipher12 === undefined) return this.#unknown()
    return this.#open(record, this.#cipher12)
  }

  #take13(record: TlsRecord, side: Side): RecordOutcome {
    if (!this.#isInApplication) {
      this.#handshakeTraffic ??= this.#keys.traffic13(side, 'handshake')
      this.#traffic ??= this.#keys.traffic13(side, 'application')
      if (this.#traffic === undefined) return this.#unknown()
      if (this.#handshakeTraffic !== undefined) {
        const opened = this.#open(record, this.#handshakeTraffic.cipher)
        if (this.#unreadable === 0) return opened
      }
      // The end of the handshake may be missing in the capture, or its secret in the log.
      const sequence = this.#sequence
      this.#sequence = 0
      const opened = this.#open(record, this.#traffic.cipher)
      if (this.#unreadable === 0) this.#isInApplication = true
      else this.#sequence = sequence
      return opened
    }
    return this.#traffic === undefined ? 'none' : this.#open(record, this.#traffic.cipher)
  }

  /** Opens a record under a key; `#unreadable` is 0 afterwards exactly if that was the key. */
  #open(record: TlsRecord, cipher: RecordCipher): RecordOutcome {
    const skipsMax = this.#isAfterGap ? RECORDS_SKIPPED_MAX : 0
    for (let skipped = 0; skipped <= skipsMax; skipped++) {
      const opened = cipher.open(record, this.#sequence + skipped)
      if (opened === undefined) continue
      this.#sequence += skipped + 1
      this.#unreadable = 0
      this.#isAfterGap = false
      this.hasOpened = true
      if (opened.type === RECORD_APPLICATION_DATA) return opened.bytes
      if (opened.type === RECORD_HANDSHAKE) this.#handshake.push(opened.bytes)
      return 'nothing'
    }
    this.#unreadable++
    return 'nothing'
  }

  #takeHandshake(type: number, body: Buffer): void {
    switch (type) {
      case HANDSHAKE_CLIENT_HELLO: {
        const random = readClientRandom(body)
        if (random === undefined) return
        this.side = 'client'
        this.#keys.begin(random)
        return
      }
      case HANDSHAKE_SERVER_HELLO: {
        const hello = readServerHello(body)
        this.side = 'server'
        if (hello !== undefined) this.#keys.server = hello
        return
      }
      case HANDSHAKE_FINISHED:
        if (this.#keys.server?.isTls13 !== true || this.#isInApplication) return
        this.#isInApplication = true
        this.#sequence = 0
        return
      case HANDSHAKE_KEY_UPDATE:
        if (!this.#isInApplication || this.#traffic === undefined) return
        this.#traffic = this.#keys.updated(this.#traffic)
        this.#sequence = 0
    }
  }
}
