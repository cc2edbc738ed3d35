// Figures that a capture agent computed from RTP, as JSON (HEP types 34 and 35) in, a media report
// out. Names are those of captagent and rtpagent, in any case; what they leave out is unknown, and
// JSON that tells nothing of a stream gives no report.
import { isFields, numberOf } from './agent-json.ts'
import { type MediaReport, NO_FIGURES, type ReportEnd } from './media-report.ts'

/** What the HEP packet around it tells, for what the report leaves out. */
export interface StatisticsOrigin {
  readonly tUs: number
  readonly src: ReportEnd
  readonly dst: ReportEnd
  readonly callId: string | null
}

/** MOS is written as it is or times a hundred. */
const MOS_MAX = 5
const MOS_SCALE = 100

/** Reads a report; undefined where it holds no figure that we know. */
export function readAgentStatistics(
  value: unknown,
  origin: StatisticsOrigin,
): MediaReport | undefined {
  if (!isFields(value)) return undefined
  const fields = new Map(Object.entries(value).map(([name, field]) => [name.toUpperCase(), field]))
  const number = (...names: readonly string[]): number | null => {
    for (const name of names) {
      const found = numberOf(fields.get(name))
      if (found !== null) return found
    }
    return null
  }
  const text = (...names: readonly string[]): string | null => {
    for (const name of names) {
      const found = fields.get(name)
      if (typeof found === 'string' && found !== '') return found
    }
    return null
  }
  const figures = {
    packetsReceived: number('TOTAL_PK', 'TOTAL_PACKETS'),
    packetsExpected: number('EXPECTED_PK', 'EXPECTED_PACKETS'),
    packetsLost: number('PACKET_LOSS', 'LOST_PK'),
    jitterMs: number('MEAN_JITTER', 'JITTER'),
    jitterMsMax: number('MAX_JITTER'),
    roundTripMs: number('RTT', 'ROUND_TRIP_DELAY'),
    rFactor: number('MEAN_RFACTOR', 'RFACTOR', 'R_FACTOR'),
    mosListening: mosOf(number('MEAN_MOS', 'MOS')),
  }
  if (Object.values(figures).every((figure) => figure === null)) return undefined
  return {
    ...NO_FIGURES,
    ...figures,
    source: 'hep-statistics',
    tUs: origin.tUs,
    ssrc: ssrcOf(fields.get('SSRC')),
    reporterSsrc: null,
    src: endOf(text('SRC_IP', 'SOURCE_IP'), number('SRC_PORT', 'SOURCE_PORT')) ?? origin.src,
    dst:
      endOf(text('DST_IP', 'DESTINATION_IP'), number('DST_PORT', 'DESTINATION_PORT')) ?? origin.dst,
    callId: text('CORRELATION_ID', 'RTP_SIP_CALL_ID', 'CALL_ID', 'CALLID') ?? origin.callId,
    jitterUnits: null,
    codec: text('CODEC_NAME', 'CODEC'),
  }
}

/** An opinion score as agents write it: 4.2, or 420; null for what is none. */
export function mosOf(value: number | null): number | null {
  if (value === null || value <= 0) return null
  const mos = value > MOS_MAX ? value / MOS_SCALE : value
  return mos >= 1 && mos <= MOS_MAX ? mos : null
}

function endOf(address: string | null, port: number | null): ReportEnd | null {
  return address === null || port === null ? null : { address, port }
}

/** A number, or hexadecimal with its prefix. */
function ssrcOf(value: unknown): number | null {
  const number = numberOf(value)
  return number === null || number === 0 ? null : number >>> 0
}
