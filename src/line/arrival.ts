// What arrives from outside and from whom, as the live line counts it: the facts behind "why do I
// see no calls?". Only shapes; each source fills in what it can know, and leaves the rest null.

/** How a sender's traffic reaches us. */
export type ArrivalTransport = 'udp' | 'tcp' | 'tls' | 'websocket' | 'interface' | 'siprec'

/** Whether a sender showed the key that we ask for; `not-asked` where none is set. */
export type AuthState = 'not-asked' | 'good' | 'missing' | 'wrong'

/**
 * One sender: a HEP peer with its agent id and node name, an agent of ours, or an interface that
 * we capture on ourselves. Counters rise from the start of the process, or from when the sender
 * was first heard.
 */
export interface Arrival {
  /** Which source took it: `LiveSource.name`. */
  readonly source: string
  readonly transport: ArrivalTransport
  /** Address of the peer; null for an interface of this machine. */
  readonly address: string | null
  /** HEP's capture agent id (chunk 12) and node name (chunk 19); null where it tells none. */
  readonly agentId: number | null
  readonly node: string | null
  /** By our clock, µs since 1970. */
  readonly firstUs: number
  readonly lastUs: number
  /** Packets of the sender and their bytes: HEP packets, or captured frames. */
  readonly packets: number
  readonly bytes: number
  /** Packets in each second, over the last ten. */
  readonly packetsPerSecond: number
  /** Packets by what they carry: `sip`, `rtcp`, `rtcp-json`, `log` … */
  readonly protocols: Readonly<Record<string, number>>
  readonly auth: AuthState
  /** Packets turned away for the key that they lacked. */
  readonly packetsRefused: number
  /**
   * Median of (time that the sender wrote − time of arrival), ms: negative for a clock that is
   * behind, and for packets that waited. Null where the sender writes no times.
   */
  readonly clockOffsetMs: number | null
  /** Packets whose time was so far off that the time of arrival counts. */
  readonly timesReplaced: number
  /** Oddities by problem code. */
  readonly problems: Readonly<Record<string, number>>
  /** Sequence numbers that never came, of senders that number their packets; null for others. */
  readonly packetsMissing: number | null
  /** Dropped before they were sent, as the sender itself counts; null where it does not tell. */
  readonly packetsDroppedBySender: number | null
  /** Dropped here because the line was full. */
  readonly packetsDropped: number
}

/** One place at which we take traffic in. */
export interface Intake {
  /** `LiveSource.name`. */
  readonly source: string
  readonly transport: ArrivalTransport
  /** Where: `0.0.0.0:9060`, `eth0`. */
  readonly place: string
  readonly isOpen: boolean
  /** Why it is not open, in words and with the remedy; null while it is. */
  readonly reason: string | null
  /** Connections open now, null where there are none to count. */
  readonly connections: number | null
  /** Connections and bytes that were turned away for a bound, by its name in the limits. */
  readonly refused: Readonly<Record<string, number>>
  /** The kernel's receive buffer, asked for and granted, bytes; null where there is none. */
  readonly receiveBufferBytesAsked: number | null
  readonly receiveBufferBytes: number | null
  /** Packets that the kernel dropped because its buffer was full; null where it does not tell. */
  readonly packetsDroppedByKernel: number | null
}

/** Everything that the live line knows of what arrives. */
export interface LiveState {
  /** When it was taken, µs since 1970. */
  readonly tUs: number
  readonly intakes: readonly Intake[]
  readonly arrivals: readonly Arrival[]
  /** Senders that were forgotten because there were too many; their counters are lost. */
  readonly arrivalsForgotten: number
  readonly frames: number
  readonly messages: number
  readonly problems: Readonly<Record<string, number>>
  /** Blocks and batches that wait for the storing thread. */
  readonly batchesWaiting: number
  /** Frames that were stored, and stopped us from following them up: our own mistake. */
  readonly framesFailed: number
  /** Frames that were taken in and could not be stored, because the store failed. */
  readonly framesLost: number
}
