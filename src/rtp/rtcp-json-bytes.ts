// RTCP as the JSON that HEP agents make of it in, a compound packet as it may have stood on the
// wire out, for tools that read bytes: the same values, and nothing for what the JSON leaves out.
// Refuses what rtcp-json.ts finds no packets in.
//
//     report, description, extended report: a compound packet begins with a report
//                                                    RFC 3550 §6.1, §6.4, §6.5; RFC 3611 §4.7
import { type Fields, isFields, numberOf } from './agent-json.ts'
import { BLOCKS_MAX, rtcpOfJson } from './rtcp-json.ts'

const SENDER_REPORT = 200
const RECEIVER_REPORT = 201
const SOURCE_DESCRIPTION = 202
const EXTENDED_REPORT = 207
const VOIP_METRICS = 7
const ITEM_TEXT_BYTES_MAX = 255
/** What stands for a level or a factor that nobody knows (RFC 3611 §4.7.3). */
const UNKNOWN = 127

/** The bytes of a payload's packets; undefined where it is no RTCP as JSON. */
export function rtcpBytesOfJson(value: unknown): Buffer | undefined {
  const packets = rtcpOfJson(value)
  if (!isFields(value) || packets === undefined || packets.length === 0) return undefined
  const {
    sender_information: sender,
    report_blocks: blocks,
    report_blocks_xr: extended,
    sdes_ssrc: described,
    sdes_information: items,
  } = value
  const ssrc = numberOf(value['ssrc']) ?? numberOf(described) ?? 0
  const isSender = packets.some((packet) => packet.kind === 'report' && packet.sender !== null)
  const hasMetrics = packets.some(({ kind }) => kind === 'extended')
  return Buffer.concat([
    reportBytes(ssrc, isSender && isFields(sender) ? sender : undefined, blocks),
    descriptionBytes(numberOf(described) ?? ssrc, items),
    hasMetrics && isFields(extended) ? metricsBytes(ssrc, extended) : NOTHING,
  ])
}

const NOTHING = Buffer.alloc(0)

function reportBytes(ssrc: number, sender: Fields | undefined, blocks: unknown): Buffer {
  const received = Array.isArray(blocks) ? blocks.slice(0, BLOCKS_MAX).filter(isFields) : []
  const writer = new Packet(sender === undefined ? RECEIVER_REPORT : SENDER_REPORT)
  writer.put(4, ssrc)
  if (sender !== undefined) {
    for (const name of SENDER_WORDS) writer.put(4, numberOf(sender[name]))
  }
  for (const block of received) {
    writer.put(4, numberOf(block['source_ssrc']))
    writer.put(1, numberOf(block['fraction_lost']))
    writer.putSigned24(numberOf(block['packets_lost']) ?? 0)
    for (const name of BLOCK_WORDS) writer.put(4, numberOf(block[name]))
  }
  return writer.bytes(received.length)
}

/** In the order of RFC 3550 §6.4.1; the second is the fraction of NTP, whatever its name says. */
const SENDER_WORDS = [
  'ntp_timestamp_sec',
  'ntp_timestamp_usec',
  'rtp_timestamp',
  'packets',
  'octets',
] as const
const BLOCK_WORDS = ['highest_seq_no', 'ia_jitter', 'lsr', 'dlsr'] as const

/** One chunk; none where the agent names no item. */
function descriptionBytes(ssrc: number, items: unknown): Buffer {
  const named = (Array.isArray(items) ? items : []).flatMap((item: unknown) => {
    if (!isFields(item)) return []
    const number = numberOf(item['type']) ?? 0
    const text = item['text']
    return number > 0 && number < 256 && typeof text === 'string' ? [{ number, text }] : []
  })
  if (named.length === 0) return NOTHING
  const writer = new Packet(SOURCE_DESCRIPTION)
  writer.put(4, ssrc)
  for (const { number, text } of named) {
    const bytes = Buffer.from(text).subarray(0, ITEM_TEXT_BYTES_MAX)
    writer.put(1, number)
    writer.put(1, bytes.length)
    writer.putBytes(bytes)
  }
  // A zero ends the items; zeros fill the word.
  writer.put(1, 0)
  return writer.bytes(1)
}

function metricsBytes(ssrc: number, metrics: Fields): Buffer {
  const writer = new Packet(EXTENDED_REPORT)
  writer.put(4, ssrc)
  writer.put(1, VOIP_METRICS)
  writer.put(1, 0)
  writer.put(2, METRICS_WORDS)
  for (const [name, size, unknown = 0] of METRICS) {
    const value = numberOf(metrics[name]) ?? unknown
    // Scores count tenths; some agents write 4.1 for 41.
    writer.put(size, name.startsWith('mos') && value <= 5 ? value * 10 : value)
  }
  return writer.bytes(0)
}

const METRICS_WORDS = 8
/** The fields of the block, their bytes, and what stands for one that is missing. */
const METRICS: readonly (readonly [name: string, size: 1 | 2 | 4, unknown?: number])[] = [
  ['id', 4],
  ['fraction_lost', 1],
  ['fraction_discard', 1],
  ['burst_density', 1],
  ['gap_density', 1],
  ['burst_duration', 2],
  ['gap_duration', 2],
  ['round_trip_delay', 2],
  ['end_system_delay', 2],
  ['signal_lvl', 1, UNKNOWN],
  ['noise_lvl', 1, UNKNOWN],
  ['rerl', 1, UNKNOWN],
  ['gmin', 1],
  ['r_factor', 1, UNKNOWN],
  ['ext_r_factor', 1, UNKNOWN],
  ['mos_lq', 1, UNKNOWN],
  ['mos_cq', 1, UNKNOWN],
  ['rx_config', 1],
  ['reserved', 1],
  ['jb_nom', 2],
  ['jb_max', 2],
  ['jb_abs_max', 2],
]

const VERSION = 0x80

/** One packet as it is put together. Numbers that do not fit become the nearest that do. */
class Packet {
  readonly #type: number
  readonly #parts: Buffer[] = []
  #length = 4

  constructor(type: number) {
    this.#type = type
  }

  put(size: 1 | 2 | 4, value: number | null): void {
    const most = 2 ** (8 * size) - 1
    const part = Buffer.alloc(size)
    part.writeUIntBE(Math.min(Math.max(0, Math.round(value ?? 0)), most), 0, size)
    this.putBytes(part)
  }

  /** Some agents write the 24 bits without their sign: they are the same bytes. */
  putSigned24(value: number): void {
    const part = Buffer.alloc(4)
    part.writeInt32BE(Math.min(Math.max(-0x800000, Math.round(value)), 0xffffff))
    this.putBytes(part.subarray(1))
  }

  putBytes(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#length += bytes.length
  }

  /** The whole packet, zeros behind it until its last word is full. */
  bytes(count: number): Buffer {
    const words = Math.ceil(this.#length / 4)
    const header = Buffer.from([VERSION | count, this.#type, 0, 0])
    header.writeUInt16BE(words - 1, 2)
    const fill = Buffer.alloc(words * 4 - this.#length)
    return Buffer.concat([header, ...this.#parts, fill])
  }
}
