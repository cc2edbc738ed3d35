// A session description in, where it wants media out, and nothing else: addresses and ports, and
// the ufrags by which ICE finds further ones. A quick look for whoever has thousands of
// descriptions and will need few of them. What a section says beside that is for parse-sdp.ts.
//
//     c=IN IP4 address · m=type port … · a=candidate:… port typ … · a=ice-ufrag:… · a=mid:… ·
//     a=group:BUNDLE mids · a=sendonly, a=recvonly, a=inactive

const LF = 10
const EQUALS = 61
const LETTER_A = 97
const LETTER_C = 99
const LETTER_M = 109
/** Ends of one description; WebRTC's largest offers stay below. */
const ENDS_MAX = 512

/** Who wants media where a section says. */
export interface SdpSections {
  /** Which `m=` sections, from 0: that which names it, and those that share its transport. */
  readonly sections: readonly number[]
  /** False where the section wants something else there: fax, messages, a channel for speech. */
  readonly isRtp: boolean
}

/** One place where a section wants media. */
export interface SdpEnd extends SdpSections {
  /** As written: an address, or a name that somebody put there. */
  readonly address: string
  readonly port: number
  /** An ICE candidate (RFC 8839 §5.1), not the section's own address. */
  readonly isCandidate: boolean
  /** Its section's. */
  readonly ufrag: string | undefined
}

/** What connectivity checks to a section carry (RFC 8839 §5.4). */
export interface SdpUfrag extends SdpSections {
  readonly ufrag: string
}

export interface SdpEnds {
  readonly places: readonly SdpEnd[]
  readonly ufrags: readonly SdpUfrag[]
  /** There is sound over RTP, and all of it is to go both ways (RFC 3264 §5.1, §8.4). */
  readonly isTwoWay: boolean
}

/** The ends of a description between `start` and `end`. Refused sections (port 0) have none. */
export function readSdpEnds(bytes: Buffer, start: number, end: number): SdpEnds {
  const ends: Named[] = []
  const sections: Section[] = []
  const bundles: string[][] = []
  let sessionAddress: string | undefined
  let sessionUfrag: string | undefined
  let sessionDirection: string | undefined
  for (let at = start; at < end && ends.length < ENDS_MAX; ) {
    const found = bytes.indexOf(LF, at)
    const lineEnd = found < 0 || found > end ? end : found
    const section = sections.at(-1)
    if (bytes[at + 1] === EQUALS) {
      const letter = bytes[at]
      if (letter === LETTER_C) {
        const address = connectionAddress(lineText(bytes, at, lineEnd))
        if (section === undefined) sessionAddress ??= address
        else section.address ??= address
      } else if (letter === LETTER_M) {
        sections.push(readMediaLine(lineText(bytes, at, lineEnd)))
      } else if (letter === LETTER_A && section !== undefined) {
        const candidate = section.port > 0 ? candidateEnd(bytes, at, lineEnd) : undefined
        if (candidate !== undefined) ends.push({ ...candidate, section: sections.length - 1 })
        section.mid ??= attributeValue(bytes, at, lineEnd, MID)
        section.ufrag ??= attributeValue(bytes, at, lineEnd, UFRAG)
        section.direction ??= directionIn(bytes, at, lineEnd)
      } else if (letter === LETTER_A) {
        const mids = attributeValue(bytes, at, lineEnd, BUNDLE)
        if (mids !== undefined) bundles.push(mids.split(/\s+/))
        sessionUfrag ??= attributeValue(bytes, at, lineEnd, UFRAG)
        sessionDirection ??= directionIn(bytes, at, lineEnd)
      }
    }
    at = lineEnd + 1
  }
  const ufrags: SdpUfrag[] = []
  sections.forEach(({ port, address = sessionAddress ?? '', ufrag = sessionUfrag }, section) => {
    if (port > 0 && address !== '') ends.push({ address, port, section, isCandidate: false })
    if (port > 0 && ufrag !== undefined) {
      ufrags.push({ ufrag, ...sharing(section, sections, bundles) })
    }
  })
  const places = ends.map(({ section, ...place }) => {
    const ufrag = sections[section]?.ufrag ?? sessionUfrag
    return { ...place, ufrag, ...sharing(section, sections, bundles) }
  })
  const sounds = sections.filter(({ isAudio, isRtp, port }) => isAudio && isRtp && port > 0)
  const isTwoWay = sounds.every((section) => {
    const { address = sessionAddress, ufrag = sessionUfrag } = section
    const { direction = sessionDirection } = section
    // With candidates to come the address may be none yet (RFC 8840 §4.1.1).
    const isSomewhere = ufrag !== undefined || !NOWHERE.has(address)
    return isSomewhere && (direction === undefined || direction === 'sendrecv')
  })
  return { places, ufrags, isTwoWay: isTwoWay && sounds.length > 0 }
}

/** Addresses by which RFC 2543 put a call on hold; RFC 3264 §8.4 still knows them. */
const NOWHERE: ReadonlySet<string | undefined> = new Set([undefined, '', '0.0.0.0', '::'])

/** An end as its own section names it. */
interface Named extends Omit<SdpEnd, 'ufrag' | keyof SdpSections> {
  readonly section: number
}

/**
 * The sections of a bundle share one transport, and only its first need say where (RFC 9143 §7.1.3,
 * RFC 9429 §5.3.1).
 */
function sharing(
  section: number,
  sections: readonly Section[],
  bundles: readonly (readonly string[])[],
): SdpSections {
  const mid = sections[section]?.mid
  const bundle = bundles.find((mids) => mid !== undefined && mids.includes(mid)) ?? []
  const isOfBundle = ({ mid: other }: Section) => other !== undefined && bundle.includes(other)
  const others = sections.flatMap((other, i) => (i !== section && isOfBundle(other) ? [i] : []))
  const forRtp = [section, ...others].filter((i) => sections[i]?.isRtp)
  return { sections: forRtp.length > 0 ? forRtp : [section], isRtp: forRtp.length > 0 }
}

function lineText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start + 2, end).trim()
}

/** `IN IP4 192.0.2.1/127`: a multicast address may carry its scope (RFC 8866 §5.7). */
function connectionAddress(text: string): string {
  const [, , address = ''] = text.split(/\s+/)
  return address.split('/')[0] ?? ''
}

/** What an `m=` line and its section say of a place. */
interface Section {
  readonly port: number
  readonly isAudio: boolean
  readonly isRtp: boolean
  address: string | undefined
  mid: string | undefined
  ufrag: string | undefined
  direction: string | undefined
}

/** `audio 49170/2 RTP/AVP …` */
function readMediaLine(text: string): Section {
  const [type = '', number = '', protocol = ''] = text.split(/\s+/, 3)
  const port = Number.parseInt(number, 10)
  return {
    port: port > 0 && port <= 65_535 ? port : 0,
    isAudio: /^audio$/i.test(type),
    isRtp: /RTP\//i.test(protocol),
    address: undefined,
    mid: undefined,
    ufrag: undefined,
    direction: undefined,
  }
}

const MID = Buffer.from('a=mid:')
const UFRAG = Buffer.from('a=ice-ufrag:')
const BUNDLE = Buffer.from('a=group:BUNDLE ')
const CANDIDATE = Buffer.from('a=candidate:')

/** What follows `name` in a line that begins with it. */
function attributeValue(
  bytes: Buffer,
  at: number,
  lineEnd: number,
  name: Buffer,
): string | undefined {
  const valueAt = at + name.length
  if (lineEnd <= valueAt || bytes.compare(name, 0, name.length, at, valueAt) !== 0) return undefined
  return bytes.toString('latin1', valueAt, lineEnd).trim()
}

const DIRECTION = /^(?:sendrecv|sendonly|recvonly|inactive)$/
/** `a=` and eight letters, with what may end the line. */
const DIRECTION_BYTES = 10

function directionIn(bytes: Buffer, at: number, lineEnd: number): string | undefined {
  const length = lineEnd - at
  if (length < DIRECTION_BYTES || length > DIRECTION_BYTES + 2) return undefined
  const text = lineText(bytes, at, lineEnd)
  return DIRECTION.test(text) ? text : undefined
}

function candidateEnd(
  bytes: Buffer,
  at: number,
  lineEnd: number,
): Omit<Named, 'section'> | undefined {
  const text = attributeValue(bytes, at, lineEnd, CANDIDATE)
  if (text === undefined) return undefined
  const [, component, transport = '', , address = '', port] = text.split(/\s+/)
  const number = Number(port)
  // Component 2 is RTCP's, which is known by its own look.
  if (component !== '1' || !/^udp$/i.test(transport)) return undefined
  return number > 0 && number <= 65_535 ? { address, port: number, isCandidate: true } : undefined
}
