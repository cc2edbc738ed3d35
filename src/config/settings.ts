// Every setting of Earshot, once: its name, unit, default, meaning and check. In: flags and the
// environment. Out: typed settings. The help text and docs/operate/settings.md are made from this
// table; a value that is not allowed stops the start, for a wrong guess would be worse.
import { Failure } from '../base/failure.ts'
import { recordingSettings } from './recording-settings.ts'
import {
  ADDRESS_OR_NETWORK,
  choice,
  list,
  optionalText,
  text,
  webAddress,
  wholeNumber,
  yesOrNo,
} from './setting.ts'
import type { Setting, SettingGroup } from './setting.ts'

const YEAR_SECONDS = 366 * 86_400
/** A SIP header's name: RFC 3261 §25.1, token. */
const HEADER_NAME = {
  unit: 'header name',
  units: 'header names',
  pattern: /^[\w.!%*+`'~-]{1,64}$/,
  itemsMax: 32,
}
const FOLDER = { unit: 'folder', pattern: /./ }
const FILE = { unit: 'file', pattern: /./ }
const TRUNK_NAME = {
  unit: 'trunk name',
  units: 'trunk names',
  pattern: /^[\w.-]{1,64}$/,
  itemsMax: 1_000,
}
const NETWORK = { ...ADDRESS_OR_NETWORK, unit: 'network', units: 'networks' }
const PORT = { unit: 'port', min: 0, max: 65_535 }

/** The table. Its keys are the names that the code uses. */
export const settingTable = {
  dataFolder: text(
    {
      flag: 'data',
      group: 'storage',
      help: 'where captured bytes, the index and the accounts are kept',
    },
    'folder',
    './data',
  ),
  examples: yesOrNo({
    flag: 'examples',
    group: 'storage',
    help: 'import the bundled example captures when the data folder holds nothing yet',
  }),

  keepDays: wholeNumber(
    {
      flag: 'keep-days',
      group: 'storage',
      help: 'days before today whose traffic a server keeps; 0: for ever',
    },
    { unit: 'days', min: 0, max: 36_500 },
    0,
  ),
  keepGigabytes: wholeNumber(
    {
      flag: 'keep-gigabytes',
      group: 'storage',
      help: 'traffic that a server keeps at most, with its index, the latest days; 0: no bound',
    },
    { unit: 'gigabytes', min: 0, max: 1_000_000 },
    0,
  ),

  host: text(
    {
      flag: 'host',
      group: 'network',
      help: 'name or address on which pages and APIs are served; 0.0.0.0 or :: for every network',
    },
    'host',
    'localhost',
  ),
  port: wholeNumber(
    { flag: 'port', group: 'network', help: 'TCP port of pages and APIs; 0 takes a free one' },
    PORT,
    8080,
  ),
  hepPort: wholeNumber(
    {
      flag: 'hep',
      group: 'network',
      help: 'UDP and TCP port on which HEP is received; 0 for none',
    },
    PORT,
    9060,
  ),
  hepHost: text(
    {
      flag: 'hep-host',
      group: 'network',
      help: 'address on which HEP is received; :: for every network, 127.0.0.1 for this machine',
    },
    'address',
    '::',
  ),
  hepTlsPort: wholeNumber(
    {
      flag: 'hep-tls',
      group: 'network',
      help: 'TCP port for HEP over TLS, with the certificate of the pages; 0 for none',
    },
    PORT,
    0,
  ),
  hepKey: optionalText(
    {
      flag: 'hep-key',
      group: 'network',
      help: 'key that HEP packets must carry; without one, all are taken',
    },
    { unit: 'key', pattern: /^.{1,200}$/ },
  ),
  publicUrl: webAddress({
    flag: 'public-url',
    group: 'network',
    help: 'where clients reach Earshot, for links in answers; else as each request says',
  }),
  tlsCert: optionalText(
    {
      flag: 'tls-cert',
      group: 'network',
      help: 'certificate, PEM with its chain, to serve pages and APIs over TLS; else plain HTTP',
    },
    FILE,
  ),
  tlsKey: optionalText(
    { flag: 'tls-key', group: 'network', help: 'private key of that certificate, PEM' },
    FILE,
  ),
  trustedProxies: list(
    {
      flag: 'trusted-proxies',
      group: 'network',
      help: 'proxies whose X-Forwarded-For and X-Forwarded-Proto are believed',
    },
    { ...ADDRESS_OR_NETWORK, itemsMax: 64 },
    [],
  ),

  interfaces: list(
    {
      flag: 'interface',
      group: 'capture',
      help: 'network interfaces to capture on, by dumpcap or tcpdump; any for all',
    },
    { unit: 'interface', units: 'interfaces', pattern: /^[\w.:@-]{1,64}$/, itemsMax: 32 },
    [],
  ),
  captureFilter: optionalText(
    {
      flag: 'filter',
      group: 'capture',
      help: "what is captured, in libpcap's words; by default all but Earshot's own ports",
    },
    { unit: 'filter', pattern: /^[^-]/ },
  ),
  captureBufferMegabytes: wholeNumber(
    {
      flag: 'capture-buffer',
      group: 'capture',
      help: "the kernel's buffer for each interface",
    },
    { unit: 'megabytes', min: 1, max: 2_000 },
    64,
  ),
  followFolder: optionalText(
    {
      flag: 'follow',
      group: 'capture',
      help: 'folder whose capture files are imported as they are rotated in',
    },
    FOLDER,
  ),
  keyLogFile: optionalText(
    {
      flag: 'keylog',
      group: 'calls',
      help: 'NSS key log with the secrets of TLS and DTLS; read again when it grows',
    },
    FILE,
  ),

  joinHeaders: list(
    {
      flag: 'join-headers',
      group: 'calls',
      help: 'headers that legs of one call share, or that name another leg of it',
    },
    HEADER_NAME,
    ['Session-ID', 'X-Call-ID', 'X-CID', 'Replaces', 'Refer-To', 'P-Charging-Vector'],
  ),
  joinBy: choice(
    {
      flag: 'join-by',
      group: 'calls',
      help:
        'what ties legs to one call: headers alone, or their numbers, places, SDP and what a ' +
        'REFER asked for as well',
    },
    ['headers', 'evidence'],
    'evidence',
  ),
  conversationHeaders: list(
    {
      flag: 'conversation-headers',
      group: 'calls',
      help: 'headers that name the conversation; the first one present wins',
    },
    HEADER_NAME,
    ['X-Conversation-ID', 'X-Genesys-Conversation-ID', 'X-Inin-Cnv'],
  ),

  trunks: list(
    {
      flag: 'trunks',
      group: 'calls',
      help: 'names for addresses of peers, for the scopes of accounts and the direction of calls',
    },
    {
      unit: 'NAME=NETWORK',
      units: 'NAME=NETWORK pairs',
      pattern: /^[\w.-]{1,64}=[\da-fA-F.:]{2,45}(?:\/\d{1,3})?$/,
      itemsMax: 1_000,
    },
    [],
  ),

  carrierTrunks: list(
    {
      flag: 'carrier-trunks',
      group: 'calls',
      help: 'trunks to the outside: calls from them are inbound, calls to them outbound',
    },
    TRUNK_NAME,
    [],
  ),
  internalTrunks: list(
    {
      flag: 'internal-trunks',
      group: 'calls',
      help: 'trunks of our own side: calls from them are outbound, calls to them inbound',
    },
    TRUNK_NAME,
    [],
  ),
  countryCode: optionalText(
    {
      flag: 'country-code',
      group: 'calls',
      help: 'country of numbers written without one, for APIs that show +44…; else as written',
    },
    { unit: 'country code', pattern: /^[1-9]\d{0,2}$/ },
  ),
  ratesFile: optionalText(
    {
      flag: 'rates',
      group: 'calls',
      help: 'rate table, CSV or JSON, for the prices of calls; without it no call has a price',
    },
    FILE,
  ),

  inventoryFile: optionalText(
    {
      flag: 'inventory',
      group: 'api',
      help: 'JSON file of sites, edges, phones and media regions',
    },
    { unit: 'file', pattern: /./ },
  ),
  phoneTemplates: optionalText(
    {
      flag: 'phone-templates',
      group: 'api',
      help: 'folder of phone configuration templates, one JSON file a model',
    },
    { unit: 'folder', pattern: /./ },
  ),
  phonehomeNetworks: list(
    {
      flag: 'phonehome-networks',
      group: 'api',
      help: 'from where phones may fetch their configuration, with no account; empty: anywhere',
    },
    { ...ADDRESS_OR_NETWORK, itemsMax: 256 },
    [],
  ),
  rebootDelaySeconds: wholeNumber(
    {
      flag: 'reboot-delay-seconds',
      group: 'api',
      help: 'from the request of a site reboot to the first device that is told',
    },
    { unit: 'seconds', min: 0, max: 86_400 },
    10,
  ),

  ...recordingSettings,

  sessionSeconds: wholeNumber(
    { flag: 'session-seconds', group: 'api', help: 'how long a login on the pages lasts' },
    { unit: 'seconds', min: 60, max: YEAR_SECONDS },
    12 * 3_600,
  ),
  tokenSeconds: wholeNumber(
    { flag: 'token-seconds', group: 'api', help: 'how long a bearer token is good for' },
    { unit: 'seconds', min: 60, max: YEAR_SECONDS },
    24 * 3_600,
  ),
  signedUrlSeconds: wholeNumber(
    { flag: 'signed-url-seconds', group: 'api', help: 'how long a signed download address works' },
    { unit: 'seconds', min: 1, max: YEAR_SECONDS },
    3_600,
  ),
  downloadKeepSeconds: wholeNumber(
    { flag: 'download-keep-seconds', group: 'api', help: 'how long a finished download is kept' },
    { unit: 'seconds', min: 60, max: YEAR_SECONDS },
    7 * 86_400,
  ),
  ownRequestsPerMinute: wholeNumber(
    {
      flag: 'own-requests-per-minute',
      group: 'api',
      help: "requests of one account to Earshot's own API; 0 for no bound",
    },
    { unit: 'requests a minute', min: 0, max: 1_000_000 },
    0,
  ),
  genesysCloudRequestsPerMinute: wholeNumber(
    {
      flag: 'genesys-cloud-requests-per-minute',
      group: 'api',
      help: 'requests of one account to the Genesys Cloud API; 0 for no bound',
    },
    { unit: 'requests a minute', min: 0, max: 1_000_000 },
    300,
  ),
  signalwireRequestsPerMinute: wholeNumber(
    {
      flag: 'signalwire-requests-per-minute',
      group: 'api',
      help: 'requests of one account to the SignalWire API; 0 for no bound',
    },
    { unit: 'requests a minute', min: 0, max: 1_000_000 },
    0,
  ),
  bandwidthRequestsPerMinute: wholeNumber(
    {
      flag: 'bandwidth-requests-per-minute',
      group: 'api',
      help: 'requests of one account to the Bandwidth API; 0 for no bound',
    },
    { unit: 'requests a minute', min: 0, max: 1_000_000 },
    0,
  ),
  gwsRequestsPerMinute: wholeNumber(
    {
      flag: 'gws-requests-per-minute',
      group: 'api',
      help: 'requests of one account to the GWS API; 0 for no bound',
    },
    { unit: 'requests a minute', min: 0, max: 1_000_000 },
    0,
  ),
  gwsRegion: text(
    { flag: 'gws-region', group: 'api', help: 'the region that recordings of the GWS API name' },
    'region',
    'default',
  ),
  applicationsFile: optionalText(
    {
      flag: 'applications',
      group: 'api',
      help: 'applications that are told of calls by callbacks, JSON; else those made by the API',
    },
    FILE,
  ),
  callbackNetworks: list(
    {
      flag: 'callback-networks',
      group: 'api',
      help: 'private networks that callbacks may be sent to; without them only public addresses',
    },
    { ...NETWORK, itemsMax: 64 },
    [],
  ),
  callbackAgeSecondsMax: wholeNumber(
    {
      flag: 'callback-age-seconds-max',
      group: 'api',
      help: 'oldest event that a callback tells of, so that old captures ring no bell; 0: any',
    },
    { unit: 'seconds', min: 0, max: YEAR_SECONDS },
    3_600,
  ),
  genesysCloudWindowSecondsMax: wholeNumber(
    {
      flag: 'genesys-cloud-window-seconds-max',
      group: 'api',
      help: 'longest time span of one search in the Genesys Cloud API; 0 for no bound',
    },
    { unit: 'seconds', min: 0, max: 100 * YEAR_SECONDS },
    0,
  ),
  isMetricsOpen: yesOrNo({
    flag: 'metrics-open',
    group: 'api',
    help: 'answer /metrics without an account',
  }),

  logLevel: choice(
    { flag: 'log-level', group: 'log', help: 'the least severe lines that are logged, on stderr' },
    ['silent', 'error', 'warn', 'info', 'debug'],
    'info',
  ),
} as const

export type SettingName = keyof typeof settingTable

type ValueOf<One> = One extends Setting<infer Value> ? Value : never

/** The settings of one run, all present. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof settingTable)[Name]> }

/** What a command line gave: by flag, without the dashes. */
export type FlagValues = Readonly<Record<string, unknown>>

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'EARSHOT_'

/** The variable that sets a setting where no flag does: `EARSHOT_LOG_LEVEL`. */
export function variableOf(setting: { readonly flag: string }): string {
  return `${PREFIX}${setting.flag.toUpperCase().replaceAll('-', '_')}`
}

/**
 * The settings of this run: a flag before the environment, the environment before the default.
 * Flags that are no settings are left to the command that knows them.
 * @throws Failure `bad-input` naming the setting, what was found and what is allowed
 */
export function readSettings(flags: FlagValues, environment: Environment): Settings {
  const pairs = Object.entries(settingTable).map(([name, setting]) => {
    return [name, readOne(setting, flags[setting.flag], environment[variableOf(setting)])]
  })
  // The table gives each name its type; only the walk over the table has lost it.
  return Object.fromEntries(pairs) as Settings
}

/** Variables that look like settings and are none: mostly a slip of whoever wrote them. */
export function unknownVariables(environment: Environment): readonly string[] {
  const known = new Set(Object.values(settingTable).map(variableOf))
  return Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !known.has(name))
}

/** The flags as `parseArgs` of node:util takes them: of these groups, or of all. */
export function settingOptions(
  groups?: readonly SettingGroup[],
): Record<string, { type: 'string' | 'boolean' }> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {}
  for (const { flag, group, isSwitch } of Object.values(settingTable)) {
    if (groups !== undefined && !groups.includes(group)) continue
    options[flag] = { type: isSwitch ? 'boolean' : 'string' }
  }
  return options
}

function readOne(setting: Setting<unknown>, flag: unknown, variable: string | undefined): unknown {
  if (flag !== undefined) return readText(setting, textOf(setting, flag), `--${setting.flag}`)
  // An empty variable is one that somebody unset in a file of variables.
  if (variable === undefined || variable === '') return setting.fallback
  return readText(setting, variable, variableOf(setting))
}

function textOf(setting: Setting<unknown>, flag: unknown): string {
  const last: unknown = Array.isArray(flag) ? flag.at(-1) : flag
  if (typeof last === 'string') return last
  return setting.isSwitch ? (last === false ? 'no' : 'yes') : ''
}

function readText(setting: Setting<unknown>, written: string, where: string): unknown {
  const value = setting.read(written)
  if (value !== undefined) return value
  // What was written may be long, or a secret pasted in the wrong place: its start tells enough.
  const found = JSON.stringify(written.length > 60 ? `${written.slice(0, 60)}…` : written)
  throw new Failure('bad-input', `${where}: expected ${setting.allowed}, found ${found}`)
}
