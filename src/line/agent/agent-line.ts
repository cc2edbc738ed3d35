// Captured frames in, an agent's HEP packets out: one for each SIP message and RTCP packet,
// numbered, with what was dropped so far. RTP is measured here, and its figures go instead of it.
// What is inside TLS is opened where the keys are. Starts no timer.
import { HepMaker, type HepMakerCounts } from '../hep-maker.ts'
import type { Frame } from '../../source/frame.ts'
import type { SecretSource } from '../../source/key-log.ts'

export interface AgentLineParts {
  /** 8 bytes, drawn at the start: tells this run from others of the agent. */
  readonly run: Uint8Array
  readonly agentId: number
  readonly node: string
  readonly authKey?: string | undefined
  readonly secrets?: SecretSource | undefined
  /** Packets that were dropped since the start, on any way. */
  readonly dropped: () => number
  readonly emit: (packet: Buffer) => void
}

export class AgentLine {
  readonly #maker: HepMaker
  #sequence = 0

  constructor(parts: AgentLineParts) {
    const { run, agentId, node, authKey, secrets, dropped, emit } = parts
    this.#maker = new HepMaker({
      version: 3,
      agentId,
      node,
      authKey,
      secrets,
      shiftUs: 0,
      isMeasuring: true,
      count: () => ({ sequence: this.#sequence, dropped: dropped(), run }),
      emit: (packet) => {
        this.#sequence++
        emit(packet)
      },
    })
  }

  get counts(): HepMakerCounts {
    return this.#maker.counts
  }

  push(frame: Frame): void {
    this.#maker.push(frame)
  }

  tick(nowUs: number): void {
    this.#maker.tick(nowUs)
  }

  finish(): void {
    this.#maker.finish()
  }
}
