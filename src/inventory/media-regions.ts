// Streams in, how many of them touched which media region out: each end of a stream lies in the
// region whose networks hold its address, or in none. Pure; what is asked and shown is the API's.
import type { Stream } from '../calls/stream.ts'
import { isInNetworks } from '../store/networks.ts'
import type { MediaRegions } from './device.ts'

/** What a region is to the house. */
export type RegionRole = 'home' | 'core' | 'satellite' | 'other'

/** A region with the streams that were seen in it. */
export interface RegionCount {
  readonly region: string
  readonly role: RegionRole
  readonly networks: readonly string[]
  /** Streams that begin or end there. */
  readonly streams: number
  /** When the last of them ended, µs since 1970; null where there is none. */
  readonly lastUs: number | null
}

type Ends = Pick<Stream, 'src' | 'dst' | 'endUs'>

/** Every region that is named, by name, with its streams; and the streams of no region. */
export function countRegions(
  regions: MediaRegions,
  streams: readonly Ends[],
): { readonly regions: RegionCount[]; readonly streamsElsewhere: number } {
  const counts = namedIn(regions).map((region) => {
    const networks = regions.networks[region] ?? []
    const isThere = ({ src, dst }: Ends) =>
      isInNetworks(networks, src) || isInNetworks(networks, dst)
    const there = streams.filter(isThere)
    const lastUs = there.reduce((last, { endUs }) => Math.max(last, endUs), 0)
    return {
      region,
      role: roleOf(region, regions),
      networks,
      streams: there.length,
      lastUs: there.length === 0 ? null : lastUs,
    }
  })
  const all = Object.values(regions.networks).flat()
  const streamsElsewhere = streams.filter(
    ({ src, dst }) => !isInNetworks(all, src) && !isInNetworks(all, dst),
  ).length
  return { regions: counts, streamsElsewhere }
}

function namedIn({ home, core, satellite, networks }: MediaRegions): string[] {
  const named = [home, ...core, ...satellite, ...Object.keys(networks)]
  return [...new Set(named.filter((region) => region !== null))].sort()
}

function roleOf(region: string, { home, core, satellite }: MediaRegions): RegionRole {
  if (region === home) return 'home'
  if (core.includes(region)) return 'core'
  return satellite.includes(region) ? 'satellite' : 'other'
}
