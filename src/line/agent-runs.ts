// The numbers of packets that agents of ours sent, and which of them are stored: so that what an
// agent sends again is taken once, and that it hears what it may forget. A run is one start of an
// agent. Keeps two numbers a run, of a bounded number of runs.
import { limits } from '../base/limits.ts'
import { RecentMap } from '../base/recent-map.ts'

/** The way back to an agent; each connection has its own. */
export interface AgentConnection {
  send(bytes: Buffer): void
  /** Cuts it off: the agent comes again, and sends what it was not told to be stored. */
  end(): void
}

interface Run {
  /** Every packet with a number below this was taken. */
  takenBefore: number
  storedBefore: number
  connection: AgentConnection | undefined
  /** A question to the store is under way. */
  isAsked: boolean
}

export interface AgentRunsParts {
  /** Calls back when everything pushed so far is stored, or lost. */
  readonly whenStored: (done: (isStored: boolean) => void) => void
  readonly notice: (run: string, before: number) => Buffer
}

export class AgentRuns {
  readonly #parts: AgentRunsParts
  /** Who is forgotten while it sends is told to be stored what is not: the silent go first. */
  readonly #runs = new RecentMap<string, Run>(limits.agentRunsMax)
  /** Packets that had been taken before. */
  repeated = 0

  constructor(parts: AgentRunsParts) {
    this.#parts = parts
  }

  /**
   * True where the packet is to be taken: it is not one that was sent again. A connection that
   * begins to carry a run is told at once how far it is stored.
   */
  admits(run: string, sequence: number, connection: AgentConnection): boolean {
    const known = this.#runOf(run, sequence)
    if (known.connection !== connection) {
      known.connection = connection
      connection.send(this.#parts.notice(run, known.storedBefore))
    }
    if (sequence >= known.takenBefore) return true
    this.repeated++
    return false
  }

  /** The packet was pushed. */
  taken(run: string, sequence: number): void {
    const known = this.#runOf(run, sequence)
    known.takenBefore = Math.max(known.takenBefore, sequence + 1)
    if (!known.isAsked && known.connection !== undefined) this.#ask(run, known)
  }

  #ask(run: string, known: Run): void {
    const before = known.takenBefore
    known.isAsked = true
    this.#parts.whenStored((isStored) => {
      known.isAsked = false
      if (!isStored) {
        this.#begin(known)
        return
      }
      known.storedBefore = Math.max(known.storedBefore, before)
      known.connection?.send(this.#parts.notice(run, known.storedBefore))
      if (known.takenBefore > before) this.#ask(run, known)
    })
  }

  /** What was taken was lost with the store: it has to come again. */
  #begin(known: Run): void {
    known.takenBefore = known.storedBefore
    known.connection?.end()
    known.connection = undefined
  }

  /** A run is heard from its first packet on, or from where the server was started. */
  #runOf(run: string, sequence: number): Run {
    const known = this.#runs.get(run)
    if (known !== undefined) return known
    const fresh: Run = {
      takenBefore: sequence,
      storedBefore: sequence,
      connection: undefined,
      isAsked: false,
    }
    this.#runs.set(run, fresh)
    return fresh
  }
}
