// The recording server as a source of the live line: its frames go where those of a capture go.
// When the line is full, clients cannot be pushed back: their media is dropped and counted.
import { readFileSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import { SiprecServer, type SiprecSettings } from '../siprec/siprec-server.ts'
import { isInNetworks } from '../store/networks.ts'
import type { Intake } from './arrival.ts'
import type { LiveSink, LiveSource, SourceState } from './live-source.ts'

/** A recording server. A port of 0 takes a free one, undefined is none. */
export interface SiprecOrders {
  readonly kind: 'siprec'
  readonly host: string
  /** Where clients are; anywhere, without any. */
  readonly networks: readonly string[]
  /** UDP and TCP. */
  readonly port: number | undefined
  /** With the files of its certificate and key. */
  readonly tls?: {
    readonly port: number
    readonly certificateFile: string
    readonly keyFile: string
  }
  readonly mediaPorts: { readonly first: number; readonly last: number }
  /** Address that clients send media to; by default the one that faces them. */
  readonly mediaAddress?: string
  readonly sessionsMax: number
}

export class SiprecSource implements LiveSource {
  readonly name = 'siprec'
  readonly #orders: SiprecOrders
  #server: SiprecServer | undefined
  /** Why there is no server at all. */
  #failure: string | undefined
  #dropped = 0

  constructor(orders: SiprecOrders) {
    this.#orders = orders
  }

  async start(sink: LiveSink): Promise<void> {
    try {
      this.#server = new SiprecServer(settingsOf(this.#orders), {
        clock: systemClock,
        push: (frame) => {
          if (sink.isFull) this.#dropped++
          else sink.push(frame)
        },
      })
      await this.#server.start()
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error)
      if (!isFailure(error) && !isSystemError(error)) throw error
    }
  }

  // Clients of SIP and RTP send on whatever we do.
  pause(): void {}

  resume(): void {}

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  state(): SourceState {
    const { host, port } = this.#orders
    const stats = this.#server?.stats() ?? {}
    const failed =
      this.#failure === undefined
        ? []
        : [intake('udp', `${host}:${port ?? '-'}`, { reason: this.#failure, refused: {} })]
    const refused = refusedOf(stats, this.#dropped)
    // What was refused is counted over all places, and told by the first of them.
    const open = (this.#server?.places() ?? []).map(({ transport, place, reason }, i) =>
      intake(transport, place, {
        reason,
        refused: i === 0 ? refused : {},
        connections: transport === 'udp' ? null : (stats['connections'] ?? 0),
      }),
    )
    return { intakes: [...failed, ...open], arrivals: [], arrivalsForgotten: 0 }
  }
}

/** @throws Failure or a system error for a certificate that cannot be read */
function settingsOf({ tls, kind: _, networks, ...rest }: SiprecOrders): SiprecSettings {
  const isClient = (address: string) => networks.length === 0 || isInNetworks(networks, address)
  const orders = { ...rest, isClient }
  if (tls === undefined) return orders
  const certificate = readFileSync(tls.certificateFile, 'utf8')
  return { ...orders, tls: { port: tls.port, certificate, key: readFileSync(tls.keyFile, 'utf8') } }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}

function refusedOf(stats: Readonly<Record<string, number>>, dropped: number) {
  const names = Object.keys(stats).filter((name) => /^refused\d|TurnedAway$|CutOff$/.test(name))
  return {
    ...Object.fromEntries(names.map((name) => [name, stats[name] ?? 0])),
    framesDropped: dropped,
  }
}

function intake(
  transport: 'udp' | 'tcp' | 'tls',
  place: string,
  facts: Pick<Intake, 'reason' | 'refused'> & { readonly connections?: number | null },
): Intake {
  return {
    source: 'siprec',
    transport,
    place,
    isOpen: facts.reason === null,
    reason: facts.reason,
    connections: facts.connections ?? null,
    refused: facts.refused,
    receiveBufferBytesAsked: null,
    receiveBufferBytes: null,
    packetsDroppedByKernel: null,
  }
}
