// The bytes of one connection in, its packets out, and whether it only takes up room: sends nothing
// but garbage, or never comes to the end of a packet, be it byte by byte. Cuts nobody off itself.
import { limits } from '../../base/limits.ts'
import { HepCutter } from './hep-cutter.ts'

/** One connection, from the first byte to the last. */
export interface HepStream {
  /** A whole packet; the bytes are good until it returns. False where it is no HEP after all. */
  packet(bytes: Buffer, start: number, end: number): boolean
}

/** Names of the bounds that cut a connection off, as counters. */
export type HepRefusal =
  | 'hepConnectionsMax'
  | 'hepConnectionsPerPeerMax'
  | 'hepGarbageBytesMax'
  | 'hepMessageBytesMax'
  | 'hepSilentMsMax'
  | 'handshake'
  | 'foreignPage'

export class HepReader {
  readonly #stream: HepStream
  readonly #cutter: HepCutter
  #packets = 0
  /** Bytes of whole messages in a row that were no HEP. */
  #nonsenseBytes = 0
  /** As of the look before. */
  #packetsSeen = 0
  #wasOpen = false

  constructor(stream: HepStream) {
    this.#stream = stream
    this.#cutter = new HepCutter((bytes, start, end) => {
      this.#packets++
      stream.packet(bytes, start, end)
    })
  }

  /** Takes bytes as they come, in whatever pieces. */
  push(bytes: Buffer): void {
    this.#cutter.push(bytes)
  }

  /** Takes a packet of a version that has no length. */
  pushWhole(bytes: Buffer): void {
    if (this.#stream.packet(bytes, 0, bytes.length)) {
      this.#packets++
      this.#nonsenseBytes = 0
    } else this.#nonsenseBytes += bytes.length
  }

  /** True once more has come without a packet than anybody sends by mistake. */
  get isGarbage(): boolean {
    return this.#cutter.garbageBytesInRow + this.#nonsenseBytes > limits.hepGarbageBytesMax
  }

  /** True before the first packet, and while half of one waits for its rest. */
  get isOpen(): boolean {
    return this.#packets === 0 || this.#cutter.isWaiting
  }

  /** Called now and then: true where it was open the last time too, and no packet came since. */
  isStuck(): boolean {
    const isStuck = this.isOpen && this.#wasOpen && this.#packets === this.#packetsSeen
    this.#packetsSeen = this.#packets
    this.#wasOpen = this.isOpen
    return isStuck
  }

  /** Nothing was read for a while, which was not the sender's doing. */
  forgive(): void {
    this.#wasOpen = false
  }
}
