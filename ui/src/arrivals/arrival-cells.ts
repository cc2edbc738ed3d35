// One sender or listener in, the texts of its row out. Pure: no components, no clock but the one
// that is given.
import type { Arrival, Intake } from '../../../src/line/arrival.ts'
import { formatBytes, formatCount, formatDurationMs } from '../text/quantity.ts'

/** `pbx-1 · agent 12`, or the address where it says no more of itself. */
export function nameOf({ node, agentId, address, source }: Arrival): string {
  const parts = [node, agentId === null ? null : `agent ${agentId}`].filter((part) => part !== null)
  return parts.length > 0 ? parts.join(' · ') : (address ?? source)
}

/** How long ago the last packet came. */
export function agoOf({ lastUs }: Arrival, nowUs: number): string {
  return `${formatDurationMs(Math.max(0, nowUs - lastUs) / 1000)} ago`
}

/** `120 /s`, with a place behind the point where it is small. */
export function rateOf({ packetsPerSecond }: Arrival): string {
  const digits = packetsPerSecond < 10 && packetsPerSecond > 0 ? 1 : 0
  return `${formatCount(Number(packetsPerSecond.toFixed(digits)))} /s`
}

/** `sip 98 %, rtcp 2 %`, the most frequent first. */
export function mixOf({ protocols }: Arrival): string {
  const counts = Object.entries(protocols).sort(([, a], [, b]) => b - a)
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  if (counts.length === 1) return counts[0]?.[0] ?? ''
  return counts.map(([name, count]) => `${name} ${percent(count, total)}`).join(', ')
}

/** `3 ms ahead`; a dash where the sender writes no times. */
export function clockOf({ clockOffsetMs, timesReplaced }: Arrival): string {
  if (clockOffsetMs === null) return '–'
  const side = clockOffsetMs > 0 ? 'ahead' : 'behind'
  const offset = `${formatDurationMs(Math.abs(clockOffsetMs))} ${side}`
  return timesReplaced > 0 ? `${offset}, ${formatCount(timesReplaced)} replaced` : offset
}

/** What did not reach the store, by where it was lost. */
export function lossesOf(sender: Arrival): string {
  const parts: [number | null, string][] = [
    [sender.packetsRefused, 'refused'],
    [sender.packetsDroppedBySender, 'dropped by the sender'],
    [sender.packetsMissing, 'lost on the way'],
    [sender.packetsDropped, 'dropped here'],
  ]
  const told = parts.flatMap(([count, what]) =>
    count !== null && count > 0 ? [`${formatCount(count)} ${what}`] : [],
  )
  return told.join(', ') || 'none'
}

const AUTH: Readonly<Record<Arrival['auth'], string>> = {
  'not-asked': 'none asked for',
  good: 'right',
  missing: 'missing',
  wrong: 'wrong',
}

export function authOf({ auth }: Arrival): string {
  return AUTH[auth]
}

/** What there is to say of a listener beside its place. */
export function intakeFacts(intake: Intake): string {
  if (!intake.isOpen) return intake.reason ?? 'not open'
  const { connections, receiveBufferBytes, packetsDroppedByKernel } = intake
  const facts: string[] = []
  if (connections !== null) {
    facts.push(`${formatCount(connections)} ${connections === 1 ? 'connection' : 'connections'}`)
  }
  if (receiveBufferBytes !== null) facts.push(`buffer of ${formatBytes(receiveBufferBytes)}`)
  if (packetsDroppedByKernel !== null) {
    facts.push(`${formatCount(packetsDroppedByKernel)} dropped by the kernel`)
  }
  return facts.join(', ') || 'open'
}

function percent(count: number, total: number): string {
  const value = (100 * count) / total
  return value < 1 ? '< 1 %' : `${Math.round(value)} %`
}
