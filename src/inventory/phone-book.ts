// The inventory and what registered, together: the phones that there are, for one account. A phone
// of the inventory takes from its registrations what nobody wrote; the others stand for themselves.
import type { Account } from '../accounts/account.ts'
import type { Clock } from '../base/clock.ts'
import type { Finder } from '../query/finder.ts'
import { parseUri } from '../sip/uri.ts'
import { isInNetworks } from '../store/networks.ts'
import type { Edge, Phone, Registration, Site } from './device.ts'
import { comparableHardwareId } from './hardware-id.ts'
import { derivedId, type Inventory } from './inventory.ts'
import { inventoryLimits } from './limits.ts'
import { findSeenPhones, type SeenPhone } from './seen-phones.ts'

type Asker = Pick<Account, 'id' | 'scope'>

interface Remembered {
  readonly atUs: number
  readonly version: number
  readonly phones: Promise<readonly Phone[]>
}

export class PhoneBook {
  readonly #inventory: Inventory
  readonly #clock: Clock
  /** By scope, the one made longest ago first. */
  readonly #remembered = new Map<string, Remembered>()

  constructor(inventory: Inventory, clock: Clock) {
    this.#inventory = inventory
    this.#clock = clock
  }

  /** The sites that an account may see. */
  sites(asker: Asker): Site[] {
    return this.#inventory.sites().filter((site) => isTheirs(site, asker))
  }

  /** The edges that an account may see: of its sites, and those of no site without a scope. */
  edges(asker: Asker): Edge[] {
    const sites = new Set(this.sites(asker).map(({ id }) => id))
    return this.#inventory.edges().filter(({ siteId }) => isVisible(siteId, sites, asker))
  }

  /** The phones that an account may see. `finder` is the account's own. */
  async phones(asker: Asker, finder: Finder): Promise<readonly Phone[]> {
    const nowUs = this.#clock.nowUs()
    const key = JSON.stringify([asker.scope, asker.scope.length === 0 ? '' : asker.id])
    const known = this.#remembered.get(key)
    const { version } = this.#inventory
    const isFresh = known !== undefined && nowUs - known.atUs < inventoryLimits.seenUsMax
    if (isFresh && nowUs >= known.atUs && known.version === version) return known.phones
    const phones = this.#gather(asker, finder)
    this.#remembered.delete(key)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size >= inventoryLimits.seenSetsMax && oldest !== undefined) {
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(key, { atUs: nowUs, version, phones })
    // What failed is not remembered: the next who asks tries again.
    phones.catch(() => this.#remembered.delete(key))
    return phones
  }

  /** The phone of a hardware id, for whoever asks: the vendor's phones have no account. */
  async phoneByHardwareId(hardwareId: string, finder: Finder): Promise<Phone | undefined> {
    const wanted = comparableHardwareId(hardwareId)
    const ofInventory = this.#inventory.phones().find((phone) => phone.hardwareId === wanted)
    if (ofInventory === undefined) return undefined
    const all = await this.phones({ id: '', scope: [] }, finder)
    return all.find(({ id }) => id === ofInventory.id) ?? ofInventory
  }

  async #gather(asker: Asker, finder: Finder): Promise<readonly Phone[]> {
    const sites = this.sites(asker)
    const siteIds = new Set(sites.map(({ id }) => id))
    const seen = await findSeenPhones(finder)
    const left = new Set(seen)
    const phones: Phone[] = []
    for (const phone of this.#inventory.phones()) {
      const registration = seen.find((each) => left.has(each) && isSame(phone, each))
      if (registration !== undefined) left.delete(registration)
      if (!isVisible(phone.siteId, siteIds, asker)) continue
      phones.push(registration === undefined ? phone : completed(phone, registration))
    }
    for (const registration of left) phones.push(phoneOf(registration, sites))
    return phones
  }
}

function isTheirs(site: Site, asker: Asker): boolean {
  return asker.scope.length === 0 || site.accounts.includes(asker.id)
}

function isVisible(siteId: string | null, sites: ReadonlySet<string>, asker: Asker): boolean {
  return asker.scope.length === 0 || (siteId !== null && sites.has(siteId))
}

/** Whether a registration is of this phone: by its hardware, else by what it registers. */
function isSame(phone: Phone, seen: SeenPhone): boolean {
  if (phone.hardwareId !== null && seen.mac !== null) return phone.hardwareId === seen.mac
  return phone.aor !== null && comparableAor(phone.aor) === comparableAor(seen.aor)
}

/** Hosts are compared in lower case, users as they are (RFC 3261 §19.1.4). */
function comparableAor(aor: string): string {
  const { user, host } = parseUri(aor)
  return `${user}@${host.toLowerCase()}`
}

function completed(phone: Phone, seen: SeenPhone): Phone {
  return {
    ...phone,
    aor: phone.aor ?? seen.aor,
    contact: phone.contact ?? seen.contact,
    hardwareId: phone.hardwareId ?? seen.mac,
    model: phone.model ?? modelOf(seen.userAgent),
    userAgent: seen.userAgent,
    seenAtUs: seen.seenAtUs,
    primary: phone.primary.length === 0 ? [registrationOf(seen)] : phone.primary,
  }
}

function phoneOf(seen: SeenPhone, sites: readonly Site[]): Phone {
  const { aor, contact, mac, userAgent, seenAtUs } = seen
  const host = contact === null ? '' : parseUri(contact).host
  const site = sites.find(
    ({ networks }) => isInNetworks(networks, host) || isInNetworks(networks, seen.address),
  )
  return {
    id: derivedId('phones', mac ?? `${aor} ${host || seen.address}`),
    name: parseUri(aor).user || aor,
    siteId: site?.id ?? null,
    hardwareId: mac,
    model: modelOf(userAgent),
    aor,
    contact,
    userAgent,
    seenAtUs,
    primary: [registrationOf(seen)],
    secondary: [],
    values: {},
    reboot: null,
    source: 'seen',
  }
}

function registrationOf({ registrar, registrarPort, transport }: SeenPhone): Registration {
  return { registrar, port: registrarPort, transport, edge: null, trunkBase: null }
}

/** What a User-Agent names before its version number: `Yealink SIP-T46U` of `… 108.86.0.20`. */
function modelOf(userAgent: string | null): string | null {
  if (userAgent === null) return null
  const versionAt = userAgent.search(/[\s/]v?\d[.\d]/i)
  let end = versionAt < 0 ? userAgent.length : versionAt
  // By hand: a pattern that ends in separators looks at a row of them from each of its places.
  while (versionAt >= 0 && /[\s/]/.test(userAgent.charAt(end - 1))) end--
  return userAgent.slice(0, end).trim() || null
}
