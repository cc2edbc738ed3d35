// An offer of a recording client in, our answer out: every audio section whose codecs can be made
// sound is taken on a port of ours and received only; all others are refused with port 0.
//
// RFC 3264 §6 (answers), RFC 7866 §7.1.2 (the server only receives), RFC 4568 §6.1 (keys),
// RFC 5761 §5.1.1 (one port for RTP and RTCP).
import { randomBytes } from 'node:crypto'
import type { Codec, Crypto, Media, SessionDescription } from '../sip/sdp/session-description.ts'

/** Codecs that can be made sound later; the rest of an offer is left out of the answer. */
const CODECS = new Set([
  'pcmu',
  'pcma',
  'g722',
  'l16',
  'gsm',
  'opus',
  'g729',
  'g723',
  'g726-16',
  'g726-24',
  'g726-32',
  'g726-40',
  'amr',
  'amr-wb',
  'ilbc',
  'speex',
])
/** What goes along with sound, and is no sound by itself. */
const COMPANIONS = new Set(['telephone-event', 'cn', 'red'])

/** Bytes of master key and salt, by suite (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14). */
const KEY_BYTES: ReadonlyMap<string, number> = new Map([
  ['AES_CM_128_HMAC_SHA1_80', 30],
  ['AES_CM_128_HMAC_SHA1_32', 30],
  ['AES_256_CM_HMAC_SHA1_80', 46],
  ['AES_256_CM_HMAC_SHA1_32', 46],
  ['AEAD_AES_128_GCM', 28],
  ['AEAD_AES_256_GCM', 44],
])

/** A media section that can be taken: whoever has ports for it puts one in. */
export interface OfferedSection {
  readonly index: number
  readonly isAcceptable: boolean
}

/** What can be taken of an offer. */
export function readOffer(offer: SessionDescription | undefined): readonly OfferedSection[] {
  if (offer === undefined) return []
  return offer.media.map((media, index) => ({ index, isAcceptable: isAcceptable(media) }))
}

function isAcceptable(media: Media): boolean {
  if (media.type !== 'audio' || media.port === 0) return false
  if (usableCodecs(media).every(({ name }) => COMPANIONS.has(name.toLowerCase()))) return false
  const protocol = media.protocol.toUpperCase()
  if (protocol === 'RTP/AVP' || protocol === 'RTP/AVPF') return true
  return /^RTP\/SAVPF?$/.test(protocol) && usableCrypto(media) !== undefined
}

function usableCodecs(media: Media): Codec[] {
  return media.codecs.filter(({ name }) => {
    const lower = name.toLowerCase()
    return CODECS.has(lower) || COMPANIONS.has(lower)
  })
}

function usableCrypto(media: Media): Crypto | undefined {
  return media.crypto.find(({ suite }) => KEY_BYTES.has(suite.toUpperCase()))
}

export interface AnswerParts {
  readonly offer: SessionDescription
  /** Address of ours that the client reaches. */
  readonly address: string
  /** Our RTP port by section; refused where there is none. */
  readonly ports: ReadonlyMap<number, number>
  /** Of our description: stays the same, and rises with each answer (RFC 8866 §5.2). */
  readonly sessionId: number
  readonly version: number
}

/** The text of the answer. */
export function formatAnswer({ offer, address, ports, sessionId, version }: AnswerParts): string {
  const net = address.includes(':') ? 'IP6' : 'IP4'
  const lines = [
    'v=0',
    `o=earshot ${sessionId} ${version} IN ${net} ${address}`,
    's=-',
    `c=IN ${net} ${address}`,
    't=0 0',
  ]
  for (const [index, media] of offer.media.entries()) {
    const port = ports.get(index)
    lines.push(...(port === undefined ? refuse(media) : accept(media, port)))
  }
  return `${lines.join('\r\n')}\r\n`
}

/** Characters of an offer that are put into an answer: those of RFC 8866's token, and a slash. */
function plain(text: string): string {
  return text.replace(/[^\w!#$%&'*+.^`{|}~/-]/g, '')
}

function refuse(media: Media): string[] {
  const formats = media.formats.length === 0 ? ['0'] : media.formats.slice(0, 64)
  return [`m=${plain(media.type)} 0 ${plain(media.protocol)} ${formats.map(plain).join(' ')}`]
}

function accept(media: Media, port: number): string[] {
  const codecs = usableCodecs(media)
  const lines = [
    `m=audio ${port} ${plain(media.protocol)} ${codecs.map((each) => each.payloadType).join(' ')}`,
  ]
  for (const { payloadType, name, clockRateHz, channels, fmtp } of codecs) {
    const tail = channels > 1 ? `/${channels}` : ''
    lines.push(`a=rtpmap:${payloadType} ${plain(name)}/${clockRateHz}${tail}`)
    const isOneLine = fmtp !== undefined && !/[\r\n\0]/.test(fmtp)
    if (isOneLine) lines.push(`a=fmtp:${payloadType} ${fmtp}`)
  }
  if (media.hasRtcpMux) lines.push('a=rtcp-mux')
  if (/SAVP/i.test(media.protocol)) lines.push(...acceptCrypto(media))
  if (media.mid !== undefined) lines.push(`a=mid:${plain(media.mid)}`)
  const isSending = media.direction === 'sendonly' || media.direction === 'sendrecv'
  lines.push(isSending ? 'a=recvonly' : 'a=inactive')
  return lines
}

/** A key of our own goes with the suite, though we never send anything with it. */
function acceptCrypto(media: Media): string[] {
  const crypto = usableCrypto(media)
  if (crypto === undefined) return []
  const key = randomBytes(KEY_BYTES.get(crypto.suite.toUpperCase()) ?? 30).toString('base64')
  return [`a=crypto:${crypto.tag} ${crypto.suite.toUpperCase()} inline:${key}`]
}
