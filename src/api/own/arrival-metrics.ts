// What arrives, as Prometheus reads it: one line a sender and figure, one a listener and figure.
import { Gauge, type Registry } from 'prom-client'
import type { Arrival, Intake, LiveState } from '../../line/arrival.ts'

/** Senders that are told: labels are dear, and nobody watches a thousand lines. */
const SENDERS_MAX = 500

type Labels<Name extends string> = Readonly<Record<Name, string>>

const senderLabels = ['source', 'transport', 'address', 'agent', 'node'] as const
const intakeLabels = ['source', 'transport', 'place'] as const

const senderFigures: Readonly<Record<string, (sender: Arrival) => number | null>> = {
  packets: ({ packets }) => packets,
  packets_per_second: ({ packetsPerSecond }) => packetsPerSecond,
  last_seconds: ({ lastUs }) => lastUs / 1e6,
  clock_offset_seconds: ({ clockOffsetMs }) =>
    clockOffsetMs === null ? null : clockOffsetMs / 1e3,
  times_replaced: ({ timesReplaced }) => timesReplaced,
  packets_refused: ({ packetsRefused }) => packetsRefused,
  packets_missing: ({ packetsMissing }) => packetsMissing,
  packets_dropped_by_sender: ({ packetsDroppedBySender }) => packetsDroppedBySender,
  packets_dropped: ({ packetsDropped }) => packetsDropped,
}

const intakeFigures: Readonly<Record<string, (intake: Intake) => number | null>> = {
  open: ({ isOpen }) => Number(isOpen),
  connections: ({ connections }) => connections,
  receive_buffer_bytes: ({ receiveBufferBytes }) => receiveBufferBytes,
  packets_dropped_by_kernel: ({ packetsDroppedByKernel }) => packetsDroppedByKernel,
}

export class ArrivalMetrics {
  readonly #senders: Map<string, Gauge<(typeof senderLabels)[number]>>
  readonly #intakes: Map<string, Gauge<(typeof intakeLabels)[number]>>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#senders = new Map(
      Object.keys(senderFigures).map((name) => {
        const help = `${name} of a sender, as /api/v1/arrivals tells it`
        return [
          name,
          new Gauge({ name: `earshot_arrival_${name}`, help, labelNames: senderLabels, registers }),
        ]
      }),
    )
    this.#intakes = new Map(
      Object.keys(intakeFigures).map((name) => {
        const help = `${name} of a listener or interface, as /api/v1/arrivals tells it`
        return [
          name,
          new Gauge({ name: `earshot_intake_${name}`, help, labelNames: intakeLabels, registers }),
        ]
      }),
    )
  }

  /** Takes what is told now; senders that are gone are gone here too. */
  set({ arrivals, intakes }: LiveState): void {
    const heardLast = [...arrivals].sort((a, b) => b.lastUs - a.lastUs).slice(0, SENDERS_MAX)
    for (const [name, gauge] of this.#senders) {
      gauge.reset()
      for (const sender of heardLast) {
        const value = senderFigures[name]?.(sender) ?? null
        if (value !== null) gauge.set(labelsOfSender(sender), value)
      }
    }
    for (const [name, gauge] of this.#intakes) {
      gauge.reset()
      for (const intake of intakes) {
        const { source, transport, place } = intake
        const value = intakeFigures[name]?.(intake) ?? null
        if (value !== null) gauge.set({ source, transport, place }, value)
      }
    }
  }
}

function labelsOfSender(sender: Arrival): Labels<(typeof senderLabels)[number]> {
  const { source, transport, address, agentId, node } = sender
  return {
    source,
    transport,
    address: address ?? '',
    agent: agentId === null ? '' : String(agentId),
    node: node ?? '',
  }
}
