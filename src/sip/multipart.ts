// Bodies in parts: bytes and a media type in, the parts out, each with its own headers, nested
// where a part is multipart itself. Copies nothing; binary parts stay bytes.
//
//     --boundary CRLF headers CRLF body CRLF --boundary-- CRLF                 RFC 2046 §5.1.1
import { LF } from './chars.ts'
import { type ContentType, parseContentType } from './content-type.ts'
import { type Note, noteNothing } from './problems.ts'
import { unfoldedTextOf } from './text.ts'

/** Parts of one body, and how deep they may nest; far above any real message. */
const PARTS_MAX = 64
const DEPTH_MAX = 4
const PART_HEADERS_MAX = 32
/** RFC 2046 §5.1.1 allows 70 characters; a search for very long ones could be made slow. */
const BOUNDARY_LENGTH_MAX = 200

export interface PartHeader {
  readonly name: string
  readonly value: string
}

/** A body, or one part of it. */
export interface BodyPart {
  readonly contentType: ContentType
  /** Headers of the part; none for a body that is no part. */
  readonly headers: readonly PartHeader[]
  /** A view of the message's memory. */
  readonly bytes: Buffer
  /** Parts inside it, where it is multipart. */
  readonly parts: readonly BodyPart[]
}

/** Takes a body apart. */
export function parseBody(
  contentType: ContentType,
  bytes: Buffer,
  note: Note = noteNothing,
): BodyPart {
  return parsePart(contentType, [], bytes, 0, note)
}

/** All parts that are not multipart themselves, in order. */
export function leavesOf(part: BodyPart): BodyPart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leavesOf)
}

function parsePart(
  contentType: ContentType,
  headers: readonly PartHeader[],
  bytes: Buffer,
  depth: number,
  note: Note,
): BodyPart {
  const isMultipart = contentType.mediaType.startsWith('multipart/') && depth < DEPTH_MAX
  const parts = isMultipart ? splitParts(contentType, bytes, depth, note) : []
  return { contentType, headers, bytes, parts }
}

function splitParts(
  contentType: ContentType,
  bytes: Buffer,
  depth: number,
  note: Note,
): BodyPart[] {
  const { boundary } = contentType
  if (!boundary || boundary.length > BOUNDARY_LENGTH_MAX) {
    note('sip.multipart.boundary-missing', 'boundary parameter expected, found none')
    return []
  }
  const delimiter = Buffer.from(`--${boundary}`, 'utf8')
  const parts: BodyPart[] = []
  let at = findDelimiter(bytes, delimiter, 0)
  if (at < 0) note('sip.multipart.boundary-missing', 'boundary expected in the body, found none')
  while (at >= 0 && parts.length < PARTS_MAX) {
    const after = at + delimiter.length
    if (bytes[after] === 0x2d && bytes[after + 1] === 0x2d) return parts
    const lineEnd = bytes.indexOf(LF, after)
    if (lineEnd < 0) break
    const next = findDelimiter(bytes, delimiter, lineEnd + 1)
    if (next < 0) note('sip.multipart.unended', 'closing boundary expected, found none')
    const end = next < 0 ? bytes.length : withoutLineEnd(bytes, lineEnd + 1, next)
    parts.push(readPart(bytes.subarray(lineEnd + 1, end), depth, note))
    at = next
  }
  return parts
}

/** Offset of the next delimiter that stands at the beginning of a line, or -1. */
function findDelimiter(bytes: Buffer, delimiter: Buffer, from: number): number {
  let at = bytes.indexOf(delimiter, from)
  while (at > 0 && bytes[at - 1] !== LF) at = bytes.indexOf(delimiter, at + 1)
  return at
}

/** The line end before a delimiter belongs to the delimiter. */
function withoutLineEnd(bytes: Buffer, start: number, delimiterAt: number): number {
  let end = delimiterAt
  if (end > start && bytes[end - 1] === LF) end--
  if (end > start && bytes[end - 1] === 13) end--
  return end
}

function readPart(bytes: Buffer, depth: number, note: Note): BodyPart {
  const headers: PartHeader[] = []
  let at = 0
  while (at < bytes.length && headers.length < PART_HEADERS_MAX) {
    let end = bytes.indexOf(LF, at)
    while (end >= 0 && (bytes[end + 1] === 32 || bytes[end + 1] === 9))
      end = bytes.indexOf(LF, end + 1)
    const next = end < 0 ? bytes.length : end + 1
    const line = unfoldedTextOf(bytes, at, end < 0 ? bytes.length : end).trim()
    at = next
    if (line === '') break
    const colon = line.indexOf(':')
    if (colon < 1) continue
    headers.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() })
  }
  const written = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value
  const contentType = parseContentType(written ?? 'text/plain', note)
  return parsePart(contentType, headers, bytes.subarray(at), depth + 1, note)
}
