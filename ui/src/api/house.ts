// Typed functions over the parts of /api/v1 that are about the house: accounts, inventory, reboots.
import type { Account, Dialect } from '../../../src/accounts/account.ts'
import type { Edge, Phone, Site } from '../../../src/inventory/device.ts'
import type { RegionCount } from '../../../src/inventory/media-regions.ts'
import type { RebootJob } from '../../../src/inventory/reboot/job.ts'
import { getJson, send } from './client.ts'

const BASE = '/api/v1'

/** What a form knows of an account to be made. */
export interface NewAccount {
  readonly dialect: Dialect
  readonly id: string
  readonly secret: string
  readonly permissions?: readonly string[]
  readonly scope: readonly string[]
}

/** All accounts, for administrators. */
export async function fetchAccounts(signal?: AbortSignal): Promise<readonly Account[]> {
  const { accounts } = await getJson<{ accounts: readonly Account[] }>(`${BASE}/accounts`, signal)
  return accounts
}

/** Makes an account. */
export async function makeAccount(account: NewAccount): Promise<void> {
  await send(`${BASE}/accounts`, withBody('POST', account))
}

/** Changes what an account sees, or its secret. */
export async function changeAccount(
  account: Pick<Account, 'dialect' | 'id'>,
  change: { readonly scope?: readonly string[]; readonly secret?: string },
): Promise<void> {
  await send(accountPath(account), withBody('PATCH', change))
}

/** Removes an account; its sessions and tokens end. */
export async function removeAccount(account: Pick<Account, 'dialect' | 'id'>): Promise<void> {
  await send(accountPath(account), { method: 'DELETE' })
}

/** Sites, edges and phones. */
export interface InventoryAnswer {
  readonly sites: readonly Site[]
  readonly edges: readonly Edge[]
  readonly phones: readonly Phone[]
}

/** The inventory as this account may see it. */
export function fetchInventory(signal?: AbortSignal): Promise<InventoryAnswer> {
  return getJson<InventoryAnswer>(`${BASE}/inventory`, signal)
}

/** Media regions with the streams seen in each. */
export interface RegionsAnswer {
  readonly regions: readonly RegionCount[]
  readonly streamsElsewhere: number
  readonly streamsCounted: number
}

/** The media regions of the inventory. */
export function fetchRegions(signal?: AbortSignal): Promise<RegionsAnswer> {
  return getJson<RegionsAnswer>(`${BASE}/media-regions`, signal)
}

/** Reboots of sites, the newest first. */
export async function fetchReboots(signal?: AbortSignal): Promise<readonly RebootJob[]> {
  return (await getJson<{ reboots: readonly RebootJob[] }>(`${BASE}/reboots`, signal)).reboots
}

/** A device of a reboot. */
export interface RebootedDevice {
  readonly kind: 'phone' | 'edge'
  readonly id: string
  readonly name: string
  readonly by: string
  readonly state: 'waiting' | 'telling' | 'done' | 'failed' | 'unknown'
  readonly result: string | null
}

/** The devices of a reboot. */
export async function fetchRebootedDevices(
  jobId: string,
  signal?: AbortSignal,
): Promise<readonly RebootedDevice[]> {
  const path = `${BASE}/reboots/${encodeURIComponent(jobId)}`
  return (await getJson<{ devices: readonly RebootedDevice[] }>(path, signal)).devices
}

/** Reboots the phones and edges of a site; while one is open, that one it stays. */
export async function rebootSite(siteId: string): Promise<void> {
  await send(`${BASE}/sites/${encodeURIComponent(siteId)}/reboots`, { method: 'POST' })
}

function accountPath({ dialect, id }: Pick<Account, 'dialect' | 'id'>): string {
  return `${BASE}/accounts/${dialect}/${encodeURIComponent(id)}`
}

function withBody(method: string, body: object): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
