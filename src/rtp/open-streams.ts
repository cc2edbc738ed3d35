// The streams in memory: what every packet of a stream needs lies in one record of one large array,
// found by its ends and SSRC. No object is made for a packet, and a stream among 65,535 costs as
// little as memory allows.

/** Fields of a record that are float64, by their place in it. Address ids of both ends. */
export const SRC = 0
export const DST = 1
/** First and latest packet, µs since 1970. */
export const FIRST_US = 2
export const LAST_US = 3
/** The latest packet whose timestamp does not lie before the first: see jitter.ts. */
export const SEQ_US = 4
/** Smoothed jitter, ms, and what became of it. */
export const JITTER = 5
export const JITTER_MEAN = 6
export const JITTER_MAX = 7
export const JITTER_MIN = 8
export const DELTA_MEAN = 9
export const DELTA_MAX = 10
export const PAYLOAD_BYTES = 11
/** Where its first and latest packets are stored; the block of the latest ends before BLOCK_END. */
export const FIRST_REF = 12
export const LAST_REF = 13
export const BLOCK_END = 14
/** Media time since the first packet by its timestamps, ms. */
export const MEDIA_MS = 15
/** Least transit time, ms, of this stretch of five seconds and of the one before. */
export const TRANSIT_MIN = 16
export const TRANSIT_BEFORE = 17
export const TRANSIT_LAST = 18
/** Adaptive buffer: estimated delay, its variation, the delay in use, all ms; sum over packets. */
export const ADAPTIVE_MEAN = 19
export const ADAPTIVE_SPREAD = 20
export const ADAPTIVE_DELAY = 21
export const ADAPTIVE_SUM = 22
/** The stretch of five seconds at hand. */
export const STRETCH_US = 23
export const STRETCH_JITTER_SUM = 24
export const STRETCH_JITTER_MAX = 25
export const STRETCH_DELTA_MAX = 26
/** Packets expected of the stretches before the sequence began anew. */
export const EXPECTED_BEFORE = 27
/** Up to which packet the stream was handed on. */
export const STORED_REF = 28
/**
 * The packet at hand: its time, and the timestamp units of a millisecond of its payload type (0
 * where that has no clock). Here, because a number that is passed from function to function costs
 * memory.
 */
export const AT_US = 29
export const AT_UNITS = 30

/** Fields that are int32 begin behind the float64 ones. */
const WORDS_FROM = (AT_UNITS + 1) * 2
const NEXT = WORDS_FROM
export const SSRC = WORDS_FROM + 1
/** Source port in the upper half. */
export const PORTS = WORDS_FROM + 2
export const FLAGS = WORDS_FROM + 3
export const PROFILE = WORDS_FROM + 4
/** Extended sequence numbers (RFC 3550 A.1): of the first packet, the highest, the last judged. */
export const BASE_SEQ = WORDS_FROM + 5
export const HIGH_SEQ = WORDS_FROM + 6
export const JUDGED_SEQ = WORDS_FROM + 7
/** The sequence number that would confirm a restart, -1 for none. */
export const BAD_SEQ = WORDS_FROM + 8
export const PACKETS = WORDS_FROM + 9
export const DUPLICATES = WORDS_FROM + 10
export const REORDERED = WORDS_FROM + 11
/** Packets far off the sequence that no second one confirmed. */
export const STRAYS = WORDS_FROM + 12
export const RESTARTS = WORDS_FROM + 13
export const TIMESTAMP_JUMPS = WORDS_FROM + 14
/** Timestamps: of the first packet, of the latest for jitter, of the latest for playout. */
export const FIRST_TIMESTAMP = WORDS_FROM + 15
export const SEQ_TIMESTAMP = WORDS_FROM + 16
export const MEDIA_TIMESTAMP = WORDS_FROM + 17
/** Timestamp step between neighbours, by majority, and its votes. */
export const STEP = WORDS_FROM + 18
export const STEP_VOTES = WORDS_FROM + 19
/** Payload type of the latest packet, and its place in the table of those seen. */
export const PAYLOAD_TYPE = WORDS_FROM + 20
export const PAYLOAD_PLACE = WORDS_FROM + 21
export const PAYLOAD_COUNT = WORDS_FROM + 22
/** The table: payload type and packets, in turn. */
export const PAYLOADS = WORDS_FROM + 23
export const PAYLOADS_MAX = 8
/** Packets of payload types beyond the table. */
export const PAYLOADS_BEYOND = PAYLOADS + 2 * PAYLOADS_MAX
/** Code points seen: code point and packets, in turn; the latest one's place. */
export const DSCP_PLACE = PAYLOADS_BEYOND + 1
export const DSCP_COUNT = PAYLOADS_BEYOND + 2
export const DSCPS = PAYLOADS_BEYOND + 3
export const DSCPS_MAX = 4
/** Packets by the time since the one before. */
export const ARRIVALS = DSCPS + 2 * DSCPS_MAX
export const ARRIVAL_BOXES = 15
/** Packets later than the simulated buffers hold: 40, 60, 200 ms, adaptive. */
export const LATE_40 = ARRIVALS + ARRIVAL_BOXES
export const LATE_60 = LATE_40 + 1
export const LATE_200 = LATE_40 + 2
export const LATE_ADAPTIVE = LATE_40 + 3
/**
 * Bursts (RFC 3611 §4.7.2): of the losses at hand that lie close together how many they are and how
 * long a stretch they span, and packets played since; of the bursts so far number, losses and
 * packets; losses that stood alone.
 */
export const GROUP_LOST = LATE_40 + 4
export const GROUP_LENGTH = LATE_40 + 5
export const PLAYED_SINCE = LATE_40 + 6
export const BURSTS = LATE_40 + 7
export const BURST_LOST = LATE_40 + 8
export const BURST_LENGTH = LATE_40 + 9
export const GAP_LOST = LATE_40 + 10
/** Packets judged: lost or played. */
export const JUDGED = LATE_40 + 11
/** Runs of packets not played, the one at hand, the longest. */
export const RUNS = LATE_40 + 12
export const RUN_LENGTH = LATE_40 + 13
export const RUN_MAX = LATE_40 + 14
export const NOT_PLAYED = LATE_40 + 15
/** Of the stretch at hand: packets, packets with a jitter, lost before it, too late before it. */
export const STRETCH_PACKETS = LATE_40 + 16
export const STRETCH_JITTERS = LATE_40 + 17
export const STRETCH_LOST_BEFORE = LATE_40 + 18
export const STRETCH_LATE_BEFORE = LATE_40 + 19
/** Packets that must still agree before a stream without SDP is believed. */
export const TO_BELIEVE = LATE_40 + 20
/** Late packets in a row. */
export const LATE_STREAK = LATE_40 + 21
/** Blocks that follow each other up to the latest one. */
export const BLOCK_RUN = LATE_40 + 22
/** One bit for each of the latest sequence numbers: seen, and in time to be played. */
export const WINDOW_BITS = 1024
const WINDOW_WORDS = WINDOW_BITS / 32
export const SEEN_BITS = BLOCK_RUN + 1
export const PLAYED_BITS = SEEN_BITS + WINDOW_WORDS
const RECORD_DOUBLES = Math.ceil((PLAYED_BITS + WINDOW_WORDS) / 2)
const RECORD_WORDS = RECORD_DOUBLES * 2

/** SDP announced it, or enough packets agreed. */
export const FLAG_IS_BELIEVED = 1
/** It changed since it was last handed on. */
export const FLAG_IS_DIRTY = 2
/** The first packet had no clock to measure by. */
export const FLAG_HAS_JITTER = 4
/** Some packets were cut by a snap length inside their header. */
export const FLAG_IS_CUT = 8
/** The payload type changed to one that nobody announced. */
export const FLAG_ODD_PAYLOAD = 16

const FIRST_RECORDS = 256
const NONE = -1

/** Address ids of the two ends. */
export interface StreamEnds {
  readonly src: number
  readonly dst: number
}

/** Records of streams by number. A number is used again after `remove`. */
export class OpenStreams {
  doubles = new Float64Array(FIRST_RECORDS * RECORD_DOUBLES)
  words = new Int32Array(this.doubles.buffer)
  readonly #free: number[] = []
  readonly #isOpen: boolean[] = []
  #buckets = new Int32Array(FIRST_RECORDS * 2).fill(NONE)
  #used = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The stream between these ends with this SSRC, -1 for none. `ports` has the source's above. */
  find(ends: StreamEnds, ports: number, ssrc: number): number {
    const { doubles, words } = this
    const { src, dst } = ends
    let stream = this.#buckets[this.#bucketOf(src | 0, dst | 0, ports, ssrc)] as number
    while (stream !== NONE) {
      const word = stream * RECORD_WORDS
      if (words[word + SSRC] === ssrc && words[word + PORTS] === ports) {
        const double = stream * RECORD_DOUBLES
        if (doubles[double + SRC] === src && doubles[double + DST] === dst) return stream
      }
      stream = words[word + NEXT] as number
    }
    return NONE
  }

  /** Adds a stream with an empty record. */
  add(ends: StreamEnds, ports: number, ssrc: number): number {
    const stream = this.#free.pop() ?? this.#fresh()
    const word = stream * RECORD_WORDS
    const double = stream * RECORD_DOUBLES
    this.words.fill(0, word, word + RECORD_WORDS)
    this.doubles[double + SRC] = ends.src
    this.doubles[double + DST] = ends.dst
    this.words[word + PORTS] = ports
    this.words[word + SSRC] = ssrc
    this.#link(stream)
    this.#isOpen[stream] = true
    this.#size++
    return stream
  }

  remove(stream: number): void {
    const { words } = this
    const bucket = this.#bucketOfStream(stream)
    const after = words[stream * RECORD_WORDS + NEXT] as number
    let before = this.#buckets[bucket] as number
    if (before === stream) this.#buckets[bucket] = after
    else {
      while (words[before * RECORD_WORDS + NEXT] !== stream) {
        before = words[before * RECORD_WORDS + NEXT] as number
      }
      words[before * RECORD_WORDS + NEXT] = after
    }
    this.#isOpen[stream] = false
    this.#free.push(stream)
    this.#size--
  }

  isOpen(stream: number): boolean {
    return this.#isOpen[stream] === true
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

  /** Ids of IPv6 addresses lose their upper bits here, and are compared in full. */
  #bucketOf(src: number, dst: number, ports: number, ssrc: number): number {
    let hash = Math.imul(ssrc ^ (ports * 31), 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15) ^ src, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13) ^ dst, 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) & (this.#buckets.length - 1)
  }

  #bucketOfStream(stream: number): number {
    const double = stream * RECORD_DOUBLES
    const word = stream * RECORD_WORDS
    return this.#bucketOf(
      (this.doubles[double + SRC] as number) | 0,
      (this.doubles[double + DST] as number) | 0,
      this.words[word + PORTS] as number,
      this.words[word + SSRC] as number,
    )
  }

  #link(stream: number): void {
    const bucket = this.#bucketOfStream(stream)
    this.words[stream * RECORD_WORDS + NEXT] = this.#buckets[bucket] as number
    this.#buckets[bucket] = stream
  }

  #fresh(): number {
    if (this.#used * RECORD_DOUBLES === this.doubles.length) {
      const doubles = new Float64Array(this.doubles.length * 2)
      doubles.set(this.doubles)
      this.doubles = doubles
      this.words = new Int32Array(doubles.buffer)
      this.#buckets = new Int32Array(this.#buckets.length * 2).fill(NONE)
      for (const stream of this) this.#link(stream)
    }
    return this.#used++
  }
}
