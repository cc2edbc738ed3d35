// What there is: sites, edges and phones of the operator's file and of the API, with their defaults
// filled in. The file is read at the start and wins over the API; what is wrong in it is named.
// Phones that only registered are added by phone-book.ts.
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { Failure } from '../base/failure.ts'
import { isNetwork } from '../store/networks.ts'
import type { Edge, EntrySource, MediaRegions, Phone, Registration, Site } from './device.ts'
import {
  ENTRY_KINDS,
  type EntryKind,
  entrySchemas,
  InventorySchema,
  type WrittenEdge,
  type WrittenEntry,
  type WrittenInventory,
  type WrittenPhone,
  type WrittenRegistration,
  type WrittenSite,
} from './entries.ts'
import { comparableHardwareId } from './hardware-id.ts'
import { InventoryFile } from './inventory-file.ts'
import { inventoryLimits } from './limits.ts'

const SIP_PORT = 5060
const SIPS_PORT = 5061

interface Written<Entry> {
  readonly id: string
  readonly entry: Entry
  readonly source: EntrySource
}

export class Inventory {
  readonly #file: InventoryFile
  readonly #written: WrittenInventory
  /** Counts changes, for those who remember something made from the entries. */
  #version = 0

  /** @throws Failure `bad-input` naming what is wrong in the file at `path` */
  constructor(options: { readonly folder: string; readonly path?: string | undefined }) {
    this.#written = options.path === undefined ? {} : readInventory(options.path)
    this.#file = new InventoryFile(options.folder)
  }

  close(): void {
    this.#file.close()
  }

  get version(): number {
    return this.#version
  }

  /** By name. */
  sites(): Site[] {
    return this.#all<WrittenSite>('sites').map(siteOf).toSorted(byName)
  }

  site(id: string): Site | undefined {
    return this.sites().find((site) => site.id === id)
  }

  /** By name. */
  edges(): Edge[] {
    return this.#all<WrittenEdge>('edges').map(edgeOf).toSorted(byName)
  }

  /** By name. Phones of a site that name no registrar register with the site's edges. */
  phones(): Phone[] {
    const edges = this.edges()
    return this.#all<WrittenPhone>('phones')
      .map((written) => phoneOf(written, edges))
      .toSorted(byName)
  }

  regions(): MediaRegions {
    const { home, core, satellite, networks } = this.#written.mediaRegions ?? {}
    return {
      home: home ?? null,
      core: core ?? [],
      satellite: satellite ?? [],
      networks: networks ?? {},
    }
  }

  /** Adds or replaces an entry. @throws Failure `bad-input`, `conflict` for one of the file */
  put(kind: EntryKind, id: string, entry: WrittenEntry): void {
    checkEntry(kind, entry)
    this.#refuseOfFile(kind, id)
    if (this.#file.count() >= inventoryLimits.entriesMax) {
      throw new Failure('too-large', `at most ${inventoryLimits.entriesMax} entries`)
    }
    this.#file.put(kind, id, { ...entry, id })
    this.#version++
  }

  /** @throws Failure `not-found`, `conflict` for one of the file */
  remove(kind: EntryKind, id: string): void {
    this.#refuseOfFile(kind, id)
    if (!this.#file.delete(kind, id)) throw new Failure('not-found', `${kind} has no entry ${id}`)
    this.#version++
  }

  #refuseOfFile(kind: EntryKind, id: string): void {
    if (!this.#ofFile(kind).some((written) => written.id === id)) return
    throw new Failure('conflict', `${id} stands in the inventory file and is changed there`)
  }

  #all<Entry extends WrittenEntry>(kind: EntryKind): Written<Entry>[] {
    const ofFile = this.#ofFile<Entry>(kind)
    const ids = new Set(ofFile.map(({ id }) => id))
    const ofApi = this.#file.entries<Entry>(kind).filter(({ id }) => !ids.has(id))
    return [...ofFile, ...ofApi.map((row) => ({ ...row, source: 'api' as const }))]
  }

  #ofFile<Entry extends WrittenEntry>(kind: EntryKind): Written<Entry>[] {
    const entries = (this.#written[kind] ?? []) as readonly Entry[]
    return entries.map((entry) => ({ id: idOf(kind, entry), entry, source: 'file' as const }))
  }
}

/** The id of an entry that does not say it: a UUID made of what it is known by (RFC 9562 §5.8). */
export function derivedId(...parts: readonly string[]): string {
  const hex = createHash('sha256')
    .update(`earshot ${parts.join('\n')}`)
    .digest('hex')
  const text = `${hex.slice(0, 12)}8${hex.slice(13, 16)}9${hex.slice(17, 32)}`
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function readInventory(path: string): WrittenInventory {
  const written: unknown = readJson(path)
  if (!Value.Check(InventorySchema, written)) {
    throw new Failure('bad-input', `${path}: ${firstError(InventorySchema, written)}`)
  }
  for (const kind of ENTRY_KINDS) {
    const entries: readonly WrittenEntry[] = written[kind] ?? []
    const ids = entries.map((entry) => idOf(kind, entry))
    const twice = ids.find((id, i) => ids.indexOf(id) !== i)
    if (twice !== undefined) throw new Failure('bad-input', `${path}: ${kind}: ${twice} twice`)
  }
  const networks = [
    ...(written.sites ?? []).flatMap((site) => site.networks ?? []),
    ...Object.values(written.mediaRegions?.networks ?? {}).flat(),
  ]
  checkNetworks(networks, path)
  return written
}

function readJson(path: string): unknown {
  try {
    if (statSync(path).size > inventoryLimits.fileBytesMax) {
      throw new Failure('too-large', `at most ${inventoryLimits.fileBytesMax} bytes`)
    }
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('bad-input', `${path}: ${reason}`, { cause: error })
  }
}

/** Commands stand in the file alone, for they run on this machine. @throws Failure `bad-input` */
function checkEntry(kind: EntryKind, entry: WrittenEntry): void {
  const schema = entrySchemas[kind]
  if (!Value.Check(schema, entry)) throw new Failure('bad-input', firstError(schema, entry))
  checkNetworks('networks' in entry ? (entry.networks ?? []) : [], kind)
  if (JSON.stringify(entry).includes('"by":"command"')) {
    throw new Failure('bad-input', 'commands are set in the inventory file alone')
  }
}

function checkNetworks(networks: readonly string[], where: string): void {
  const wrong = networks.find((network) => !isNetwork(network))
  if (wrong === undefined) return
  throw new Failure('bad-input', `${where}: expected an address or a network, found ${wrong}`)
}

function firstError(schema: TSchema, value: unknown): string {
  const [error] = Value.Errors(schema, value)
  return error === undefined ? 'not understood' : `${error.instancePath || '/'} ${error.message}`
}

function idOf(kind: EntryKind, entry: WrittenEntry): string {
  if (entry.id !== undefined) return entry.id
  const hardwareId = 'hardwareId' in entry ? entry.hardwareId : undefined
  const knownBy = hardwareId === undefined ? undefined : comparableHardwareId(hardwareId)
  const aor = 'aor' in entry ? entry.aor : undefined
  return derivedId(kind, knownBy ?? entry.name ?? aor ?? JSON.stringify(entry))
}

function siteOf({ id, entry, source }: Written<WrittenSite>): Site {
  return {
    id,
    name: entry.name,
    networks: entry.networks ?? [],
    accounts: entry.accounts ?? [],
    phoneReboot: entry.phoneReboot ?? null,
    edgeReboot: entry.edgeReboot ?? null,
    source,
  }
}

function edgeOf({ id, entry, source }: Written<WrittenEdge>): Edge {
  const { name, address, transport = 'UDP' } = entry
  return {
    id,
    name,
    siteId: entry.siteId ?? null,
    address,
    port: entry.port ?? portOf(transport),
    transport,
    reboot: entry.reboot ?? null,
    source,
  }
}

function phoneOf({ id, entry, source }: Written<WrittenPhone>, edges: readonly Edge[]): Phone {
  const { name, siteId, hardwareId, model, aor, contact, values, reboot } = entry
  const hardware = hardwareId === undefined ? null : comparableHardwareId(hardwareId)
  const ofSite = edges.filter((edge) => edge.siteId !== null && edge.siteId === siteId)
  const primary = entry.primary?.map((written) => registrationOf(written, edges))
  const secondary = entry.secondary?.map((written) => registrationOf(written, edges))
  return {
    id,
    name: name ?? hardware ?? aor ?? id,
    siteId: siteId ?? null,
    hardwareId: hardware,
    model: model ?? null,
    aor: aor ?? null,
    contact: contact ?? null,
    userAgent: null,
    seenAtUs: null,
    primary: primary ?? ofSite.slice(0, 1).map(registrationAt),
    secondary: secondary ?? (primary === undefined ? ofSite.slice(1).map(registrationAt) : []),
    values: values ?? {},
    reboot: reboot ?? null,
    source,
  }
}

/** The registration with an edge. */
export function registrationAt({ id, name, address, port, transport }: Edge): Registration {
  return { registrar: address, port, transport, edge: { id, name }, trunkBase: null }
}

function registrationOf(written: WrittenRegistration, edges: readonly Edge[]): Registration {
  const { registrar, port, transport = 'UDP', edgeId, trunkBase } = written
  const edge = edges.find(({ id }) => id === edgeId)
  return {
    registrar,
    port: port ?? portOf(transport),
    transport,
    edge: edge === undefined ? null : { id: edge.id, name: edge.name },
    trunkBase: trunkBase ?? null,
  }
}

function portOf(transport: 'UDP' | 'TCP' | 'TLS'): number {
  return transport === 'TLS' ? SIPS_PORT : SIP_PORT
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}
