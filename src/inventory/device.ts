// Sites, edges, phones and media regions as everybody else sees them: every field there, null where
// nothing is known. Types alone.
import type { RebootWay } from './entries.ts'

/** Where an entry comes from: the operator's file, the API, or registrations that were captured. */
export type EntrySource = 'file' | 'api' | 'seen'

export interface Site {
  readonly id: string
  readonly name: string
  readonly networks: readonly string[]
  /** Accounts with a scope that may see it nevertheless. */
  readonly accounts: readonly string[]
  readonly phoneReboot: RebootWay | null
  readonly edgeReboot: RebootWay | null
  readonly source: EntrySource
}

export interface Edge {
  readonly id: string
  readonly name: string
  readonly siteId: string | null
  readonly address: string
  readonly port: number
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly reboot: RebootWay | null
  readonly source: EntrySource
}

/** A registrar that a phone registers with. */
export interface Registration {
  readonly registrar: string
  readonly port: number
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly edge: { readonly id: string; readonly name: string } | null
  readonly trunkBase: { readonly id?: string; readonly name?: string } | null
}

export interface Phone {
  readonly id: string
  readonly name: string
  readonly siteId: string | null
  /** MAC address as twelve lower-case digits, or a name in lower case. */
  readonly hardwareId: string | null
  readonly model: string | null
  readonly aor: string | null
  readonly contact: string | null
  readonly userAgent: string | null
  /** When it last registered, µs since 1970; null where no registration was captured. */
  readonly seenAtUs: number | null
  readonly primary: readonly Registration[]
  readonly secondary: readonly Registration[]
  readonly values: Readonly<Record<string, string | number | boolean>>
  readonly reboot: RebootWay | null
  readonly source: EntrySource
}

/** Which region media addresses belong to. */
export interface MediaRegions {
  readonly home: string | null
  readonly core: readonly string[]
  readonly satellite: readonly string[]
  readonly networks: Readonly<Record<string, readonly string[]>>
}
