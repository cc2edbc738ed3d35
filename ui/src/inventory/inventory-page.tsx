// Sites with their edges and phones, where each is known from, and the reboots of sites.
import type { Edge, Phone, Site } from '../../../src/inventory/device.ts'
import type { InventoryAnswer } from '../api/house.ts'
import { formatEnd } from '../paint/ladder-columns.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { TimeText } from '../text/zone.tsx'
import { RegionTable } from './region-table.tsx'
import { RebootList } from './reboot-list.tsx'
import { useInventory, useRebootSite } from './use-inventory.ts'

/** The page of the inventory. */
export function InventoryPage() {
  const inventory = useInventory()
  useTitle('Inventory')
  return (
    <div className="house">
      <h1>Sites, edges and phones</h1>
      {inventory.isError && (
        <ErrorNote error={inventory.error} onRetry={() => void inventory.refetch()} />
      )}
      {inventory.data !== undefined && <Shown inventory={inventory.data} />}
      <RegionTable />
      <RebootList />
    </div>
  )
}

function Shown({ inventory }: { inventory: InventoryAnswer }) {
  const { sites, edges, phones } = inventory
  const isEmpty = sites.length + edges.length + phones.length === 0
  if (isEmpty) {
    return (
      <p className="dim">
        Nothing yet: phones appear when their registrations are captured; sites and edges are
        written into the file of <code>--inventory</code>, or put by <a href="/api/docs">the API</a>
        .
      </p>
    )
  }
  return (
    <>
      {sites.length > 0 && <Sites inventory={inventory} />}
      {edges.length > 0 && <Edges edges={edges} sites={sites} />}
      {phones.length > 0 && <Phones phones={phones} sites={sites} />}
    </>
  )
}

function Sites({ inventory: { sites, edges, phones } }: { inventory: InventoryAnswer }) {
  const reboot = useRebootSite()
  const ofSite = (devices: readonly (Edge | Phone)[], { id }: Site) =>
    devices.filter(({ siteId }) => siteId === id).length
  return (
    <section>
      <h2>Sites</h2>
      <table>
        <thead>
          <tr>
            <th>Site</th>
            <th>Edges</th>
            <th>Phones</th>
            <th>Known from</th>
            <th aria-label="What can be done" />
          </tr>
        </thead>
        <tbody>
          {sites.map((site) => (
            <tr key={site.id}>
              <th scope="row">{site.name}</th>
              <td className="number">{ofSite(edges, site)}</td>
              <td className="number">{ofSite(phones, site)}</td>
              <td>{site.source}</td>
              <td>
                <button
                  type="button"
                  disabled={reboot.isPending}
                  title="tells its phones and edges to restart"
                  onClick={() => reboot.mutate(site.id)}
                >
                  Reboot
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {reboot.isError && <ErrorNote error={reboot.error} heading="Not rebooted" />}
    </section>
  )
}

function Edges({ edges, sites }: { edges: readonly Edge[]; sites: readonly Site[] }) {
  return (
    <section>
      <h2>Edges</h2>
      <table>
        <thead>
          <tr>
            <th>Edge</th>
            <th>Site</th>
            <th>Address</th>
            <th>Known from</th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge) => (
            <tr key={edge.id}>
              <th scope="row">{edge.name}</th>
              <td>{siteName(sites, edge.siteId)}</td>
              <td>
                {formatEnd(edge.address, edge.port)} <span className="dim">{edge.transport}</span>
              </td>
              <td>{edge.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Phones({ phones, sites }: { phones: readonly Phone[]; sites: readonly Site[] }) {
  return (
    <section>
      <h2>Phones</h2>
      <table>
        <thead>
          <tr>
            <th>Phone</th>
            <th>Site</th>
            <th>Hardware id</th>
            <th>Model</th>
            <th>Contact</th>
            <th>Registered</th>
            <th>Known from</th>
          </tr>
        </thead>
        <tbody>
          {phones.map((phone) => (
            <tr key={phone.id}>
              <th scope="row" title={phone.aor ?? ''}>
                {phone.name}
              </th>
              <td>{siteName(sites, phone.siteId)}</td>
              <td className="number">{phone.hardwareId ?? '–'}</td>
              <td title={phone.userAgent ?? ''}>{phone.model ?? '–'}</td>
              <td>{phone.contact ?? '–'}</td>
              <td>{phone.seenAtUs === null ? '–' : <TimeText tUs={phone.seenAtUs} />}</td>
              <td>{phone.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function siteName(sites: readonly Site[], siteId: string | null): string {
  return sites.find(({ id }) => id === siteId)?.name ?? siteId ?? '–'
}
