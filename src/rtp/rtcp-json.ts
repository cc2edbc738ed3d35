// RTCP as the JSON that HEP agents make of it in, the packets that the JSON tells of out: the same
// values that the bytes would have given. Agents differ in what they leave out, so that every field
// may be missing; what is no such JSON gives nothing.
//
// The traps: `ntp_timestamp_usec` is the 32-bit fraction of a second of NTP and no µs,
// `fraction_lost` counts 256ths, and many agents write 0 for an SSRC that they do not know.
import { type Fields, isFields, jsonOf, numberOf } from './agent-json.ts'
import { knownLevel, knownMos, knownRFactor, knownRoundTrip } from './media-report.ts'
import type { ExtendedBlock } from './rtcp-extended.ts'
import type { ReceptionBlock, RtcpPacket, SenderInfo } from './rtcp.ts'

const RATIO_UNITS = 256
const SENDER_REPORT = 200
const VOIP_METRICS = 7
/** Report blocks that one packet can count (five bits). */
export const BLOCKS_MAX = 31

/** The packets that a payload tells of; undefined where it is no RTCP as JSON. */
export function rtcpOfJson(value: unknown): RtcpPacket[] | undefined {
  if (!isFields(value)) return undefined
  const { sender_information: sender, report_blocks: blocks, report_blocks_xr: extended } = value
  if (sender === undefined && blocks === undefined && extended === undefined) return undefined
  const ssrc = numberOf(value['ssrc']) ?? numberOf(value['sdes_ssrc']) ?? 0
  const packets: RtcpPacket[] = []
  const info = isFields(sender) ? senderOf(sender) : null
  const isSender = info !== null && (info.packets > 0 || value['type'] === SENDER_REPORT)
  const received = Array.isArray(blocks) ? blocks.slice(0, BLOCKS_MAX).flatMap(blockOf) : []
  if (isSender || received.length > 0) {
    packets.push({ kind: 'report', ssrc, sender: isSender ? info : null, blocks: received })
  }
  const metrics = isFields(extended) ? metricsOf(extended) : undefined
  if (metrics !== undefined) packets.push({ kind: 'extended', ssrc, blocks: [metrics] })
  return packets
}

/** The same of a payload's bytes. */
export function rtcpOfText(bytes: Buffer, start: number, end: number): RtcpPacket[] | undefined {
  return rtcpOfJson(jsonOf(bytes, start, end))
}

function senderOf(fields: Fields): SenderInfo {
  const seconds = numberOf(fields['ntp_timestamp_sec']) ?? 0
  const fraction = numberOf(fields['ntp_timestamp_usec']) ?? 0
  return {
    ntpMiddle: ((seconds % 0x1_0000) * 0x1_0000 + Math.floor(fraction / 0x1_0000)) >>> 0,
    rtpTimestamp: numberOf(fields['rtp_timestamp']) ?? 0,
    packets: numberOf(fields['packets']) ?? 0,
    octets: numberOf(fields['octets']) ?? 0,
  }
}

function blockOf(value: unknown): ReceptionBlock[] {
  if (!isFields(value)) return []
  return [
    {
      ssrc: numberOf(value['source_ssrc']) ?? 0,
      lossRatio: (numberOf(value['fraction_lost']) ?? 0) / RATIO_UNITS,
      packetsLost: signed24(numberOf(value['packets_lost']) ?? 0),
      highestSequenceNumber: numberOf(value['highest_seq_no']) ?? 0,
      jitterUnits: numberOf(value['ia_jitter']) ?? 0,
      lastSenderReport: numberOf(value['lsr']) ?? 0,
      delaySinceLast: numberOf(value['dlsr']) ?? 0,
    },
  ]
}

/** Agents send a block of zeros where there was none. */
function metricsOf(fields: Fields): ExtendedBlock | undefined {
  const of = (name: string): number => numberOf(fields[name]) ?? 0
  if (of('type') !== VOIP_METRICS) return undefined
  return {
    kind: 'voip',
    ssrc: of('id'),
    lossRatio: of('fraction_lost') / RATIO_UNITS,
    discardRatio: of('fraction_discard') / RATIO_UNITS,
    burstDensity: of('burst_density') / RATIO_UNITS,
    gapDensity: of('gap_density') / RATIO_UNITS,
    burstMs: of('burst_duration'),
    gapMs: of('gap_duration'),
    roundTripMs: knownRoundTrip(of('round_trip_delay')),
    endSystemDelayMs: of('end_system_delay'),
    signalDbm: knownLevel(numberOf(fields['signal_lvl'])),
    noiseDbm: knownLevel(numberOf(fields['noise_lvl'])),
    echoReturnLossDb: knownLevel(numberOf(fields['rerl'])),
    rFactor: knownRFactor(numberOf(fields['r_factor'])),
    mosListening: scoreOf(numberOf(fields['mos_lq'])),
    mosConversational: scoreOf(numberOf(fields['mos_cq'])),
    bufferMsNominal: of('jb_nom'),
    bufferMsMax: of('jb_max'),
  }
}

/** Scores times ten, as the block has them (RFC 3611 §4.7.5), or as they are. */
function scoreOf(value: number | null): number | null {
  return knownMos(value !== null && value > 5 ? value / 10 : value)
}

/** RFC 3550 §6.4.1: 24 bits with a sign, which some agents write without. */
function signed24(value: number): number {
  return value >= 0x800000 && value <= 0xffffff ? value - 0x1000000 : value
}
