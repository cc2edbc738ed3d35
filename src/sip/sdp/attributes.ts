// Attribute values that have parts: the text after `a=name:` in, the parts out, undefined where
// the text does not have them. One function for each attribute, none of them knows the others.
import { brief } from '../uri.ts'
import type { Note } from '../problems.ts'
import type {
  Attribute,
  Candidate,
  Codec,
  Crypto,
  Direction,
  Fingerprint,
  SsrcAttribute,
} from './session-description.ts'
import { DYNAMIC_PAYLOAD_TYPE_MIN, PAYLOAD_TYPE_MAX, staticPayload } from './payload-type.ts'

/** Parses what follows `a=`. */
export function parseAttribute(text: string): Attribute {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text.trim(), value: undefined }
  return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() }
}

/** A number of decimal digits not above `max`, else undefined. */
export function parseNumber(text: string | undefined, max = 0xffff_ffff): number | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined
  const number = Number(text)
  return number <= max ? number : undefined
}

export function isDirection(name: string): name is Direction {
  return name === 'sendrecv' || name === 'sendonly' || name === 'recvonly' || name === 'inactive'
}

/** `foundation component transport priority address port typ type …` (RFC 8839 §5.1). */
export function parseCandidate(text: string, note: Note): Candidate | undefined {
  const words = text.split(/\s+/)
  const [foundation = '', component, transport = '', priority, address = '', port] = words
  const candidate = {
    foundation,
    component: parseNumber(component) ?? -1,
    transport: transport.toLowerCase(),
    priority: parseNumber(priority) ?? -1,
    address,
    port: parseNumber(port, 65_535) ?? -1,
    type: wordAfter(words, 'typ') ?? '',
    relatedAddress: wordAfter(words, 'raddr'),
    relatedPort: parseNumber(wordAfter(words, 'rport'), 65_535),
  }
  if (candidate.component >= 0 && candidate.port >= 0 && candidate.type !== '') return candidate
  note('sip.sdp.candidate', `foundation component transport … expected, found ${brief(text)}`)
  return undefined
}

/** `crypto:tag suite inline:key…` (RFC 4568 §9.1). */
export function parseCrypto(text: string, note: Note): Crypto | undefined {
  const [tag, suite = '', keyParams = '', ...sessionParams] = text.split(/\s+/)
  const number = parseNumber(tag)
  if (number === undefined || !keyParams.toLowerCase().startsWith('inline:')) {
    note('sip.sdp.crypto', `tag suite inline:key expected, found ${brief(text)}`)
    return undefined
  }
  return { tag: number, suite, keyParams, sessionParams }
}

/** `fingerprint:sha-256 AB:CD:…` (RFC 8122 §5). */
export function parseFingerprint(text: string, note: Note): Fingerprint | undefined {
  const [hash = '', value = ''] = text.split(/\s+/)
  if (/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2})*$/.test(value)) return { hash: hash.toLowerCase(), value }
  note('sip.sdp.fingerprint', `hash and hexadecimal bytes expected, found ${brief(text)}`)
  return undefined
}

/** `ssrc:id name:value` (RFC 5576 §4.1). */
export function parseSsrc(text: string): SsrcAttribute | undefined {
  const blank = text.search(/\s/)
  const ssrc = parseNumber(blank < 0 ? text : text.slice(0, blank))
  if (ssrc === undefined) return undefined
  return { ssrc, ...parseAttribute(blank < 0 ? '' : text.slice(blank + 1)) }
}

/** The codecs of a media section: its payload types with what rtpmap and fmtp say of them. */
export function codecsOf(
  formats: readonly string[],
  attributes: readonly Attribute[],
  note: Note,
): Codec[] {
  const rtpmaps = byPayloadType(attributes, 'rtpmap')
  const fmtps = byPayloadType(attributes, 'fmtp')
  const codecs: Codec[] = []
  for (const format of formats) {
    const payloadType = parseNumber(format, PAYLOAD_TYPE_MAX)
    if (payloadType === undefined) continue
    const rtpmap = rtpmaps.get(payloadType)
    const usual = staticPayload(payloadType)
    if (rtpmap === undefined && usual === undefined && payloadType >= DYNAMIC_PAYLOAD_TYPE_MIN) {
      note('sip.sdp.rtpmap.missing', `rtpmap expected for payload type ${payloadType}, found none`)
    }
    codecs.push({
      payloadType,
      fmtp: fmtps.get(payloadType),
      ...(rtpmap === undefined
        ? {
            name: usual?.name ?? '',
            clockRateHz: usual?.clockRateHz ?? 0,
            channels: usual?.channels ?? 1,
          }
        : parseEncoding(rtpmap, usual?.clockRateHz ?? 0, note)),
    })
  }
  return codecs
}

/** `name/clock-rate[/channels]`, the part of an rtpmap after its payload type (RFC 8866 §6.6). */
function parseEncoding(
  text: string,
  usualRateHz: number,
  note: Note,
): { name: string; clockRateHz: number; channels: number } {
  const [name = '', rate, channels] = text.split('/').map((part) => part.trim())
  const clockRateHz = parseNumber(rate)
  if (name === '' || (rate !== undefined && clockRateHz === undefined)) {
    note('sip.sdp.rtpmap', `name/clock-rate expected, found ${brief(text)}`)
  } else if (rate === undefined) {
    note('sip.sdp.rtpmap.clock-rate-missing', `name/clock-rate expected, found ${brief(text)}`)
  }
  return { name, clockRateHz: clockRateHz ?? usualRateHz, channels: parseNumber(channels) ?? 1 }
}

/** Values of `name:payloadType value` by payload type; the first of each counts. */
function byPayloadType(attributes: readonly Attribute[], name: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const attribute of attributes) {
    if (attribute.name.toLowerCase() !== name || attribute.value === undefined) continue
    const blank = attribute.value.search(/\s/)
    if (blank < 0) continue
    const payloadType = parseNumber(attribute.value.slice(0, blank), PAYLOAD_TYPE_MAX)
    if (payloadType === undefined || found.has(payloadType)) continue
    found.set(payloadType, attribute.value.slice(blank + 1).trim())
  }
  return found
}

function wordAfter(words: readonly string[], name: string): string | undefined {
  const i = words.indexOf(name, 6)
  return i < 0 ? undefined : words[i + 1]
}
