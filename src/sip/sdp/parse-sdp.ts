// Session descriptions: bytes in, the session and its media sections out. Takes the best reading
// of each line and passes over what has none; never throws.
//
//     v= o= s= [i=] [c=] [b=] t= [a=]*  ( m= [i=] [c=] [b=] [a=]* )*               RFC 8866 §5
import type { Note, SipProblem } from '../problems.ts'
import { textOf } from '../text.ts'
import { brief } from '../uri.ts'
import { isDirection, parseAttribute } from './attributes.ts'
import { lineEnd } from './line-end.ts'
import { finishMedia, type MediaLines, mediaLines, transportOf } from './media.ts'
import type { Attribute, Direction, Origin, SessionDescription } from './session-description.ts'

/** Lines and media sections looked at; WebRTC's largest offers stay below. */
const LINES_MAX = 5000
const MEDIA_MAX = 256
/** Problems kept of one description. */
const PROBLEMS_MAX = 100

/** What has been read of the session while its lines are walked. */
interface SessionLines {
  version: string | undefined
  origin: string | undefined
  name: string | undefined
  information: string | undefined
  connection: string | undefined
  readonly bandwidths: string[]
  readonly timings: string[]
  readonly attributes: Attribute[]
}

/** Parses the description that lies in `bytes`. */
export function parseSdp(bytes: Buffer): SessionDescription {
  const problems: SipProblem[] = []
  const noteAt =
    (at: number): Note =>
    (code, detail) => {
      if (problems.length < PROBLEMS_MAX) problems.push({ code, at, detail })
    }
  const session: SessionLines = {
    version: undefined,
    origin: undefined,
    name: undefined,
    information: undefined,
    connection: undefined,
    bandwidths: [],
    timings: [],
    attributes: [],
  }
  const sections: MediaLines[] = []
  /** In a section beyond the last one that is read: its lines belong to none of those. */
  let isBeyond = false
  walkLines(bytes, noteAt, (type, value, at) => {
    const section = sections.at(-1)
    if (type === 'm') {
      isBeyond = sections.length === MEDIA_MAX
      if (!isBeyond) sections.push(mediaLines(value, at))
      else noteAt(at)('sip.sdp.lines.too-many', `at most ${MEDIA_MAX} media sections expected`)
    } else if (section === undefined) takeSessionLine(session, type, value)
    else if (!isBeyond) takeMediaLine(section, type, value)
  })
  return finishSession(session, sections, problems, noteAt)
}

/** Calls `take` for each `letter=value` line, with the offset of its first byte. */
function walkLines(
  bytes: Buffer,
  noteAt: (at: number) => Note,
  take: (type: string, value: string, at: number) => void,
): void {
  let count = 0
  let at = 0
  while (at < bytes.length) {
    const end = lineEnd(bytes, at)
    if (end > at) {
      if (++count > LINES_MAX) {
        noteAt(at)('sip.sdp.lines.too-many', `at most ${LINES_MAX} lines expected`)
        return
      }
      const line = textOf(bytes, at, end)
      if (line[1] === '=' && /[a-zA-Z]/.test(line[0] ?? '')) take(line[0] ?? '', line.slice(2), at)
      else noteAt(at)('sip.sdp.line', `letter=value expected, found ${brief(line)}`)
    }
    at = end + 1
  }
}

function takeSessionLine(session: SessionLines, type: string, value: string): void {
  switch (type) {
    case 'v':
      session.version ??= value.trim()
      break
    case 'o':
      session.origin ??= value
      break
    case 's':
      session.name ??= value
      break
    case 'i':
      session.information ??= value
      break
    case 'c':
      session.connection ??= value
      break
    case 'b':
      session.bandwidths.push(value.trim())
      break
    case 't':
      session.timings.push(value.trim())
      break
    case 'a':
      session.attributes.push(parseAttribute(value))
      break
    default:
      break
  }
}

function takeMediaLine(section: MediaLines, type: string, value: string): void {
  if (type === 'a') section.attributes.push(parseAttribute(value))
  else if (type === 'c') section.connection ??= value
  else if (type === 'i') section.title ??= value
  else if (type === 'b') section.bandwidths.push(value.trim())
}

function finishSession(
  lines: SessionLines,
  sections: readonly MediaLines[],
  problems: SipProblem[],
  noteAt: (at: number) => Note,
): SessionDescription {
  const note = noteAt(0)
  if (lines.version !== '0')
    note('sip.sdp.version', `v=0 expected, found ${brief(lines.version ?? 'none')}`)
  if (lines.name === undefined) note('sip.sdp.session-name.missing', 's= expected, found none')
  if (lines.timings.length === 0) note('sip.sdp.timing.missing', 't= expected, found none')
  const origin = parseOrigin(lines.origin, note)
  const address = lines.connection === undefined ? '' : parseConnection(lines.connection, note)
  const direction = lines.attributes.find(({ name }) => isDirection(name))?.name
  const values = (name: string) =>
    lines.attributes.flatMap((one) => (one.name === name && one.value ? [one.value] : []))
  const inherited = {
    address,
    direction: direction !== undefined && isDirection(direction) ? direction : SENDRECV,
    ...transportOf(lines.attributes, note),
  }
  const media = sections.map((section) =>
    finishMedia(section, inherited, parseConnection, noteAt(section.at)),
  )
  return {
    ...inherited,
    origin,
    name: lines.name ?? '',
    information: lines.information,
    bandwidths: lines.bandwidths,
    timings: lines.timings,
    isIceLite: lines.attributes.some(({ name }) => name === 'ice-lite'),
    groups: values('group'),
    media,
    attributes: lines.attributes,
    problems: problems.toSorted((a, b) => a.at - b.at),
  }
}

const SENDRECV: Direction = 'sendrecv'

/** `username id version IN IP4 address` (RFC 8866 §5.2). */
function parseOrigin(text: string | undefined, note: Note): Origin | undefined {
  const words = text?.trim().split(/\s+/) ?? []
  if (words.length !== 6) {
    note('sip.sdp.origin', `six parts expected, found ${brief(text ?? 'no o= line')}`)
    if (words.length < 6) return undefined
  }
  // A blank in the user name is the usual mistake: the last five words are what they should be.
  const [sessionId = '', sessionVersion = '', , , address = ''] = words.slice(-5)
  return { username: words.slice(0, -5).join(' '), sessionId, sessionVersion, address }
}

/** Address of `IN IP4 address[/ttl[/count]]` (RFC 8866 §5.7). */
function parseConnection(text: string, note: Note): string {
  const words = text.trim().split(/\s+/)
  const address = words[2]?.split('/')[0] ?? ''
  if (words.length !== 3 || words[0]?.toUpperCase() !== 'IN' || address === '') {
    note('sip.sdp.connection', `IN IP4 address expected, found ${brief(text)}`)
  }
  return address
}
