// What the HTTP side is built from: the questions it may ask, who may ask them, and its settings.
// Types and defaults alone; nothing here opens or starts anything.
import type { FastifyBaseLogger } from 'fastify'
import type { CallbackQuestions } from '../bandwidth/callbacks/contract.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import type { Clock } from '../../base/clock.ts'
import type { OpenInventory } from '../../inventory/open-inventory.ts'
import type { LiveState } from '../../line/arrival.ts'
import type { ImportResult } from '../../line/import-result.ts'
import type { Finder } from '../../query/finder.ts'
import type { CallSounds } from '../../sound/call-sounds.ts'
import type { Recorder } from '../../recorder/recorder.ts'
import type { RecordingStore, SoundStore } from '../../store/recordings/contract.ts'

export interface Importer {
  /**
   * Takes a capture file into the store, naming it `name` in what it says. The file stays the
   * caller's. @throws Failure
   */
  importFile(path: string, name: string): Promise<ImportResult>
}

/** Counters of what is taken in, each a plural noun; gauges end in their unit. */
export type IngestCounters = Readonly<Record<string, number>>

export interface ApiSettings {
  /** Accounts, keys, uploads under way and finished downloads lie below it. */
  readonly dataFolder: string
  /** The built web pages; without it only the APIs answer. */
  readonly uiFolder?: string
  /** Where clients reach us, as `https://earshot.example`; else as each request says. */
  readonly publicUrl?: string
  /** Paths of the certificate and its key, PEM; without them plain HTTP is spoken. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Addresses or networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[]
  readonly version: string
  readonly sessionSeconds: number
  readonly tokenSeconds: number
  readonly signedUrlSeconds: number
  /** How long a finished download is kept. */
  readonly downloadKeepSeconds: number
  /** Requests of one account in a minute; 0 for no bound. */
  readonly ownRequestsPerMinute: number
  readonly genesysCloudRequestsPerMinute: number
  /** Trunks as `name=network`, for scopes and directions; a name may stand several times. */
  readonly trunks: readonly string[]
  /** Names of the trunks to the outside and of our own side. */
  readonly carrierTrunks: readonly string[]
  readonly internalTrunks: readonly string[]
  /** Country code of numbers written without one. */
  readonly countryCode?: string
  /** Path of the rate table. */
  readonly ratesFile?: string
  readonly signalwireRequestsPerMinute: number
  readonly bandwidthRequestsPerMinute: number
  readonly gwsRequestsPerMinute: number
  /** Networks inside that callbacks may be sent to. */
  readonly callbackNetworks: readonly string[]
  /** Oldest event that a callback tells of; 0 for any. */
  readonly callbackAgeSecondsMax: number
  /** What recordings of the GWS API give as their region. */
  readonly gwsRegion: string
  /** Longest search window of the Genesys Cloud API; 0 for no bound. */
  readonly genesysCloudWindowSecondsMax: number
  /** Networks from which phones may fetch their configuration; from everywhere without any. */
  readonly phonehomeNetworks: readonly string[]
  /** Whether `/metrics` answers without an account. */
  readonly isMetricsOpen: boolean
}

/** The settings that have a default. */
export const apiSettingDefaults = {
  sessionSeconds: 12 * 3_600,
  tokenSeconds: 24 * 3_600,
  signedUrlSeconds: 3_600,
  downloadKeepSeconds: 7 * 86_400,
  ownRequestsPerMinute: 0,
  genesysCloudRequestsPerMinute: 300,
  genesysCloudWindowSecondsMax: 0,
  trunks: [],
  phonehomeNetworks: [],
  carrierTrunks: [],
  internalTrunks: [],
  signalwireRequestsPerMinute: 0,
  bandwidthRequestsPerMinute: 0,
  gwsRequestsPerMinute: 0,
  gwsRegion: 'default',
  callbackNetworks: [],
  callbackAgeSecondsMax: 3_600,
  isMetricsOpen: false,
} as const satisfies Partial<ApiSettings>

export interface ApiParts {
  readonly finder: Finder
  readonly accounts: Accounts
  /** Recordings and the sound of them; absent where nothing keeps any. */
  readonly recordings?: RecordingStore
  readonly sounds?: SoundStore
  /** Makes sound of calls when it is asked for; absent where none is made. */
  readonly callSounds?: CallSounds
  /** Begins, pauses and ends recordings; absent where nothing is recorded. */
  readonly recorder?: Recorder
  readonly importer: Importer
  /** Tells applications of calls; absent where nothing is told. */
  readonly callbacks?: CallbackQuestions
  /** Sites, edges and phones, and their reboots. */
  readonly inventory: OpenInventory
  /** What arrives live, about a second old; undefined while nothing is taken in. */
  readonly liveState?: () => LiveState | undefined
  readonly clock: Clock
  readonly settings: ApiSettings
  /** A pino logger, or anything that logs like one. */
  readonly log: FastifyBaseLogger
  counters(): IngestCounters
}
