// A capture's path and perhaps a key log's in; the secrets for its TLS connections out: those of
// the log, those that the capture itself carries, and those of a log that lies beside it by the
// name of `NAME.keys` or `NAME.keylog`, as whoever makes both calls it.
import { existsSync } from 'node:fs'
import { join, parse } from 'node:path'
import { KeyLog, type SecretSource } from './key-log.ts'
import { KeyLogFile } from './key-log-file.ts'

const BESIDE = ['.keys', '.keylog']

export class CaptureSecrets implements SecretSource {
  readonly mayGrow = false
  readonly #carried = new KeyLog()
  readonly #files: readonly KeyLogFile[]

  /** @throws what the system says of a key log that cannot be read */
  constructor(capturePath: string, keyLogPath: string | undefined) {
    const { dir, name } = parse(capturePath)
    const beside = BESIDE.map((end) => join(dir, `${name}${end}`)).filter((path) =>
      existsSync(path),
    )
    const paths = keyLogPath === undefined ? beside : [keyLogPath, ...beside]
    this.#files = paths.map((path) => new KeyLogFile(path, false))
  }

  get revision(): number {
    return this.#files.reduce((sum, { revision }) => sum + revision, this.#carried.revision)
  }

  /** Takes a key log that the capture carries, whole. */
  add(keyLog: Uint8Array): void {
    this.#carried.add(keyLog)
    this.#carried.finish()
  }

  find(label: string, clientRandom: string): Buffer | undefined {
    const carried = this.#carried.find(label, clientRandom)
    if (carried !== undefined) return carried
    for (const file of this.#files) {
      const found = file.find(label, clientRandom)
      if (found !== undefined) return found
    }
    return undefined
  }
}
