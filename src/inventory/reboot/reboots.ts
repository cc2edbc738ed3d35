// Reboot jobs: taken on, kept on disk, begun at their time, each device told once, its end kept.
// A restart goes on where it stopped. What "once" can mean when a process may die between two steps
// is told in docs/operate/reboots.md.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Site } from '../device.ts'
import { inventoryLimits } from '../limits.ts'
import { type CheckSync, planCheckSync } from './check-sync.ts'
import type { RebootDevice, RebootJob, RebootTarget } from './job.ts'
import { JobFile } from './job-file.ts'
import { type NotifyOutcome, notifyDevice, SIP_TIMERS, type SipTimers } from './notify-device.ts'
import { tellByCommand, tellByHttp } from './other-ways.ts'
import { withoutSecrets } from './targets.ts'

export interface RebootsOptions {
  /** Folder of `reboots.sqlite`. */
  readonly folder: string
  readonly clock: Clock
  /** From the request to the first device. */
  readonly delaySeconds: number
  /** For tests: quicker ones. */
  readonly timers?: SipTimers
  /** Hears of what went wrong on our side. */
  onError(error: unknown): void
}

/** How a device's reboot ended. */
interface End {
  readonly state: 'done' | 'failed' | 'unknown'
  readonly result: string
}

export class Reboots {
  readonly #file: JobFile
  readonly #options: RebootsOptions
  readonly #timers: SipTimers
  readonly #closing = new AbortController()
  /** Jobs whose time has not come, and those under way. */
  readonly #waiting = new Map<string, NodeJS.Timeout>()
  readonly #running = new Map<string, Promise<void>>()

  /** Goes on with what was not finished at the last stop. */
  constructor(options: RebootsOptions) {
    this.#options = options
    this.#timers = options.timers ?? SIP_TIMERS
    this.#file = new JobFile(options.folder)
    for (const job of this.#file.openJobs()) this.#plan(job)
  }

  /** Stops telling devices; the next start goes on. */
  async close(): Promise<void> {
    for (const timer of this.#waiting.values()) clearTimeout(timer)
    this.#closing.abort(new Error('Earshot is stopping'))
    await Promise.allSettled(this.#running.values())
    this.#file.close()
  }

  /**
   * Takes a job on, durably. While one of the site is open it is that one, and nothing is added.
   * @throws Failure `too-large`
   */
  schedule(site: Site, targets: readonly RebootTarget[], askedBy: string): RebootJob {
    const open = this.#file.openJob(site.id)
    if (open !== undefined) return open
    if (targets.length > inventoryLimits.devicesPerJobMax) {
      throw new Failure('too-large', `at most ${inventoryLimits.devicesPerJobMax} devices`)
    }
    const createdAtUs = this.#options.clock.nowUs()
    const job: RebootJob = {
      jobId: randomUUID(),
      siteId: site.id,
      siteName: site.name,
      askedBy,
      state: 'pending',
      createdAtUs,
      startAtUs: createdAtUs + this.#options.delaySeconds * 1_000_000,
      endedAtUs: null,
    }
    const devices = targets.map((target, n) => newDevice(job.jobId, n, target))
    this.#file.insert(job, devices, inventoryLimits.jobsMax)
    this.#plan(job)
    return job
  }

  /** The newest first. */
  jobs(): RebootJob[] {
    return this.#file.jobs(inventoryLimits.jobsMax)
  }

  job(jobId: string): RebootJob | undefined {
    return this.#file.job(jobId)
  }

  /** The devices of a job, without what is secret of them. */
  devices(jobId: string): RebootDevice[] {
    return this.#file.devices(jobId).map(withoutSecretsOf)
  }

  /** When a job has ended, or was stopped. */
  async settled(jobId: string): Promise<void> {
    await this.#running.get(jobId)
  }

  #plan(job: RebootJob): void {
    const waitUs = job.state === 'running' ? 0 : job.startAtUs - this.#options.clock.nowUs()
    const begin = () => {
      this.#waiting.delete(job.jobId)
      const run = this.#run(job).catch((error: unknown) => this.#options.onError(error))
      this.#running.set(job.jobId, run)
      void run.then(() => this.#running.delete(job.jobId))
    }
    this.#waiting.set(job.jobId, setTimeout(begin, Math.max(0, waitUs / 1_000)))
  }

  async #run(job: RebootJob): Promise<void> {
    this.#file.setJob(job.jobId, 'running', null)
    const devices = this.#file.devices(job.jobId)
    // Phones before edges, for an edge that restarts may take the way to them along.
    for (const kind of ['phone', 'edge'] as const) {
      const left = devices
        .filter(({ target, endedAtUs }) => target.kind === kind && endedAtUs === null)
        .values()
      const tellers = Array.from({ length: inventoryLimits.devicesAtOnceMax }, async () => {
        for (const device of left) await this.#tell(device)
      })
      await Promise.all(tellers)
    }
    if (this.#closing.signal.aborted) return
    this.#file.setJob(job.jobId, 'done', this.#options.clock.nowUs())
  }

  async #tell(device: RebootDevice): Promise<void> {
    if (this.#closing.signal.aborted) return
    let end: End
    try {
      end = await this.#attempt(device)
    } catch (error) {
      // Stopped, not failed: the next start goes on from what stands in the file.
      if (this.#closing.signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      end = { state: 'failed', result: reason.slice(0, inventoryLimits.resultLengthMax) }
    }
    const endedAtUs = this.#options.clock.nowUs()
    this.#file.setEnded(withoutSecretsOf(device), { ...end, endedAtUs })
  }

  async #attempt(device: RebootDevice): Promise<End> {
    const { way } = device.target
    if (way.by === 'notify') return this.#notify(device, planCheckSync(device.target, way))
    if (device.state === 'telling') return UNKNOWN
    this.#file.setTelling(device, device.identity, this.#options.clock.nowUs())
    const { signal } = this.#closing
    return way.by === 'http'
      ? endOf(await tellByHttp(way, `${device.jobId}-${device.n}`, signal))
      : endOf(await tellByCommand(way, device.target, signal))
  }

  /**
   * Over UDP the same transaction goes on after a restart, as long as the device still knows it:
   * it answers again and does nothing twice (RFC 3261 §17.2.2). A TCP connection cannot go on.
   */
  async #notify(device: RebootDevice, plan: CheckSync): Promise<End> {
    const { way } = device.target
    const nowUs = this.#options.clock.nowUs()
    const toldAtUs = device.toldAtUs ?? nowUs
    const leftMs = this.#timers.giveUpMs - (nowUs - toldAtUs) / 1_000
    const isAgain = device.state === 'telling'
    if (isAgain && (plan.destination.transport === 'tcp' || leftMs <= 0)) return UNKNOWN
    const { user, password } = way.by === 'notify' ? way : {}
    const outcome = await notifyDevice({
      plan,
      identity: device.identity,
      credentials: user === undefined ? undefined : { user, password: password ?? '' },
      timers: { ...this.#timers, giveUpMs: Math.min(leftMs, this.#timers.giveUpMs) },
      signal: this.#closing.signal,
      onTelling: (identity) => this.#file.setTelling(device, identity, toldAtUs),
    })
    return endOf(outcome)
  }
}

const UNKNOWN: End = {
  state: 'unknown',
  result: 'told before Earshot was stopped; the answer is not known',
}

function endOf({ isDone, result }: NotifyOutcome): End {
  return { state: isDone ? 'done' : 'failed', result }
}

function newDevice(jobId: string, n: number, target: RebootTarget): RebootDevice {
  return {
    jobId,
    n,
    target,
    state: 'waiting',
    // Made here and kept: whatever happens, this device of this job has this one transaction. The
    // branch begins as RFC 3261 §8.1.1.7 wants it.
    identity: {
      callId: `${randomUUID()}@earshot`,
      branch: `z9hG4bK${randomBytes(10).toString('hex')}`,
      fromTag: randomBytes(6).toString('hex'),
      localPort: 0,
    },
    toldAtUs: null,
    endedAtUs: null,
    result: null,
  }
}

function withoutSecretsOf(device: RebootDevice): RebootDevice {
  const { target } = device
  return { ...device, target: { ...target, way: withoutSecrets(target.way) } }
}
