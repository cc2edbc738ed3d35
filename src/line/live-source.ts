// What feeds the live line: a listener, a child process that captures, a recording server. It runs
// inside the capture thread and pushes frames, which from there on take the way that the frames of
// a file take. The one station where "now" is the clock's: each frame gets its time here.
import type { HepPacket } from '../decode/hep/hep-packet.ts'
import type { Frame } from '../source/frame.ts'
import type { Arrival, Intake } from './arrival.ts'

/** Where a source puts its frames. */
export interface LiveSink {
  /**
   * Takes one frame and follows it up at once. Its bytes are copied: the object and its memory may
   * be used again. `tUs` is the time of capture, or of arrival where that is all we know. `hep`
   * where the frame was made of a HEP packet, which was read in its memory: it need not be again.
   */
  push(frame: Frame, hep?: HepPacket): void
  /**
   * Memory for a frame that a source makes itself, from where it is copied soonest. Asked for anew
   * for each frame: another line has other memory.
   */
  readonly frameMemory: Buffer
  /**
   * True while the store is behind. Who can push its sender back stops reading until `resume`; who
   * cannot does not push, and counts what it drops.
   */
  readonly isFull: boolean
  /** Calls back when everything pushed so far is stored for good; false when it was lost. */
  whenStored(done: (isStored: boolean) => void): void
}

/** What a source has to tell about itself. */
export interface SourceState {
  readonly intakes: readonly Intake[]
  readonly arrivals: readonly Arrival[]
  readonly arrivalsForgotten: number
}

export interface LiveSource {
  /** Tells it from the others, in logs and arrivals: `hep`, `interface eth0`. */
  readonly name: string
  /**
   * Begins to receive. A place that cannot be opened is told by `state`, with the remedy: one
   * port that is taken must not end the server.
   */
  start(sink: LiveSink): Promise<void>
  /** The line is full: stops reading where that pushes senders back. */
  pause(): void
  /** The line has room again. */
  resume(): void
  /** Stops receiving; what is complete has been pushed when the promise resolves. */
  stop(): Promise<void>
  /** Asked about once a second. */
  state(nowUs: number): SourceState
}
