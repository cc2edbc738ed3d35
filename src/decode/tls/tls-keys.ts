// What the two hellos of a connection said in, the ciphers of its records out, as far as the
// secrets are known. Refuses to wait: who asks too early is told so and asks again.
// Labels: draft-ietf-tls-keylogfile §2.
import type { SecretSource } from '../../source/key-log.ts'
import { type CipherSuite, suiteOf } from './cipher-suites.ts'
import { expandLabel } from './key-derivation.ts'
import { cipher13, ciphers12, type RecordCipher } from './record-cipher.ts'
import type { ServerHello } from './handshake.ts'

export type Side = 'client' | 'server'

/** A traffic secret of TLS 1.3 and the cipher under it. */
export interface Traffic {
  readonly secret: Buffer
  readonly cipher: RecordCipher
}

/** Both directions of a connection share one. */
export class TlsKeys {
  clientRandom: string | undefined
  server: ServerHello | undefined
  readonly #secrets: SecretSource
  #ciphers12: { client: RecordCipher; server: RecordCipher } | undefined

  constructor(secrets: SecretSource) {
    this.#secrets = secrets
  }

  /** A ClientHello: the first, or one that agrees on new keys. */
  begin(clientRandom: string): void {
    if (clientRandom === this.clientRandom) return
    this.clientRandom = clientRandom
    this.server = undefined
    this.#ciphers12 = undefined
  }

  get suite(): CipherSuite | undefined {
    return this.server === undefined ? undefined : suiteOf(this.server.suite)
  }

  /** True where a secret may still become known. */
  get mayWait(): boolean {
    // The hello of the other direction may come late: it is captured by itself.
    if (this.clientRandom === undefined || this.server === undefined) return true
    return this.suite !== undefined && this.#secrets.mayGrow
  }

  /** Cipher of a direction of TLS 1.2; undefined while its secret is unknown. */
  cipher12(side: Side): RecordCipher | undefined {
    const { clientRandom, server, suite } = this
    if (clientRandom === undefined || server === undefined || suite === undefined) return undefined
    if (this.#ciphers12 === undefined) {
      const masterSecret = this.#secrets.find('CLIENT_RANDOM', clientRandom)
      if (masterSecret === undefined) return undefined
      this.#ciphers12 = ciphers12(suite, masterSecret, {
        clientRandom: Buffer.from(clientRandom, 'hex'),
        serverRandom: server.random,
        isMacLast: server.isMacLast,
      })
    }
    return this.#ciphers12[side]
  }

  /** Traffic secret of a direction of TLS 1.3 while it shakes hands, and afterwards. */
  traffic13(side: Side, phase: 'handshake' | 'application'): Traffic | undefined {
    const { clientRandom, suite } = this
    if (clientRandom === undefined || suite === undefined) return undefined
    const name = side === 'client' ? 'CLIENT' : 'SERVER'
    const label = phase === 'handshake' ? 'HANDSHAKE_TRAFFIC_SECRET' : 'TRAFFIC_SECRET_0'
    const secret = this.#secrets.find(`${name}_${label}`, clientRandom)
    return secret === undefined ? undefined : { secret, cipher: cipher13(suite, secret) }
  }

  /** RFC 8446 §7.2: the traffic secret after a KeyUpdate. */
  updated(before: Traffic): Traffic {
    const { suite } = this
    if (suite === undefined) return before
    const secret = expandLabel(suite.hash, before.secret, 'traffic upd', before.secret.length)
    return { secret, cipher: cipher13(suite, secret) }
  }
}
