// A session description in plain words, one line for each media section, for somebody who does
// not read SDP. Says what is there; judges nothing.
import type { Media, SessionDescription } from './session-description.ts'

/** Lines such as `audio to 203.0.113.5 port 10000: PCMA, telephone events; sends and receives`. */
export function describeSdp(sdp: SessionDescription): string[] {
  if (sdp.media.length === 0) return ['no media']
  return sdp.media.map(describeMedia)
}

/** One media section in words. */
function describeMedia(media: Media): string {
  const type = media.type === '' ? 'unreadable media' : media.type
  if (media.port === 0) return `${type} refused`
  const parts = [`${type} to ${placeOf(media)}${contentOf(media)}`, directionOf(media)]
  if (media.ptimeMs !== undefined) parts.push(`${media.ptimeMs} ms a packet`)
  parts.push(...protectionOf(media), ...iceOf(media))
  return parts.join('; ')
}

function placeOf(media: Media): string {
  const port = media.portCount > 1 ? `ports ${media.port} and on` : `port ${media.port}`
  return `${media.address === '' ? 'no address' : media.address} ${port}`
}

function contentOf(media: Media): string {
  const names = media.codecs.map((codec) => {
    if (codec.name === '') return `payload type ${codec.payloadType}`
    return SPOKEN_NAMES.get(codec.name.toLowerCase()) ?? codec.name
  })
  if (names.length > 0) return `: ${[...new Set(names)].join(', ')}`
  if (media.formats.some((format) => format.toLowerCase() === 't38')) return ': T.38 fax'
  return media.formats.length === 0 ? '' : `: ${media.formats.join(', ')}`
}

function directionOf(media: Media): string {
  if (media.address === '0.0.0.0') return 'on hold (no address)'
  switch (media.direction) {
    case 'sendrecv':
      return 'sends and receives'
    case 'sendonly':
      return 'only sends (on hold)'
    case 'recvonly':
      return 'only receives'
    case 'inactive':
      return 'neither sends nor receives (on hold)'
  }
}

function protectionOf(media: Media): string[] {
  const parts: string[] = []
  const suites = [...new Set(media.crypto.map(({ suite }) => suite))]
  if (suites.length > 0) parts.push(`keys offered for ${suites.join(', ')}`)
  if (media.fingerprints.length > 0) {
    const role = media.setup === undefined ? '' : ` (${media.setup})`
    parts.push(`keys by DTLS${role}`)
  }
  return parts
}

function iceOf(media: Media): string[] {
  const parts: string[] = []
  if (media.hasRtcpMux) parts.push('RTCP on the same port')
  if (media.candidates.length > 0) {
    const types = [...new Set(media.candidates.map(({ type }) => type))]
    const count = media.candidates.length
    parts.push(`${count} ICE ${count === 1 ? 'candidate' : 'candidates'} (${types.join(', ')})`)
  }
  return parts
}

const SPOKEN_NAMES: ReadonlyMap<string, string> = new Map([
  ['telephone-event', 'telephone events'],
  ['cn', 'comfort noise'],
  ['red', 'redundancy'],
])
