// An agent strung together: captures on interfaces, makes packets, queues them, sends them to the
// server. In: what it is to do. Out: how it stands, in numbers. Runs until it is stopped.
import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../../base/clock.ts'
import { CaptureChild } from '../../source/capture-child.ts'
import type { SecretSource } from '../../source/key-log.ts'
import type { HepTarget } from '../hep-sender.ts'
import { AgentLine } from './agent-line.ts'
import { AgentLink } from './agent-link.ts'
import { AgentQueue } from './agent-queue.ts'

/** Between two looks at the clock: what waits is sent, and old fragments are given up. */
const TICK_MS = 50
const DROPS_MS = 1_000
/** At the end the server is given this long to say what it has stored. */
const LAST_MS_MAX = 3_000
const RUN_BYTES = 8

export interface AgentWishes {
  readonly devices: readonly string[]
  readonly filter: string
  readonly bufferMegabytes: number
  readonly target: HepTarget
  readonly isCertificateChecked: boolean
  readonly agentId: number
  readonly node: string
  readonly authKey?: string | undefined
  readonly secrets?: SecretSource | undefined
  /** Where packets wait while the server is away; without it in memory alone. */
  readonly folder?: string | undefined
  readonly folderBytesMax: number
  readonly memoryBytesMax: number
  /** Hears what happens, in words. */
  readonly onNews: (news: string) => void
}

export interface AgentState {
  readonly frames: number
  readonly messages: number
  readonly rtcp: number
  /** Reports on measured streams. */
  readonly streams: number
  readonly sent: number
  readonly waitingBytes: number
  readonly droppedByKernel: number
  readonly droppedByAgent: number
  readonly isConnected: boolean
}

export class Agent {
  readonly #wishes: AgentWishes
  readonly #clock: Clock
  readonly #queue: AgentQueue
  readonly #link: AgentLink
  readonly #line: AgentLine
  readonly #children: readonly CaptureChild[]
  #timers: NodeJS.Timeout[] = []

  /** @throws what the system says of the folder */
  constructor(wishes: AgentWishes, clock: Clock = systemClock) {
    this.#wishes = wishes
    this.#clock = clock
    const { memoryBytesMax, folder, folderBytesMax, onNews } = wishes
    this.#queue = new AgentQueue({ memoryBytesMax, folder, folderBytesMax })
    const { target, isCertificateChecked } = wishes
    this.#link = new AgentLink({ target, isCertificateChecked, queue: this.#queue, onNews })
    this.#line = new AgentLine({
      run: randomBytes(RUN_BYTES),
      agentId: wishes.agentId,
      node: wishes.node,
      authKey: wishes.authKey,
      secrets: wishes.secrets,
      dropped: () => this.#droppedByKernel + this.#queue.dropped,
      emit: (packet) => this.#queue.push(packet),
    })
    const { filter, bufferMegabytes } = wishes
    this.#children = wishes.devices.map((device) => {
      const wish = { device, filter, bufferMegabytes }
      return new CaptureChild(wish, (frame) => this.#line.push(frame))
    })
  }

  /** Begins; an interface that cannot be captured on is told as news, and tried again. */
  async start(): Promise<void> {
    this.#link.open()
    for (const [i, child] of this.#children.entries()) {
      await child.open()
      const { isOpen, reason, program } = child.state()
      const device = this.#wishes.devices[i] ?? ''
      this.#wishes.onNews(
        isOpen ? `captures on ${device} by ${program}` : `cannot capture on ${device}: ${reason}`,
      )
    }
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#askDrops(), DROPS_MS),
    ]
  }

  /** Ends capturing, sends what there is, and keeps what the server has not stored. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#children.map((child) => child.close()))
    this.#line.finish()
    await this.#lastWords()
    this.#link.close()
    this.#queue.close()
  }

  state(): AgentState {
    const { frames, messages, rtcp, streams } = this.#line.counts
    return {
      frames,
      messages,
      rtcp,
      streams,
      sent: this.#link.sent,
      waitingBytes: this.#queue.bytes,
      droppedByKernel: this.#droppedByKernel,
      droppedByAgent: this.#queue.dropped,
      isConnected: this.#link.isConnected,
    }
  }

  get #droppedByKernel(): number {
    return this.#children.reduce((sum, child) => sum + child.state().packetsDroppedByKernel, 0)
  }

  #tick(): void {
    this.#line.tick(this.#clock.nowUs())
    this.#queue.flush()
    this.#link.pump()
  }

  #askDrops(): void {
    for (const child of this.#children) child.askDrops()
  }

  async #lastWords(): Promise<void> {
    const endMs = performance.now() + LAST_MS_MAX
    while (this.#link.isConnected && !this.#queue.isEmpty && performance.now() < endMs) {
      this.#link.pump()
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
  }
}
