// A reboot of a site's devices as it is kept and shown. Types alone.
import type { RebootWay } from '../entries.ts'

/** `pending`: its time has not come; `running`: devices are being told; `done`: all have ended. */
export type JobState = 'pending' | 'running' | 'done'

/**
 * How far a device is.
 * - `waiting`: nothing was sent yet; `telling`: told, its answer is awaited
 * - `done`: it agreed; `failed`: it refused, or did not answer
 * - `unknown`: Earshot was stopped after telling it and before the answer; it is not told again
 */
export type DeviceState = 'waiting' | 'telling' | 'done' | 'failed' | 'unknown'

export interface RebootJob {
  readonly jobId: string
  readonly siteId: string
  readonly siteName: string
  /** Who asked for it: dialect and account. */
  readonly askedBy: string
  readonly state: JobState
  readonly createdAtUs: number
  readonly startAtUs: number
  /** Null until all devices have ended. */
  readonly endedAtUs: number | null
}

/** What a device is told with. */
export interface RebootTarget {
  readonly kind: 'edge' | 'phone'
  readonly id: string
  readonly name: string
  /** Request-URI and address of record for a NOTIFY; null where none is known. */
  readonly uri: string | null
  readonly aor: string | null
  readonly way: RebootWay
}

/** What makes a request the same one when it is sent again (RFC 3261 §17.2.3). */
export interface SipIdentity {
  readonly callId: string
  readonly branch: string
  readonly fromTag: string
  /** Port that it is sent from and that its Via names; 0 until there is one. */
  readonly localPort: number
}

export interface RebootDevice {
  readonly jobId: string
  /** Place in the job. */
  readonly n: number
  readonly target: RebootTarget
  readonly state: DeviceState
  readonly identity: SipIdentity
  /** Just before the first byte was sent, µs since 1970; null where nothing was. */
  readonly toldAtUs: number | null
  readonly endedAtUs: number | null
  /** What it answered, or why it was not told, in words. */
  readonly result: string | null
}
