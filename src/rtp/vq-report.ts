// The text of a quality report that a phone sends by SIP in, media reports out: what it received
// (LocalMetrics) and what it was told that the other side received (RemoteMetrics). Senders differ
// in blanks, order and what they leave out; a value that cannot be read is unknown.
//
//     VQSessionReport: CallTerm
//     CallID: … · LocalAddr: IP= PORT= SSRC= · RemoteAddr: … · LocalMetrics:
//     PacketLoss:NLR= JDR= · Delay:RTD= IAJ= · QualityEst:RLQ= MOSLQ= …        RFC 6035 §4.6
import {
  knownLevel,
  knownMos,
  knownRFactor,
  knownRoundTrip,
  type MediaReport,
  NO_FIGURES,
  type ReportEnd,
  type ReportFigures,
} from './media-report.ts'

/** Lines looked at; a report has some thirty. */
const LINES_MAX = 400

/**
 * Lines about the call. Drafts before the RFC, and phones after them, have these behind the title
 * of the metrics; in the remote part they may stand once more, seen from there.
 */
const OF_THE_CALL = new Set(['CALLID', 'LOCALADDR', 'REMOTEADDR'])

/** Values of one line, by the name before the equals sign, upper case. */
type Values = ReadonlyMap<string, string>

interface Party {
  readonly end: ReportEnd | null
  readonly ssrc: number | null
}

/** True where a body is such a report. */
export function looksLikeVqReport(text: string): boolean {
  return /^\s*VQ(?:Session|Interval|Alert)Report/i.test(text)
}

/** Reads a report that was captured at `tUs`. */
export function readVqReport(text: string, tUs: number): MediaReport[] {
  const { head, local, remote } = sectionsOf(text)
  const localParty = partyOf(head.get('LOCALADDR'))
  const remoteParty = partyOf(head.get('REMOTEADDR'))
  const callId = head.get('CALLID')?.trim() || null
  const reports: MediaReport[] = []
  const add = (section: ReadonlyMap<string, string>, from: Party, to: Party): void => {
    if (section.size === 0) return
    const description = valuesOf(section.get('SESSIONDESC'))
    reports.push({
      ...figuresOf(section),
      source: 'vq-rtcpxr',
      tUs,
      ssrc: from.ssrc,
      reporterSsrc: to.ssrc,
      src: from.end,
      dst: to.end,
      callId,
      jitterUnits: null,
      codec: description.get('PD') ?? null,
    })
  }
  add(local, remoteParty, localParty)
  add(remote, localParty, remoteParty)
  return reports
}

/** Lines by name: of the call, of the local metrics, of the remote ones. */
function sectionsOf(text: string): {
  head: ReadonlyMap<string, string>
  local: ReadonlyMap<string, string>
  remote: ReadonlyMap<string, string>
} {
  const head = new Map<string, string>()
  const local = new Map<string, string>()
  const remote = new Map<string, string>()
  let section = head
  for (const line of text.split(/\r?\n/, LINES_MAX)) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const name = line.slice(0, colon).trim().toUpperCase()
    if (name === 'LOCALMETRICS') section = local
    else if (name === 'REMOTEMETRICS') section = remote
    else if (!OF_THE_CALL.has(name)) section.set(name, line.slice(colon + 1))
    else if (!head.has(name)) head.set(name, line.slice(colon + 1))
  }
  return { head, local, remote }
}

function valuesOf(text: string | undefined): Values {
  const values = new Map<string, string>()
  // A name begins at its first letter, so that a long word is not tried from each of its letters.
  for (const match of (text ?? '').matchAll(/(?<![A-Za-z])([A-Za-z]+)\s*=\s*("[^"]*"|\S+)/g)) {
    values.set((match[1] ?? '').toUpperCase(), match[2] ?? '')
  }
  return values
}

function partyOf(text: string | undefined): Party {
  const values = valuesOf(text)
  const address = values.get('IP')
  const port = Number(values.get('PORT'))
  const ssrc = ssrcOf(values.get('SSRC') ?? '')
  return {
    end: address === undefined ? null : { address, port: Number.isInteger(port) ? port : 0 },
    ssrc: ssrc > 0 && ssrc < 2 ** 32 ? ssrc : null,
  }
}

/** Hexadecimal has a prefix, or only letters that say so. */
function ssrcOf(text: string): number {
  const isHex = /^[\da-f]+$/i.test(text) && /[a-f]/i.test(text)
  return isHex ? Number(`0x${text}`) : Number(text)
}

function figuresOf(section: ReadonlyMap<string, string>): ReportFigures {
  const loss = valuesOf(section.get('PACKETLOSS'))
  const bursts = valuesOf(section.get('BURSTGAPLOSS'))
  const delay = valuesOf(section.get('DELAY'))
  const signal = valuesOf(section.get('SIGNAL'))
  const quality = valuesOf(section.get('QUALITYEST'))
  const buffer = valuesOf(section.get('JITTERBUFFER'))
  const percent = (text: string | undefined): number | null => {
    const value = number(text)
    return value === null || value < 0 || value > 100 ? null : value / 100
  }
  return {
    ...NO_FIGURES,
    lossRatio: percent(loss.get('NLR')),
    discardRatio: percent(loss.get('JDR')),
    burstDensity: percent(bursts.get('BLD')),
    burstMs: number(bursts.get('BD')),
    gapDensity: percent(bursts.get('GLD')),
    gapMs: number(bursts.get('GD')),
    roundTripMs: knownRoundTrip(number(delay.get('RTD'))),
    endSystemDelayMs: number(delay.get('ESD')),
    jitterMs: number(delay.get('IAJ')),
    signalDbm: knownLevel(number(signal.get('SL'))),
    noiseDbm: knownLevel(number(signal.get('NL'))),
    echoReturnLossDb: knownLevel(number(signal.get('RERL'))),
    rFactor: knownRFactor(number(quality.get('RCQ'))) ?? knownRFactor(number(quality.get('RLQ'))),
    mosListening: knownMos(number(quality.get('MOSLQ'))),
    mosConversational: knownMos(number(quality.get('MOSCQ'))),
    bufferMsNominal: number(buffer.get('JBN')),
    bufferMsMax: number(buffer.get('JBM')),
  }
}

/** A decimal number, null for anything else. */
function number(text: string | undefined): number | null {
  if (text === undefined || !/^-?\d{1,9}(?:\.\d{1,9})?$/.test(text)) return null
  return Number(text)
}
