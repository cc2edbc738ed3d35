// Headers in, frames out, for tests of decode; and a decoder run over frames that remembers what it
// was given, checks every piece against the frames, and plants each frame in memory full of poison.
import assert from 'node:assert/strict'
import { AddressTable } from '../base/address-table.ts'
import { type Limits, limits } from '../base/limits.ts'
import { Decoder, type DecodeStats } from './decoder.ts'

/** Bytes of a hex text; blanks, line ends and `#` comments are left out. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex')
}

export function ethernet(type: number, payload: Buffer): Buffer {
  const header = hex('020000000001 020000000002 0000')
  header.writeUInt16BE(type, 12)
  return Buffer.concat([header, payload])
}

export interface Ip4Options {
  readonly protocol?: number
  readonly id?: number
  /** Offset of a fragment in bytes. */
  readonly offset?: number
  readonly hasMore?: boolean
  readonly totalBytes?: number
  readonly src?: string
  readonly dst?: string
}

/** 10.0.0.1 to 10.0.0.2, UDP, unless told otherwise. */
export function ip4(payload: Buffer, options: Ip4Options = {}): Buffer {
  const header = hex('4500 0000 0000 0000 40 00 0000 0a000001 0a000002')
  header.writeUInt16BE(options.totalBytes ?? 20 + payload.length, 2)
  header.writeUInt16BE(options.id ?? 0, 4)
  header.writeUInt16BE((options.offset ?? 0) / 8 + (options.hasMore === true ? 0x2000 : 0), 6)
  header[9] = options.protocol ?? 17
  if (options.src !== undefined) hex(options.src).copy(header, 12)
  if (options.dst !== undefined) hex(options.dst).copy(header, 16)
  return Buffer.concat([header, payload])
}

/** 2001:db8::1 to 2001:db8::2; `next` is the first header behind. */
export function ip6(next: number, payload: Buffer): Buffer {
  const header = hex(`
    60000000 0000 00 40
    20010db8000000000000000000000001
    20010db8000000000000000000000002
  `)
  header.writeUInt16BE(payload.length, 4)
  header[6] = next
  return Buffer.concat([header, payload])
}

/** Ports 5060 to 5062 unless told otherwise. */
export function udp(
  payload: Buffer | string,
  options: { srcPort?: number; dstPort?: number; length?: number } = {},
): Buffer {
  const bytes = Buffer.from(payload)
  const header = hex('0000 0000 0000 0000')
  header.writeUInt16BE(options.srcPort ?? 5060, 0)
  header.writeUInt16BE(options.dstPort ?? 5062, 2)
  header.writeUInt16BE(options.length ?? 8 + bytes.length, 4)
  return Buffer.concat([header, bytes])
}

export interface TcpOptions {
  readonly sequence: number
  /** Letters of the flags that are set: S, F, R, A. */
  readonly flags?: string
  readonly acknowledged?: number
  readonly isReverse?: boolean
}

/** A segment from port 5060 to 5062, or back, with twelve bytes of options. */
export function tcp(payload: Buffer | string, options: TcpOptions): Buffer {
  const header = hex('13c4 13c6 00000000 00000000 8000 ffff 0000 0000 0101080a0000000000000000')
  if (options.isReverse === true) hex('13c6 13c4').copy(header)
  header.writeUInt32BE(options.sequence >>> 0, 4)
  header.writeUInt32BE((options.acknowledged ?? 0) >>> 0, 8)
  const flags = options.flags ?? 'A'
  for (const [letter, bit] of [
    ['F', 1],
    ['S', 2],
    ['R', 4],
    ['A', 16],
  ] as const) {
    if (flags.includes(letter)) header[13] = (header[13] as number) | bit
  }
  return Buffer.concat([header, Buffer.from(payload)])
}

export interface SctpChunkOptions {
  readonly tsn?: number
  readonly flags?: number
  readonly type?: number
}

/** A chunk: DATA unless told otherwise, whole (B and E), with sequence number 1. */
export function sctpChunk(payload: Buffer | string, options: SctpChunkOptions = {}): Buffer {
  const { tsn = 1, flags = 3, type = 0 } = options
  const bytes = Buffer.from(payload)
  const head = Buffer.alloc(type === 64 ? 20 : 16)
  head[0] = type
  head[1] = flags
  head.writeUInt16BE(head.length + bytes.length, 2)
  head.writeUInt32BE(tsn, 4)
  const padding = Buffer.alloc(-bytes.length & 3)
  return Buffer.concat([head, bytes, padding])
}

/** An SCTP packet from port 5060 to 5062. */
export function sctp(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([hex('13c4 13c6 0a0b0c0d 00000000'), ...chunks])
}

/** An Ethernet frame with a TCP segment; the other way round where it is the reverse. */
export function tcpFrame(payload: Buffer | string, options: TcpOptions): Buffer {
  const ends = options.isReverse === true ? { src: '0a000002', dst: '0a000001' } : {}
  return ethernet(0x0800, ip4(tcp(payload, options), { protocol: 6, ...ends }))
}

/** An Ethernet frame with a whole UDP datagram. */
export function udpFrame(payload: Buffer | string): Buffer {
  return ethernet(0x0800, ip4(udp(payload)))
}

export interface TestFrame {
  readonly bytes: Buffer
  readonly tUs?: number
  readonly originalLength?: number
}

export interface SeenDatagram {
  readonly payload: string
  readonly ends: string
  readonly tUs: number
  readonly isCut: boolean
  readonly dscp: number
  readonly pieces: readonly (readonly [ref: number, offset: number, length: number])[]
}

export interface SeenChunk {
  readonly streamId: number
  readonly payload: string
  readonly ends: string
  readonly tUs: number
  readonly isAfterGap: boolean
  readonly isMidstream: boolean
  readonly isEnd: boolean
}

export interface Seen {
  readonly datagrams: SeenDatagram[]
  readonly chunks: SeenChunk[]
  readonly stats: DecodeStats
}

export interface RunOptions {
  readonly linkType?: number
  readonly poison?: number
  readonly limits?: Partial<Limits>
  readonly withoutFinish?: boolean
  /** A live clock says this time after the last frame. */
  readonly tickUs?: number
}

/** Decodes frames of one link type (Ethernet unless told) and tells what came out. */
export function decode(frames: readonly (Buffer | TestFrame)[], options: RunOptions = {}): Seen {
  const datagrams: SeenDatagram[] = []
  const chunks: SeenChunk[] = []
  const tests = frames.map((frame) => (Buffer.isBuffer(frame) ? { bytes: frame } : frame))
  const table = new AddressTable()
  const endsOf = (ends: { src: number; srcPort: number; dst: number; dstPort: number }) =>
    `${table.text(ends.src)} ${ends.srcPort} > ${table.text(ends.dst)} ${ends.dstPort}`
  const bytesOf = (piece: { ref: number; offset: number; length: number }) =>
    (tests[piece.ref] as TestFrame).bytes.subarray(piece.offset, piece.offset + piece.length)

  const decoder = new Decoder(
    table,
    {
      datagram(datagram) {
        const payload = datagram.bytes.toString('latin1', datagram.start, datagram.end)
        const captured = Buffer.concat(datagram.pieces.map(bytesOf)).toString('latin1')
        assert.equal(captured, payload, 'the pieces of a datagram hold its payload')
        const pieces = datagram.pieces.map((p) => [p.ref, p.offset, p.length] as const)
        const { tUs, isCut, dscp } = datagram
        datagrams.push({ payload, ends: endsOf(datagram), tUs, isCut, dscp, pieces })
      },
      streamChunk(chunk) {
        const payload = chunk.bytes.toString('latin1', chunk.start, chunk.end)
        assert.equal(chunk.piece.length, chunk.end - chunk.start)
        if (payload !== '') assert.equal(bytesOf(chunk.piece).toString('latin1'), payload)
        const { streamId, tUs, isAfterGap, isMidstream, isEnd } = chunk
        const ends = endsOf(chunk)
        chunks.push({ streamId, payload, ends, tUs, isAfterGap, isMidstream, isEnd })
      },
    },
    { ...limits, ...options.limits },
  )
  for (const [ref, { bytes, tUs, originalLength }] of tests.entries()) {
    const planted = Buffer.alloc(bytes.length + 128, options.poison ?? 0xee)
    bytes.copy(planted, 64)
    decoder.push({
      bytes: planted,
      start: 64,
      end: 64 + bytes.length,
      originalLength: originalLength ?? bytes.length,
      tUs: tUs ?? 1_000_000 + ref,
      ticksHigh: 0,
      ticksLow: 0,
      interface: {
        linkType: options.linkType ?? 1,
        snapLength: 65_535,
        timeResolution: 6,
        timeOffsetSeconds: 0,
        name: undefined,
      },
      ref,
    })
  }
  if (options.tickUs !== undefined) decoder.tick(options.tickUs)
  if (options.withoutFinish !== true) decoder.finish()
  return { datagrams, chunks, stats: decoder.stats() }
}

/** How often a problem was counted. */
export function countOf(seen: Seen, code: string): number {
  return new Map<string, number>(seen.stats.problems).get(code) ?? 0
}
