// An interface of this machine as a source of the live line: what the capturing program hands on is
// pushed frame by frame, and told as an arrival. When the store is behind, the program is not read:
// then the kernel drops, and the program says how much.
import { CaptureChild } from '../source/capture-child.ts'
import type { Frame } from '../source/frame.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import type { LiveSink, LiveSource, SourceState } from './live-source.ts'
import { SenderCounts } from './sender-counts.ts'

export interface InterfaceOrders {
  readonly kind: 'interface'
  readonly device: string
  /** In the words of libpcap. */
  readonly filter: string
  readonly bufferMegabytes: number
}

export class InterfaceSource implements LiveSource {
  readonly name: string
  readonly #device: string
  readonly #clock: Clock
  readonly #child: CaptureChild
  readonly #counts: SenderCounts
  #sink: LiveSink | undefined
  #nowUs: number

  constructor(orders: InterfaceOrders, clock: Clock = systemClock) {
    this.name = `interface ${orders.device}`
    this.#device = orders.device
    this.#clock = clock
    this.#nowUs = clock.nowUs()
    const identity = { transport: 'interface', address: null, agentId: null, node: null } as const
    this.#counts = new SenderCounts({ source: this.name, ...identity }, this.#nowUs)
    this.#child = new CaptureChild(orders, (frame) => this.#take(frame))
  }

  async start(sink: LiveSink): Promise<void> {
    this.#sink = sink
    await this.#child.open()
  }

  pause(): void {
    this.#child.pause()
  }

  resume(): void {
    this.#child.resume()
  }

  stop(): Promise<void> {
    return this.#child.close()
  }

  state(nowUs: number): SourceState {
    const { isOpen, reason, packetsDroppedByKernel } = this.#child.state()
    this.#child.askDrops()
    return {
      intakes: [
        {
          source: this.name,
          transport: 'interface',
          place: this.#device,
          isOpen,
          reason,
          connections: null,
          refused: {},
          receiveBufferBytesAsked: null,
          receiveBufferBytes: null,
          packetsDroppedByKernel,
        },
      ],
      arrivals: this.#counts.packets === 0 ? [] : [this.#counts.arrival(nowUs)],
      arrivalsForgotten: 0,
    }
  }

  #take(frame: Frame): void {
    const { packets } = this.#counts
    // Asking for the time costs more than the counting.
    if (packets % 64 === 0) this.#nowUs = this.#clock.nowUs()
    this.#counts.packet(frame.end - frame.start, this.#nowUs)
    this.#sink?.push(frame)
  }
}
