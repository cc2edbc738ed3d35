// A session description in, the addresses and ports that it wants media at out, and nothing else: a
// quick look for whoever has thousands of descriptions and will need few of them. What a section
// says beside that is for parse-sdp.ts.
//
//     c=IN IP4 address · m=type port … · a=rtcp:port [IN IP4 address] · a=candidate:… port typ …

const LF = 10
const EQUALS = 61
const LETTER_A = 97
const LETTER_C = 99
const LETTER_M = 109
/** Ends of one description; WebRTC's largest offers stay below. */
const ENDS_MAX = 512

/** One place where a section wants media. */
export interface SdpEnd {
  /** As written: an address, or a name that somebody put there. */
  readonly address: string
  readonly port: number
  /** Which `m=` section, from 0. */
  readonly section: number
  /** An ICE candidate (RFC 8839 §5.1), not the section's own address. */
  readonly isCandidate: boolean
  /** False where the section wants something else there: fax, messages, a channel for speech. */
  readonly isRtp: boolean
}

/** The ends of a description between `start` and `end`. Refused sections (port 0) have none. */
export function readSdpEnds(bytes: Buffer, start: number, end: number): SdpEnd[] {
  const ends: SdpEnd[] = []
  const sections: MediaLine[] = []
  let sessionAddress: string | undefined
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
      } else if (letter === LETTER_A && section !== undefined && section.port > 0) {
        const candidate = candidateEnd(bytes, at, lineEnd)
        const { isRtp } = section
        if (candidate !== undefined)
          ends.push({ ...candidate, section: sections.length - 1, isRtp })
      }
    }
    at = lineEnd + 1
  }
  sections.forEach(({ port, isRtp, address = sessionAddress ?? '' }, section) => {
    if (port > 0 && address !== '') ends.push({ address, port, section, isCandidate: false, isRtp })
  })
  return ends
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
interface MediaLine {
  readonly port: number
  readonly isRtp: boolean
  address: string | undefined
}

/** `audio 49170/2 RTP/AVP …` */
function readMediaLine(text: string): MediaLine {
  const [, number = '', protocol = ''] = text.split(/\s+/, 3)
  const port = Number.parseInt(number, 10)
  return {
    port: port > 0 && port <= 65_535 ? port : 0,
    isRtp: /RTP\//i.test(protocol),
    address: undefined,
  }
}

const CANDIDATE = Buffer.from('a=candidate:')

function candidateEnd(
  bytes: Buffer,
  at: number,
  lineEnd: number,
): Omit<SdpEnd, 'section' | 'isRtp'> | undefined {
  if (lineEnd - at <= CANDIDATE.length) return undefined
  if (bytes.compare(CANDIDATE, 0, CANDIDATE.length, at, at + CANDIDATE.length) !== 0) {
    return undefined
  }
  const [, component, transport = '', , address = '', port] = lineText(bytes, at, lineEnd).split(
    /\s+/,
  )
  const number = Number(port)
  // Component 2 is RTCP's, which is known by its own look.
  if (component !== '1' || !/^udp$/i.test(transport)) return undefined
  return number > 0 && number <= 65_535 ? { address, port: number, isCandidate: true } : undefined
}
