// The number of a TLS cipher suite in, how its records are protected out. Only what is needed to
// read: how keys were agreed on does not matter to whoever has the secret. Suites: IANA's registry.

/** How the bytes of a record are protected. */
export type Protection = 'gcm' | 'ccm' | 'chacha20' | 'cbc'
export type SuiteHash = 'sha256' | 'sha384'

export interface CipherSuite {
  readonly protection: Protection
  readonly keyBytes: number
  /** Hash of the key derivation. */
  readonly hash: SuiteHash
  /** Of CBC suites: what authenticates a record. */
  readonly mac?: 'sha1' | SuiteHash
  readonly tagBytes: number
}

const gcm128: CipherSuite = { protection: 'gcm', keyBytes: 16, hash: 'sha256', tagBytes: 16 }
const gcm256: CipherSuite = { protection: 'gcm', keyBytes: 32, hash: 'sha384', tagBytes: 16 }
const ccm128: CipherSuite = { protection: 'ccm', keyBytes: 16, hash: 'sha256', tagBytes: 16 }
const ccm256: CipherSuite = { ...ccm128, keyBytes: 32 }
const ccm8of128: CipherSuite = { ...ccm128, tagBytes: 8 }
const ccm8of256: CipherSuite = { ...ccm256, tagBytes: 8 }
const chacha20: CipherSuite = {
  protection: 'chacha20',
  keyBytes: 32,
  hash: 'sha256',
  tagBytes: 16,
}
const cbc: CipherSuite = {
  protection: 'cbc',
  keyBytes: 16,
  hash: 'sha256',
  mac: 'sha1',
  tagBytes: 20,
}
const cbc128: CipherSuite = cbc
const cbc256: CipherSuite = { ...cbc, keyBytes: 32 }
const cbc128of256: CipherSuite = { ...cbc, mac: 'sha256', tagBytes: 32 }
const cbc256of256: CipherSuite = { ...cbc256, mac: 'sha256', tagBytes: 32 }
const cbc256of384: CipherSuite = { ...cbc256, hash: 'sha384', mac: 'sha384', tagBytes: 48 }

const ROWS: readonly (readonly [suite: CipherSuite, ...numbers: number[]])[] = [
  // RSA, DHE_RSA, DHE_DSS, DH_anon, PSK, ECDHE_ECDSA, ECDH_ECDSA, ECDHE_RSA, ECDH_RSA; TLS 1.3.
  [gcm128, 0x9c, 0x9e, 0xa2, 0xa6, 0xa8, 0xaa, 0xc02b, 0xc02d, 0xc02f, 0xc031, 0xd001, 0x1301],
  [gcm256, 0x9d, 0x9f, 0xa3, 0xa7, 0xa9, 0xab, 0xc02c, 0xc02e, 0xc030, 0xc032, 0xd002, 0x1302],
  // ECDHE_RSA, ECDHE_ECDSA, DHE_RSA, PSK, ECDHE_PSK, DHE_PSK; TLS 1.3.
  [chacha20, 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0x1303],
  [ccm128, 0xc09c, 0xc09e, 0xc0a4, 0xc0ac, 0x1304],
  [ccm256, 0xc09d, 0xc09f, 0xc0a5, 0xc0ad],
  [ccm8of128, 0xc0a0, 0xc0a2, 0xc0a8, 0xc0ae, 0x1305],
  [ccm8of256, 0xc0a1, 0xc0a3, 0xc0a9, 0xc0af],
  // RSA, DHE_DSS, DHE_RSA, ECDH_ECDSA, ECDHE_ECDSA, ECDH_RSA, ECDHE_RSA.
  [cbc128, 0x2f, 0x32, 0x33, 0xc004, 0xc009, 0xc00e, 0xc013],
  [cbc256, 0x35, 0x38, 0x39, 0xc005, 0xc00a, 0xc00f, 0xc014],
  [cbc128of256, 0x3c, 0x40, 0x67, 0xc023, 0xc025, 0xc027, 0xc029],
  [cbc256of256, 0x3d, 0x6a, 0x6b],
  [cbc256of384, 0xc024, 0xc026, 0xc028, 0xc02a],
]

const suites: ReadonlyMap<number, CipherSuite> = new Map(
  ROWS.flatMap(([suite, ...numbers]) => numbers.map((number) => [number, suite] as const)),
)

/** Undefined for a suite that we cannot read (RC4, 3DES, Camellia, ARIA, no encryption). */
export function suiteOf(number: number): CipherSuite | undefined {
  return suites.get(number)
}
