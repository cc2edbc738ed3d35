// One media section: its lines in, what they say out, with what it inherits from the session.
import type { Note } from '../problems.ts'
import { brief } from '../uri.ts'
import {
  codecsOf,
  isDirection,
  parseCandidate,
  parseCrypto,
  parseFingerprint,
  parseNumber,
  parseSsrc,
} from './attributes.ts'
import type { Attribute, Direction, Media, TransportAttributes } from './session-description.ts'

/** Lines of a section while they are collected. */
export interface MediaLines {
  /** Value of the `m=` line and the offset of its first byte. */
  readonly line: string
  readonly at: number
  title: string | undefined
  connection: string | undefined
  readonly bandwidths: string[]
  readonly attributes: Attribute[]
}

/** What a section takes from the session where it says nothing itself. */
export interface Inherited extends TransportAttributes {
  readonly address: string
  readonly direction: Direction
}

/** Begins a section at its `m=` line. */
export function mediaLines(line: string, at: number): MediaLines {
  return { line, at, title: undefined, connection: undefined, bandwidths: [], attributes: [] }
}

/** Makes a section of its lines. */
export function finishMedia(
  lines: MediaLines,
  inherited: Inherited,
  parseConnection: (text: string, note: Note) => string,
  note: Note,
): Media {
  const { attributes } = lines
  const head = parseMediaLine(lines.line, note)
  const address =
    lines.connection === undefined ? inherited.address : parseConnection(lines.connection, note)
  if (address === '' && head.port > 0) {
    note('sip.sdp.connection.missing', 'c= expected in the session or the section, found none')
  }
  const own = attributes.findLast(({ name }) => isDirection(name))?.name
  const direction = own !== undefined && isDirection(own) ? own : inherited.direction
  const isSilenced = direction === 'sendonly' || direction === 'inactive'
  const isZero = address === '0.0.0.0' || address === '::'
  const rtcp = valueOf(attributes, 'rtcp')?.split(/\s+/) ?? []
  const transport = transportOf(attributes, note)
  return {
    ...head,
    codecs: isRtp(head.protocol) ? codecsOf(head.formats, attributes, note) : [],
    address,
    direction,
    isHeld: isSilenced || isZero,
    ptimeMs: parseMs(valueOf(attributes, 'ptime')),
    maxptimeMs: parseMs(valueOf(attributes, 'maxptime')),
    rtcpPort: parseNumber(rtcp[0], 65_535),
    rtcpAddress: rtcp[3],
    hasRtcpMux: attributes.some(({ name }) => name === 'rtcp-mux'),
    iceUfrag: transport.iceUfrag ?? inherited.iceUfrag,
    icePwd: transport.icePwd ?? inherited.icePwd,
    fingerprints:
      transport.fingerprints.length > 0 ? transport.fingerprints : inherited.fingerprints,
    setup: transport.setup ?? inherited.setup,
    candidates: valuesOf(attributes, 'candidate').flatMap(
      (text) => parseCandidate(text, note) ?? [],
    ),
    crypto: valuesOf(attributes, 'crypto').flatMap((text) => parseCrypto(text, note) ?? []),
    mid: valueOf(attributes, 'mid'),
    ssrcs: valuesOf(attributes, 'ssrc').flatMap((text) => parseSsrc(text) ?? []),
    rids: valuesOf(attributes, 'rid'),
    title: lines.title,
    bandwidths: lines.bandwidths,
    attributes,
  }
}

/** ICE and DTLS attributes of a session or a section. */
export function transportOf(attributes: readonly Attribute[], note: Note): TransportAttributes {
  return {
    iceUfrag: valueOf(attributes, 'ice-ufrag'),
    icePwd: valueOf(attributes, 'ice-pwd'),
    fingerprints: valuesOf(attributes, 'fingerprint').flatMap(
      (text) => parseFingerprint(text, note) ?? [],
    ),
    setup: valueOf(attributes, 'setup'),
  }
}

/** `type port[/count] protocol format…` (RFC 8866 §5.14). */
function parseMediaLine(
  text: string,
  note: Note,
): { type: string; port: number; portCount: number; protocol: string; formats: string[] } {
  const [type = '', ports = '', protocol = '', ...formats] = text.trim().split(/\s+/)
  const [first, count] = ports.split('/')
  const port = parseNumber(first, 65_535)
  if (port === undefined || protocol === '' || formats.length === 0) {
    note('sip.sdp.media', `type port protocol format expected, found ${brief(text)}`)
  }
  return { type, port: port ?? 0, portCount: parseNumber(count, 65_535) ?? 1, protocol, formats }
}

/** RTP under any of its profiles, TLS or not: RTP/AVP, RTP/SAVPF, UDP/TLS/RTP/SAVPF … */
function isRtp(protocol: string): boolean {
  return /(^|\/)RTP\//i.test(protocol)
}

/** `ptime` may have a fraction: 20, 2.5 (RFC 8866 §6.4). */
function parseMs(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : undefined
}

function valueOf(attributes: readonly Attribute[], name: string): string | undefined {
  return attributes.find((one) => one.name === name)?.value
}

function valuesOf(attributes: readonly Attribute[], name: string): string[] {
  return attributes.flatMap((one) => (one.name === name && one.value ? [one.value] : []))
}
