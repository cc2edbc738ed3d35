// A report and the streams that it may be about in, those that it fits best out: by its call, and
// by the ends that it names. RTCP names its own ends, which may be one port further (RFC 3550 §11).
import type { AddressTable } from '../base/address-table.ts'
import { fitOfPort, type MediaReport } from '../rtp/media-report.ts'
import type { MediaEnds } from './media-map.ts'

/** What is known of a stream. */
export interface StreamFacts {
  readonly ends: MediaEnds
  readonly callId: string | undefined
}

/** Of `streams`, the ones that fit best; none where a report says too little to tell. */
export function bestFitting(
  report: MediaReport,
  streams: readonly number[],
  addresses: AddressTable,
  factsOf: (stream: number) => StreamFacts,
): number[] {
  if (streams.length === 0) return []
  const from = report.src && addresses.idOf(report.src.address)
  const to = report.dst && addresses.idOf(report.dst.address)
  const fits = streams.map((stream) => {
    const { ends, callId } = factsOf(stream)
    const bySrc = ends.src === from ? fitOfPort(report.src, ends.srcPort) : 0
    const byDst = ends.dst === to ? fitOfPort(report.dst, ends.dstPort) : 0
    return bySrc + byDst + Number(callId !== undefined && callId === report.callId)
  })
  const best = Math.max(...fits)
  // Without an SSRC the ends must tell which way the stream goes.
  if (report.ssrc === null && best < 3) return []
  return streams.filter((_, i) => fits[i] === best)
}
