// The inventory and its reboots as the page sees them, asked for again while a reboot is under way.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  fetchInventory,
  fetchRebootedDevices,
  fetchReboots,
  fetchRegions,
  rebootSite,
} from '../api/house.ts'

const EVERY_MS = 2_000

/** Sites, edges and phones. */
export function useInventory() {
  return useQuery({ queryKey: ['inventory'], queryFn: ({ signal }) => fetchInventory(signal) })
}

/** Media regions, and the streams seen in each. */
export function useRegions() {
  return useQuery({ queryKey: ['regions'], queryFn: ({ signal }) => fetchRegions(signal) })
}

/** Reboots, the newest first. */
export function useReboots() {
  return useQuery({
    queryKey: ['reboots'],
    queryFn: ({ signal }) => fetchReboots(signal),
    refetchInterval: ({ state }) =>
      state.data?.some((job) => job.state !== 'done') === true ? EVERY_MS : false,
  })
}

/** The devices of one reboot. */
export function useRebootedDevices(jobId: string, isOpen: boolean) {
  return useQuery({
    queryKey: ['reboots', jobId],
    queryFn: ({ signal }) => fetchRebootedDevices(jobId, signal),
    refetchInterval: isOpen ? EVERY_MS : false,
  })
}

/** Reboots a site. */
export function useRebootSite() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: rebootSite,
    onSuccess: () => cache.invalidateQueries({ queryKey: ['reboots'] }),
  })
}
