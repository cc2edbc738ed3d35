// Legs in, a file's bytes out: the frames that carried them, with their media where it is wished,
// as pcap or pcapng, exactly as they were captured but for HEP, of which the packet inside is
// written, or their messages as text.
// Messages that were opened are exported PDUs in a pcapng, and packets in a pcap.
import { Failure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import { ticksToSubUsNs } from '../source/capture-time.ts'
import type { CaptureInterface } from '../source/frame.ts'
import { LINK_TYPE_RAW_IP } from '../source/ip-headers.ts'
import {
  PCAP_HEADER_BYTES,
  PCAP_RECORD_HEADER_BYTES,
  type PcapFormat,
  writePcapHeader,
  writePcapRecord,
} from '../source/pcap-writer.ts'
import {
  enhancedPacketBytes,
  interfaceBytes,
  SECTION_BYTES,
  writeEnhancedPacket,
  writeInterface,
  writeSection,
} from '../source/pcapng-writer.ts'
import type { Finder, FramesWish, StoredMessage } from './finder.ts'
import type { StoredFrame, UnreadListener } from '../store/block-reader.ts'
import { InnerFrames } from './inner-frames.ts'
import { ipPartOf } from './ip-part.ts'

export type ExportFormat = 'pcap' | 'pcapng' | 'txt'

export const EXPORT_FORMATS: readonly ExportFormat[] = ['pcap', 'pcapng', 'txt']

/** Snap length that other tools write; it bounds nothing here. */
const SNAP_LENGTH = 262_144
const NANOSECONDS = 9

/** What an export may hold beside the messages, and who hears of what cannot be read. */
export type ExportWish = Pick<FramesWish, 'media' | 'onUnread'>

/** What is exported: legs, found by a finder. */
interface Exported {
  readonly finder: Finder
  readonly legs: readonly Leg[]
  readonly wish: ExportWish
}

/**
 * The bytes of an export, piece by piece. What cannot be read is left out, and told to `onUnread`.
 * @throws Failure `not-found`, before the first piece, where nothing can be read, `bad-input` for
 * what a pcap or a text cannot hold
 */
export function exportFrames(
  finder: Finder,
  legs: readonly Leg[],
  format: ExportFormat,
  wish: ExportWish = {},
): AsyncIterable<Buffer> {
  const exported = { finder, legs, wish }
  if (format === 'txt') return exportText(exported)
  return format === 'pcap' ? exportPcap(exported) : exportPcapng(exported)
}

/**
 * pcap holds one link type and one resolution for all: nanoseconds where any frame has them, and
 * raw IP where frames of several link types meet.
 */
async function* exportPcap(exported: Exported): AsyncGenerator<Buffer> {
  const interfaces = new Set<CaptureInterface>()
  let withoutIp: StoredFrame | undefined
  const opensPdus = true
  for await (const frame of framesToWrite(exported, opensPdus)) {
    interfaces.add(frame.interface)
    if (withoutIp === undefined && ipPartOf(frame) === undefined) withoutIp = frame
  }
  const linkTypes = new Set([...interfaces].map(({ linkType }) => linkType))
  const isNanosecond = [...interfaces].some(({ timeResolution }) => timeResolution >= NANOSECONDS)
  const [linkType = 1] = linkTypes
  const isMixed = linkTypes.size > 1
  // Told before the first byte: nobody shall get the beginning of a file.
  if (isMixed && withoutIp !== undefined) ipOffset(withoutIp)
  const format: PcapFormat = {
    linkType: isMixed ? LINK_TYPE_RAW_IP : linkType,
    snapLength: SNAP_LENGTH,
    isNanosecond,
  }
  const header = Buffer.alloc(PCAP_HEADER_BYTES)
  writePcapHeader(header, 0, format)
  yield header
  for await (const frame of framesToWrite(exported, opensPdus)) {
    const { bytes, start, end, originalLength, tUs } = frame
    const ipStart = isMixed ? start + ipOffset(frame) : start
    const record = Buffer.alloc(PCAP_RECORD_HEADER_BYTES + end - ipStart)
    const subUsNs = ticksToSubUsNs(frame.ticksHigh, frame.ticksLow, frame.interface.timeResolution)
    const cut = { bytes, start: ipStart, end, originalLength: originalLength - (ipStart - start) }
    writePcapRecord(record, 0, { ...cut, tUs, subUsNs }, format)
    yield record
  }
}

async function* framesToWrite(
  { finder, legs, wish }: Exported,
  opensPdus = false,
): AsyncGenerator<StoredFrame> {
  const inner = new InnerFrames({ opensPdus })
  const left = new Left(wish.onUnread)
  for await (const frame of finder.framesOf(legs, { ...wish, onUnread: left.onUnread })) {
    left.isAny = true
    yield inner.frame(frame)
  }
  left.check()
}

/** What is left of an export when all that cannot be read is taken away. */
class Left {
  isAny = false
  readonly onUnread: UnreadListener
  #reason: string | undefined

  constructor(listener: UnreadListener | undefined) {
    this.onUnread = (reason) => {
      this.#reason ??= reason
      listener?.(reason)
    }
  }

  /** @throws Failure `not-found` where it is nothing */
  check(): void {
    if (!this.isAny && this.#reason !== undefined) throw new Failure('not-found', this.#reason)
  }
}

function ipOffset(frame: StoredFrame): number {
  const offset = ipPartOf(frame)
  if (offset === undefined) {
    throw new Failure(
      'bad-input',
      `frames of several link types meet, one without IP (${frame.interface.linkType}): use pcapng`,
    )
  }
  return offset
}

async function* exportPcapng(exported: Exported): AsyncGenerator<Buffer> {
  const section = Buffer.alloc(SECTION_BYTES)
  writeSection(section, 0)
  const ids = new Map<string, number>()
  for await (const frame of framesToWrite(exported)) {
    if (ids.size === 0) yield section
    const key = JSON.stringify(frame.interface)
    let id = ids.get(key)
    if (id === undefined) {
      id = ids.size
      ids.set(key, id)
      const description = Buffer.alloc(interfaceBytes(frame.interface))
      writeInterface(description, 0, frame.interface)
      yield description
    }
    const packet = Buffer.alloc(enhancedPacketBytes(frame.end - frame.start))
    writeEnhancedPacket(packet, 0, frame, id)
    yield packet
  }
  if (ids.size === 0) yield section
}

async function* exportText({ finder, legs, wish }: Exported): AsyncGenerator<Buffer> {
  if (wish.media !== undefined) {
    throw new Failure('bad-input', 'a text holds no media: use pcap or pcapng')
  }
  const left = new Left(wish.onUnread)
  for await (const message of finder.messagesWithBytes(legs, left.onUnread)) {
    if (message.bytes.length === 0) continue
    left.isAny = true
    yield Buffer.from(`${headline(message)}\n`)
    yield message.bytes
    yield Buffer.from(message.bytes.at(-1) === 0x0a ? '\n' : '\n\n')
  }
  left.check()
}

/** `2026-11-02 08:00:00.000123 udp 192.0.2.10:5060 -> 203.0.113.5:5060`, time in UTC. */
function headline(message: StoredMessage): string {
  const { tUs, transport, src, srcPort, dst, dstPort } = message
  return `${formatTime(tUs)} ${transport} ${formatEnd(src, srcPort)} -> ${formatEnd(dst, dstPort)}`
}

/** An address with its port, of IPv6 in brackets: `[2001:db8::1]:5060`. */
export function formatEnd(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** UTC with microseconds. */
export function formatTime(tUs: number): string {
  const text = new Date(Math.floor(tUs / 1000)).toISOString()
  const us = String(tUs % 1_000_000).padStart(6, '0')
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${us}`
}
