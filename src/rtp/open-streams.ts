// The streams in memory: what every packet of a stream needs lies in one record of the kernel's
// memory (stream-fields.ts), found by its ends and SSRC. No object is made for a packet, and a
// stream among 65,535 costs as little as memory allows.
import type { Kernel } from '../kernel/kernel.ts'
import { DST, PORTS, RECORD_DOUBLES, RECORD_WORDS, SRC, SSRC } from './stream-fields.ts'

/** Address ids of the two ends. */
export interface StreamEnds {
  readonly src: number
  readonly dst: number
}

/** Bytes of the kernel's memory that so many streams need. */
export function streamBytes(streamsMax: number): number {
  return streamsMax * RECORD_DOUBLES * 8 + bucketsFor(streamsMax) * 4 + 128
}

/** Records of streams by number. A number is used again after `remove`. */
export class OpenStreams {
  readonly doubles: Float64Array
  readonly words: Int32Array
  readonly #kernel: Kernel
  readonly #free: number[] = []
  readonly #isOpen: boolean[] = []
  #used = 0
  #size = 0

  /** `streamsMax`: streams at once, which whoever adds them must not exceed. */
  constructor(kernel: Kernel, streamsMax: number) {
    this.#kernel = kernel
    const buckets = bucketsFor(streamsMax)
    const bucketsAt = kernel.reserve(buckets * 4)
    const recordsAt = kernel.reserve(streamsMax * RECORD_DOUBLES * 8)
    this.doubles = new Float64Array(kernel.buffer, recordsAt, streamsMax * RECORD_DOUBLES)
    this.words = new Int32Array(kernel.buffer, recordsAt, streamsMax * RECORD_WORDS)
    kernel.call.placeStreams(recordsAt, bucketsAt, buckets)
  }

  get size(): number {
    return this.#size
  }

  /** The stream between these ends with this SSRC, -1 for none. `ports` has the source's above. */
  find(ends: StreamEnds, ports: number, ssrc: number): number {
    return this.#kernel.call.findStream(ends.src, ends.dst, ports, ssrc)
  }

  /** Adds a stream with an empty record. */
  add(ends: StreamEnds, ports: number, ssrc: number): number {
    const stream = this.#free.pop() ?? this.#used++
    const word = stream * RECORD_WORDS
    const double = stream * RECORD_DOUBLES
    this.words.fill(0, word, word + RECORD_WORDS)
    this.doubles[double + SRC] = ends.src
    this.doubles[double + DST] = ends.dst
    this.words[word + PORTS] = ports
    this.words[word + SSRC] = ssrc
    this.#kernel.call.linkStream(stream)
    this.#isOpen[stream] = true
    this.#size++
    return stream
  }

  remove(stream: number): void {
    this.#kernel.call.unlinkStream(stream)
    this.#isOpen[stream] = false
    this.#free.push(stream)
    this.#size--
  }

  isOpen(stream: number): boolean {
    return this.#isOpen[stream] === true
  }

  /** Between which ends a stream goes. */
  endsOf(stream: number): StreamEnds & { srcPort: number; dstPort: number } {
    const ports = this.words[this.wordsOf(stream) + PORTS] as number
    const double = this.doublesOf(stream)
    return {
      src: this.doubles[double + SRC] as number,
      srcPort: ports >>> 16,
      dst: this.doubles[double + DST] as number,
      dstPort: ports & 0xffff,
    }
  }

  /** Place of a stream's float64 fields in `doubles`, and of its int32 fields in `words`. */
  doublesOf(stream: number): number {
    return stream * RECORD_DOUBLES
  }

  wordsOf(stream: number): number {
    return stream * RECORD_WORDS
  }

  /** Every open stream's number. Streams may be removed on the way. */
  *[Symbol.iterator](): Generator<number> {
    for (let stream = 0; stream < this.#used; stream++) if (this.isOpen(stream)) yield stream
  }
}

/** Twice as many as streams, at least: few of them share one. */
function bucketsFor(streamsMax: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, streamsMax * 2)))
}
