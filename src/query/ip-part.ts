// A stored frame in, where its IP packet begins out: for writing frames of several link types into
// one pcap, which holds a single one. Tunnels stay as they are: only the link layer goes.
import type { StoredFrame } from '../store/block-reader.ts'

/** Link headers are short; tags and labels make them longer by four bytes each. */
const LINK_HEADER_BYTES_MAX = 64

/**
 * Bytes before the first IP header; undefined where none is found. Found by its own fields
 * (version, header length, total length against what was captured), because every link type says
 * in another way what it carries.
 */
export function ipPartOf(frame: StoredFrame): number | undefined {
  const { bytes, start, end } = frame
  for (let offset = 0; offset <= LINK_HEADER_BYTES_MAX; offset++) {
    const at = start + offset
    if (at + 20 > end) return undefined
    if (isIp4(bytes, at, end) || isIp6(bytes, at, end)) return offset
  }
  return undefined
}

function isIp4(bytes: Buffer, at: number, end: number): boolean {
  const first = bytes[at] ?? 0
  if (first >> 4 !== 4) return false
  const headerBytes = (first & 15) * 4
  const totalBytes = bytes.readUInt16BE(at + 2)
  if (headerBytes < 20 || totalBytes < headerBytes || at + headerBytes > end) return false
  // Cards that fill in the checksum themselves leave it zero in what their own machine captures.
  return bytes.readUInt16BE(at + 10) === 0 || checksum(bytes, at, headerBytes) === 0xffff
}

/** Sum of a header with its checksum in it: all ones when it is right (RFC 1071). */
function checksum(bytes: Buffer, at: number, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i += 2) sum += bytes.readUInt16BE(at + i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum
}

function isIp6(bytes: Buffer, at: number, end: number): boolean {
  if ((bytes[at] ?? 0) >> 4 !== 6 || at + 40 > end) return false
  // Padding may follow on Ethernet; a payload longer than the frame was cut by a snap length.
  const payloadBytes = bytes.readUInt16BE(at + 4)
  return payloadBytes > 0 && payloadBytes <= frameRoom(at, end)
}

function frameRoom(at: number, end: number): number {
  return end - at - 40
}
