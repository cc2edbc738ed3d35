// Speex: RTP payloads in, an Ogg file out. Each payload is one frame of 20 ms; of a payload with
// several frames the first is heard.
//
// RFC 5574; the Ogg pages of RFC 3533 §6 and the header of the Speex manual §7.2.
import type { SoundCodec } from '../sound.ts'
import { decodedStretch, type ForeignFile } from './foreign-file.ts'

const HEADER_BYTES = 80
const BITSTREAM_VERSION = 4
const SERIAL = 1
const PAGE_FIRST = 2
const PAGE_LAST = 4
/** What one page holds at the most: 255 segments of 255 bytes, the last one shorter. */
const PACKET_BYTES_MAX = 255 * 255 - 1

export function writeSpeex(codec: SoundCodec, payloads: readonly Uint8Array[]): ForeignFile {
  const sampleRateHz = codec.clockRateHz
  const frameSamples = sampleRateHz / 50
  const pages = [
    page(speexHeader(sampleRateHz, frameSamples), { sequence: 0, granule: 0, flags: PAGE_FIRST }),
    page(comment(), { sequence: 1, granule: 0, flags: 0 }),
  ]
  const usable = payloads.map(({ length }) => length > 0 && length <= PACKET_BYTES_MAX)
  let frames = 0
  const total = usable.filter(Boolean).length
  for (const [i, payload] of payloads.entries()) {
    if (usable[i] !== true) continue
    frames++
    const flags = frames === total ? PAGE_LAST : 0
    pages.push(page(payload, { sequence: frames + 1, granule: frames * frameSamples, flags }))
  }
  return {
    format: 'ogg',
    options: [],
    sampleRateHz,
    bytes: Buffer.concat(pages),
    stretches: usable.map((isUsable) => (isUsable ? [decodedStretch(frameSamples)] : [])),
  }
}

function speexHeader(sampleRateHz: number, frameSamples: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write('Speex   ', 0, 'latin1')
  header.write('1.2', 8, 'latin1')
  const mode = sampleRateHz <= 8_000 ? 0 : sampleRateHz <= 16_000 ? 1 : 2
  const words = [1, HEADER_BYTES, sampleRateHz, mode, BITSTREAM_VERSION, 1, -1, frameSamples, 0, 1]
  for (const [i, word] of words.entries()) header.writeInt32LE(word, 28 + 4 * i)
  return header
}

/** The second packet of every Ogg codec: a vendor's name of no length, and no remarks. */
function comment(): Buffer {
  return Buffer.alloc(8)
}

/** One packet as one page. */
function page(
  packet: Uint8Array,
  head: { sequence: number; granule: number; flags: number },
): Buffer {
  const segments = Math.floor(packet.length / 255) + 1
  const bytes = Buffer.alloc(27 + segments + packet.length)
  bytes.write('OggS', 0, 'latin1')
  bytes[5] = head.flags
  bytes.writeBigUInt64LE(BigInt(head.granule), 6)
  bytes.writeUInt32LE(SERIAL, 14)
  bytes.writeUInt32LE(head.sequence, 18)
  bytes[26] = segments
  bytes.fill(255, 27, 27 + segments - 1)
  bytes[27 + segments - 1] = packet.length % 255
  bytes.set(packet, 27 + segments)
  bytes.writeUInt32LE(checksum(bytes), 22)
  return bytes
}

/** RFC 3533 §6: CRC-32 with the polynomial 0x04c11db7, neither reflected nor inverted. */
function checksum(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0)) >>> 0
  return crc
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc
})
