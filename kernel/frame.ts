// Captured frames in: copied into a block, and where they are plain ones of streams that are known
// already, measured. Everything else is left to the server, which decodes it layer by layer.
import { FLAG_IS_BELIEVED, FLAGS } from '../src/rtp/stream-fields'
import {
  BLOCK_AT,
  BLOCK_BEFORE_US,
  BLOCK_FIRST_US,
  BLOCK_FRAMES,
  BLOCK_FROM_US,
  BLOCK_FULL,
  BLOCK_INTERFACE,
  BLOCK_LAST_US,
  BLOCK_LENGTH,
  BLOCK_REF,
  BLOCK_TAKEN_REF,
  BLOCK_TAKEN_US,
} from '../src/store/block-fields'
import { measurePacket } from './measure'
import { double, findStream, recordOf, setDouble, word } from './record'

/** A pcapng enhanced packet block: type, length, interface, time, lengths; and length again. */
const BLOCK_ENHANCED_PACKET: u32 = 6
const PACKET_HEADER_BYTES: usize = 28
const PACKET_BYTES: usize = PACKET_HEADER_BYTES + 4

const ETHERNET_BYTES: i32 = 14
const IP4_BYTES: i32 = 20
const UDP_BYTES: i32 = 8
/** Ethernet, IPv4 without options, UDP. */
const PLAIN_BYTES: i32 = ETHERNET_BYTES + IP4_BYTES + UDP_BYTES
const RTP_HEADER_BYTES: i32 = 12
const PROTOCOL_UDP: u8 = 17
/** RTP's version 2 without padding, extension and contributing sources. */
const PLAIN_RTP: i32 = 0x80
const HAS_PADDING: i32 = 0x20
const HAS_EXTENSION: i32 = 0x10

/** Copies bytes from one place of the memory to another. */
export function copyBytes(to: usize, from: usize, length: usize): void {
  memory.copy(to, from, length)
}

/**
 * Writes the frame of `length` bytes at `from` as an enhanced packet (pcapng §4.3) to `to`; returns
 * the address after it.
 */
export function writePacket(
  to: usize,
  from: usize,
  length: i32,
  originalLength: i32,
  ticksHigh: i32,
  ticksLow: i32,
  interfaceId: i32,
): usize {
  const padded = (<usize>length + 3) & ~3
  const total = <u32>(padded + PACKET_BYTES)
  store<u32>(to, BLOCK_ENHANCED_PACKET)
  store<u32>(to, total, 4)
  store<i32>(to, interfaceId, 8)
  store<i32>(to, ticksHigh, 12)
  store<i32>(to, ticksLow, 16)
  store<i32>(to, length, 20)
  store<i32>(to, originalLength, 24)
  const at = to + PACKET_HEADER_BYTES
  // Sixteen bytes at a time, the last ones beyond the end: what follows is written afterwards, and
  // neither frames nor blocks end where the memory does.
  for (let i: usize = 0; i < <usize>length; i += 16) v128.store(at + i, v128.load(from + i))
  for (let i = <usize>length; i < padded; i++) store<u8>(at + i, 0)
  store<u32>(at + padded, total)
  return at + padded + 4
}

/**
 * Measures an Ethernet frame of `length` bytes that was captured whole, where it is a plain one (no
 * tag, no option, no fragment) of an RTP stream that is known and believed. False, and nothing done,
 * where it is not.
 */
export function takeFrame(from: usize, length: i32, tUs: f64, ref: f64): bool {
  const stream = streamOf(from, length)
  if (stream < 0) return false
  measureFrame(stream, from, tUs, ref)
  return true
}

/** A record of a pcap file: seconds, µs, captured length, original length. */
const RECORD_BYTES: usize = 16
/** Packet time after which the server is to look at what ended, µs. */
const AT_ONCE_US: f64 = 1_000_000
/** Frames that are longer carry no sound. */
const FRAME_BYTES_MAX: u32 = 2048

/**
 * Takes the records of a pcap file (little-endian, µs, Ethernet) from `at` on, as far as they are
 * whole before `end`, plain ones of known streams, and belong into the block whose fields lie at
 * `block` (src/store/block-fields.ts): copies each into the block and measures it. Returns where
 * the first record begins that it did not take.
 */
export function takeRecords(at: usize, end: usize, block: usize): usize {
  const firstUs = timeOf(at)
  const blockAt = <usize>double(block, BLOCK_AT)
  const full = <usize>double(block, BLOCK_FULL)
  const blockRef = double(block, BLOCK_REF)
  const interfaceId = <i32>double(block, BLOCK_INTERFACE)
  let length = <usize>double(block, BLOCK_LENGTH)
  let next = at
  let frames: i32 = 0
  while (next + RECORD_BYTES <= end && length < full) {
    const captured = load<u32>(next, 8)
    const from = next + RECORD_BYTES
    if (captured > FRAME_BYTES_MAX || load<u32>(next, 12) > captured) break
    if (from + captured > end) break
    const tUs = timeOf(next)
    const isElsewhere = tUs < double(block, BLOCK_FROM_US) || tUs >= double(block, BLOCK_BEFORE_US)
    if (isElsewhere || Math.abs(tUs - firstUs) > AT_ONCE_US) break
    const stream = streamOf(from, captured)
    if (stream < 0) break
    const ref = blockRef + <f64>length
    // Ticks are µs here: 64 bits of them.
    const ticks = <u64>tUs
    length =
      writePacket(
        blockAt + length,
        from,
        captured,
        load<u32>(next, 12),
        <i32>(ticks >> 32),
        <i32>ticks,
        interfaceId,
      ) - blockAt
    measureFrame(stream, from, tUs, ref)
    setDouble(block, BLOCK_TAKEN_US, tUs)
    setDouble(block, BLOCK_TAKEN_REF, ref)
    if (tUs < double(block, BLOCK_FIRST_US)) setDouble(block, BLOCK_FIRST_US, tUs)
    if (tUs > double(block, BLOCK_LAST_US)) setDouble(block, BLOCK_LAST_US, tUs)
    frames++
    next = from + captured
  }
  setDouble(block, BLOCK_LENGTH, <f64>length)
  setDouble(block, BLOCK_FRAMES, double(block, BLOCK_FRAMES) + <f64>frames)
  return next
}

function timeOf(record: usize): f64 {
  return <f64>load<u32>(record) * 1_000_000 + <f64>load<u32>(record, 4)
}

/**
 * The stream of an Ethernet frame that was captured whole, where it is a plain one (no tag, no
 * option, no fragment) of an RTP stream that is known and believed; else -1.
 */
function streamOf(from: usize, length: i32): i32 {
  if (length < PLAIN_BYTES + RTP_HEADER_BYTES) return -1
  // EtherType 0800, version 4 with five words; no fragment; UDP.
  if (load<u16>(from, 12) !== 0x0008 || load<u8>(from, 14) !== 0x45) return -1
  if ((load<u16>(from, 20) & 0xff3f) !== 0 || load<u8>(from, 23) !== PROTOCOL_UDP) return -1
  const packetBytes = u16be(from, 16)
  if (packetBytes > length - ETHERNET_BYTES || u16be(from, 38) !== packetBytes - IP4_BYTES) {
    return -1
  }
  const first = <i32>load<u8>(from, PLAIN_BYTES)
  const second = <i32>load<u8>(from, PLAIN_BYTES + 1)
  // RTP's version, and no packet type of RTCP (RFC 5761 §4).
  if (first >>> 6 !== 2 || packetBytes < IP4_BYTES + UDP_BYTES + RTP_HEADER_BYTES) return -1
  if (second >= 192 && second <= 223) return -1
  const stream = findStream(
    <f64>(<u32>u32be(from, 26)),
    <f64>(<u32>u32be(from, 30)),
    u32be(from, 34),
    u32be(from, PLAIN_BYTES + 8),
  )
  if (stream < 0 || (word(recordOf(stream), FLAGS) & FLAG_IS_BELIEVED) === 0) return -1
  return stream
}

function measureFrame(stream: i32, from: usize, tUs: f64, ref: f64): void {
  const payloadBytes = u16be(from, 16) - IP4_BYTES - UDP_BYTES
  const first = <i32>load<u8>(from, PLAIN_BYTES)
  measurePacket(
    stream,
    tUs,
    ref,
    <i32>load<u8>(from, PLAIN_BYTES + 1),
    u16be(from, PLAIN_BYTES + 2),
    u32be(from, PLAIN_BYTES + 4),
    first === PLAIN_RTP ? payloadBytes - RTP_HEADER_BYTES : mediaBytes(from, payloadBytes, first),
    <i32>load<u8>(from, 15) >> 2,
  )
}

/** Bytes behind the header, its extension and contributing sources, before the padding. */
function mediaBytes(from: usize, payloadBytes: i32, first: i32): i32 {
  let start = RTP_HEADER_BYTES + (first & 15) * 4
  if ((first & HAS_EXTENSION) !== 0) {
    if (start + 4 > payloadBytes) return 0
    start += 4 + u16be(from + <usize>start, PLAIN_BYTES + 2) * 4
  }
  if (start > payloadBytes) start = payloadBytes
  if ((first & HAS_PADDING) === 0) return payloadBytes - start
  const padding = <i32>load<u8>(from + <usize>(PLAIN_BYTES + payloadBytes - 1))
  const end =
    padding === 0 || payloadBytes - padding < start ? payloadBytes : payloadBytes - padding
  return end - start
}

function u16be(from: usize, offset: usize): i32 {
  return <i32>bswap<u16>(load<u16>(from + offset))
}

function u32be(from: usize, offset: usize): i32 {
  return bswap<i32>(load<i32>(from + offset))
}
