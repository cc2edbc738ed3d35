// The record of an open stream: the place of each field. Numbers alone, because this file is read
// by both compilers: that of the server and that of the kernel (kernel/README.md).
//
// A thousand streams that send by turns are more than the nearest cache holds. What every packet
// touches stands together, in the first seven of the processor's lines of 64 bytes, and in one
// more for the latest sequence numbers; what is rare stands between.

/** Fields that are float64. Address ids of both ends. */
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
/** Where its latest packet is stored; the block of it ends before BLOCK_END. */
export const LAST_REF = 12
export const BLOCK_END = 13
/** Media time since the first packet by its timestamps, ms. */
export const MEDIA_MS = 14
/** Least transit time, ms, of this stretch of five seconds and of the one before. */
export const TRANSIT_MIN = 15
export const TRANSIT_BEFORE = 16
export const TRANSIT_LAST = 17
/** Adaptive buffer: estimated delay, its variation, the delay in use, all ms; sum over packets. */
export const ADAPTIVE_MEAN = 18
export const ADAPTIVE_SPREAD = 19
export const ADAPTIVE_DELAY = 20
export const ADAPTIVE_SUM = 21
/** The stretch of five seconds at hand. */
export const STRETCH_US = 22
export const STRETCH_JITTER_SUM = 23
export const STRETCH_JITTER_MAX = 24
export const STRETCH_DELTA_MAX = 25
/**
 * The packet at hand: its time, and the timestamp units of a millisecond of its payload type (0
 * where that has no clock). Here, because a number that is passed from function to function costs
 * memory.
 */
export const AT_US = 26
export const AT_UNITS = 27

/** Fields that are int32 begin behind those. */
const WORDS_FROM = (AT_UNITS + 1) * 2
export const NEXT = WORDS_FROM
export const SSRC = WORDS_FROM + 1
/** Source port in the upper half. */
export const PORTS = WORDS_FROM + 2
export const FLAGS = WORDS_FROM + 3
export const PROFILE = WORDS_FROM + 4
/** Extended sequence numbers (RFC 3550 A.1): the highest, the last judged. */
export const HIGH_SEQ = WORDS_FROM + 5
export const JUDGED_SEQ = WORDS_FROM + 6
export const PACKETS = WORDS_FROM + 7
/** Timestamps: of the first packet, of the latest for jitter, of the latest for playout. */
export const FIRST_TIMESTAMP = WORDS_FROM + 8
export const SEQ_TIMESTAMP = WORDS_FROM + 9
export const MEDIA_TIMESTAMP = WORDS_FROM + 10
/** Timestamp step between neighbours, by majority, and its votes. */
export const STEP = WORDS_FROM + 11
export const STEP_VOTES = WORDS_FROM + 12
/** Payload type of the latest packet, its place in PAYLOADS, and how many stand there. */
export const PAYLOAD_TYPE = WORDS_FROM + 13
export const PAYLOAD_PLACE = WORDS_FROM + 14
export const PAYLOAD_COUNT = WORDS_FROM + 15
/** The place of the latest packet's code point in DSCPS, and how many stand there. */
export const DSCP_PLACE = WORDS_FROM + 16
export const DSCP_COUNT = WORDS_FROM + 17
/** Packets judged: lost or played; those played since the last that was not. */
export const JUDGED = WORDS_FROM + 18
export const PLAYED_SINCE = WORDS_FROM + 19
/** The run of packets not played that is at hand. */
export const RUN_LENGTH = WORDS_FROM + 20
/** Of the stretch at hand: packets, packets with a jitter. */
export const STRETCH_PACKETS = WORDS_FROM + 21
export const STRETCH_JITTERS = WORDS_FROM + 22
/** Late packets in a row. */
export const LATE_STREAK = WORDS_FROM + 23
/** Packets by the time since the one before. */
export const ARRIVALS = WORDS_FROM + 24
export const ARRIVAL_BOXES = 15
/** Blocks that follow each other up to the latest one. */
export const BLOCK_RUN = ARRIVALS + ARRIVAL_BOXES
/** Code points seen: code point and packets, in turn. */
export const DSCPS = BLOCK_RUN + 1
export const DSCPS_MAX = 4
/** Payload types seen: payload type and packets, in turn. */
export const PAYLOADS = DSCPS + 2 * DSCPS_MAX
export const PAYLOADS_MAX = 8
/** Packets of payload types beyond the table. */
export const PAYLOADS_BEYOND = PAYLOADS + 2 * PAYLOADS_MAX
/** The extended sequence number of the first packet. */
export const BASE_SEQ = PAYLOADS_BEYOND + 1
/** The sequence number that would confirm a restart, -1 for none. */
export const BAD_SEQ = PAYLOADS_BEYOND + 2
export const DUPLICATES = PAYLOADS_BEYOND + 3
export const REORDERED = PAYLOADS_BEYOND + 4
/** Packets far off the sequence that no second one confirmed. */
export const STRAYS = PAYLOADS_BEYOND + 5
export const RESTARTS = PAYLOADS_BEYOND + 6
export const TIMESTAMP_JUMPS = PAYLOADS_BEYOND + 7
/** Packets later than the simulated buffers hold: 40, 60, 200 ms, adaptive. */
export const LATE_40 = PAYLOADS_BEYOND + 8
export const LATE_60 = LATE_40 + 1
export const LATE_200 = LATE_40 + 2
export const LATE_ADAPTIVE = LATE_40 + 3
/**
 * Bursts (RFC 3611 §4.7.2): of the losses at hand that lie close together how many they are and how
 * long a stretch they span; of the bursts so far number, losses and packets; losses that stood
 * alone.
 */
export const GROUP_LOST = LATE_40 + 4
export const GROUP_LENGTH = LATE_40 + 5
export const BURSTS = LATE_40 + 6
export const BURST_LOST = LATE_40 + 7
export const BURST_LENGTH = LATE_40 + 8
export const GAP_LOST = LATE_40 + 9
/** Runs of packets not played, and the longest. */
export const RUNS = LATE_40 + 10
export const RUN_MAX = LATE_40 + 11
export const NOT_PLAYED = LATE_40 + 12
/** Of the packets before the stretch at hand: lost, too late. */
export const STRETCH_LOST_BEFORE = LATE_40 + 13
export const STRETCH_LATE_BEFORE = LATE_40 + 14
/** Packets that must still agree before a stream without SDP is believed. */
export const TO_BELIEVE = LATE_40 + 15

/** Float64 again. Where its first packet is stored; up to which packet it was handed on. */
export const FIRST_REF = (TO_BELIEVE + 1) / 2
export const STORED_REF = FIRST_REF + 1
/** Packets expected of the stretches before the sequence began anew. */
export const EXPECTED_BEFORE = FIRST_REF + 2

/** Two bits for each of the latest sequence numbers: seen, and in time to be played. */
export const WINDOW_BITS = 1024
export const WINDOW_WORDS = WINDOW_BITS / 32
/** Where a line begins. Words of both by turns: a packet's two bits are neighbours. */
export const SEEN_BITS = 160
export const PLAYED_BITS = SEEN_BITS + 1
export const RECORD_WORDS = SEEN_BITS + 2 * WINDOW_WORDS
export const RECORD_DOUBLES = RECORD_WORDS / 2

/** SDP announced it, or enough packets agreed. */
export const FLAG_IS_BELIEVED = 1
/** The first packet had no clock to measure by. */
export const FLAG_HAS_JITTER = 4
