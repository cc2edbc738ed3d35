// Frames in, the bytes of a pcap file out, into memory that the caller gives. Little-endian.
// Refuses to check room, and cannot carry what the format cannot: more than one link type, times
// finer than nanoseconds or after the year 2106.
import { putU16le, putU32le } from './integers.ts'

export const PCAP_HEADER_BYTES = 24
export const PCAP_RECORD_HEADER_BYTES = 16
const MAGIC_US = 0xa1b2c3d4
const MAGIC_NS = 0xa1b23c4d
const US_PER_SECOND = 1_000_000

export interface PcapFormat {
  readonly linkType: number
  readonly snapLength: number
  /** Nanosecond times; else microseconds, and finer parts are cut off. */
  readonly isNanosecond: boolean
}

/** A frame with its time as pcap wants it. */
export interface PcapRecord {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly originalLength: number
  readonly tUs: number
  /** Nanoseconds to add to `tUs`, 0 to 999. */
  readonly subUsNs: number
}

/** Writes the file header; returns the offset after it. */
export function writePcapHeader(target: Buffer, offset: number, format: PcapFormat): number {
  let at = putU32le(target, offset, format.isNanosecond ? MAGIC_NS : MAGIC_US)
  at = putU16le(target, at, 2)
  at = putU16le(target, at, 4)
  at = putU32le(target, at, 0)
  at = putU32le(target, at, 0)
  at = putU32le(target, at, format.snapLength)
  return putU32le(target, at, format.linkType)
}

/** Writes one record, header and bytes; returns the offset after it. */
export function writePcapRecord(
  target: Buffer,
  offset: number,
  record: PcapRecord,
  format: PcapFormat,
): number {
  const us = record.tUs % US_PER_SECOND
  let at = putU32le(target, offset, (record.tUs - us) / US_PER_SECOND)
  at = putU32le(target, at, format.isNanosecond ? us * 1000 + record.subUsNs : us)
  at = putU32le(target, at, record.end - record.start)
  at = putU32le(target, at, record.originalLength)
  return at + record.bytes.copy(target, at, record.start, record.end)
}
