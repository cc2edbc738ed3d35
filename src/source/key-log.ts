// Lines of an NSS key log in, the secrets of TLS connections out, by the label of the secret and
// the client's random number. The form that OpenSSL, NSS, Java and browsers write and that pcapng
// carries in its decryption secrets blocks. Refuses nothing: a line that is none is counted.
//
//    CLIENT_RANDOM <32 bytes, hex> <master secret, hex>              TLS 1.2
//    CLIENT_TRAFFIC_SECRET_0 <32 bytes, hex> <secret, hex>           TLS 1.3; three more labels
import { limits } from '../base/limits.ts'

/** Where decode finds the secrets of a connection. */
export interface SecretSource {
  /** The secret of this label; `clientRandom` in lower-case hex. */
  find(label: string, clientRandom: string): Buffer | undefined
  /** Rises whenever something was learnt. */
  readonly revision: number
  /** True where secrets may come after the connection that they are for. */
  readonly mayGrow: boolean
}

const LABEL = /^[A-Z][A-Z0-9_]{3,63}$/
const HEX = /^(?:[\da-fA-F]{2})+$/
const RANDOM_CHARACTERS = 64
const SECRET_CHARACTERS_MAX = 256
/** A line longer than this is none; what comes before the next line end is passed over. */
const LINE_BYTES_MAX = 1024

export class KeyLog implements SecretSource {
  readonly mayGrow: boolean = false
  readonly #secrets = new Map<string, Buffer>()
  readonly #max: number
  #revision = 0
  #rest = ''
  #linesIgnored = 0
  #turnedAway = 0

  constructor(max: number = limits.tlsSecretsMax) {
    this.#max = max
  }

  get revision(): number {
    return this.#revision
  }

  /** Takes the next bytes of a log; a line may be cut anywhere and go on in the next call. */
  add(bytes: Uint8Array): void {
    const text = this.#rest + Buffer.from(bytes).toString('latin1')
    const lines = text.split(/\r?\n/)
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LINE_BYTES_MAX) this.#rest = this.#rest.slice(-LINE_BYTES_MAX)
    for (const line of lines) this.#addLine(line)
  }

  /** Says that nothing follows: a last line without its end counts too. */
  finish(): void {
    this.#addLine(this.#rest)
    this.#rest = ''
  }

  find(label: string, clientRandom: string): Buffer | undefined {
    return this.#secrets.get(`${label} ${clientRandom}`)
  }

  stats(): { secrets: number; linesIgnored: number; turnedAway: number } {
    return {
      secrets: this.#secrets.size,
      linesIgnored: this.#linesIgnored,
      turnedAway: this.#turnedAway,
    }
  }

  #addLine(line: string): void {
    if (line === '' || line.startsWith('#')) return
    const [label = '', random = '', secret = ''] = line.trim().split(/\s+/)
    const isSecret =
      LABEL.test(label) &&
      random.length === RANDOM_CHARACTERS &&
      HEX.test(random) &&
      secret.length <= SECRET_CHARACTERS_MAX &&
      HEX.test(secret)
    if (!isSecret) {
      this.#linesIgnored++
      return
    }
    const key = `${label} ${random.toLowerCase()}`
    // The oldest goes first: a log that is written for years names connections long gone.
    if (this.#secrets.size >= this.#max && !this.#secrets.has(key)) {
      const [oldest] = this.#secrets.keys()
      if (oldest !== undefined) this.#secrets.delete(oldest)
      this.#turnedAway++
    }
    this.#secrets.set(key, Buffer.from(secret, 'hex'))
    this.#revision++
  }
}
