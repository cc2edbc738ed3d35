// A session description in, what the streams of one of its sections go by out. Descriptions repeat:
// each different text is parsed once, and what it says is kept once, whatever number of calls it
// describes.
import { RecentMap } from '../base/recent-map.ts'
import type { ProfileCodec } from '../rtp/payload-profile.ts'
import { mediaText } from '../sip/sdp/media-text.ts'
import { parseSdp } from '../sip/sdp/parse-sdp.ts'
import type { Media } from '../sip/sdp/session-description.ts'
import type { Protection } from './stream.ts'

/** Texts remembered. Where each call has keys of its own, they are of no use to another. */
const TEXTS_MAX = 1_024
/** Longer descriptions are parsed each time. */
const DESCRIPTION_BYTES_MAX = 8_192

/** Of a section, what its streams go by. */
export interface DescribedMedia {
  /** `audio`, `video` … */
  readonly type: string
  readonly codecs: readonly ProfileCodec[]
  readonly protection: Protection
}

export class DescribedMedias {
  readonly #recent = new RecentMap<string, DescribedMedia>(TEXTS_MAX)

  /** The section of this number; null where there is none. */
  of(sdp: Buffer, section: number): DescribedMedia | null {
    const text = sdp.length > DESCRIPTION_BYTES_MAX ? '' : mediaText(sdp, section)
    const known = text === '' ? undefined : this.#recent.get(text)
    if (known !== undefined) return known
    const media = parseSdp(sdp).media[section]
    if (media === undefined) return null
    const codecs = media.codecs.map(({ payloadType, name, clockRateHz, channels, fmtp }) => {
      return { payloadType, name, clockRateHz, channels, fmtp: fmtp ?? null }
    })
    const described = { type: media.type, codecs, protection: protectionOf(media) }
    if (text !== '') this.#recent.set(text, described)
    return described
  }
}

/** How a section protects its media. */
function protectionOf(media: Media): Protection {
  if (media.crypto.length > 0) return 'sdes'
  if (media.fingerprints.length > 0) return 'dtls'
  return /SAVP/i.test(media.protocol) ? 'unknown' : 'none'
}
