// The XML that a recording client sends: bytes in, who takes part, which streams there are and who
// sends them out. Takes the elements of the final document and of the drafts before it, with any
// prefix; where both say a thing, the final one counts. Knows no entities but XML's own five; never
// throws.
//
//     recording ⊃ session, participant, stream, and the associations between them   RFC 7865 §6
import { XMLParser } from 'fast-xml-parser'
import { siprecLimits } from './limits.ts'
import { type Note, noteNothing } from './problems.ts'

/** One document. A part that was not sent is an empty list. */
export interface RecordingMetadata {
  /** A `partial` one tells what changed since the last (RFC 7866 §9.1). */
  readonly isPartial: boolean
  readonly sessions: readonly MetadataSession[]
  readonly participants: readonly MetadataParticipant[]
  readonly streams: readonly MetadataStream[]
  readonly memberships: readonly Membership[]
  readonly directions: readonly StreamDirections[]
  /** Call-IDs of the recorded call, where the client tells them in an extension of its own. */
  readonly callIds: readonly string[]
}

/** A communication session: the call that is being recorded. */
export interface MetadataSession {
  readonly sessionId: string
  /** Values of `sipSessionID`: Session-ID headers of the recorded dialogs (RFC 7865 §6.3.1). */
  readonly sipSessionIds: readonly string[]
  readonly startUs: number | undefined
  readonly stopUs: number | undefined
}

export interface MetadataParticipant {
  readonly participantId: string
  readonly aor: string | undefined
  readonly displayName: string | undefined
}

export interface MetadataStream {
  readonly streamId: string
  /** The `a=label` of its media section (RFC 4574). */
  readonly label: string | undefined
}

/** When a participant came into the session and left it. */
export interface Membership {
  readonly participantId: string
  readonly associatedUs: number | undefined
  readonly disassociatedUs: number | undefined
}

/** The streams that a participant sends and receives, by stream id. */
export interface StreamDirections {
  readonly participantId: string
  readonly sends: readonly string[]
  readonly receives: readonly string[]
}

const NESTED_TAGS_MAX = 20
const LESS_THAN = 0x3c
const EQUALS = 0x3d
/** What drafts had for the `session_id`, `participant_id` and `stream_id` of RFC 7865 §6.10. */
const DRAFT_ID = 'id'
/** Elements in which clients name the Call-ID of the call that they record. */
const CALL_ID_ELEMENTS = new Set(['callid', 'call-id', 'sipcallid', 'x-call-id'])

/** Parses a document; an unreadable one is undefined. */
export function parseMetadata(
  bytes: Buffer,
  note: Note = noteNothing,
): RecordingMetadata | undefined {
  if (bytes.length > siprecLimits.metadataBytesMax) {
    note('siprec.metadata.too-long', `at most ${siprecLimits.metadataBytesMax} bytes expected`)
    return undefined
  }
  if (hasTooManyMarks(bytes)) {
    note('siprec.metadata.too-long', `at most ${siprecLimits.metadataMarksMax} elements expected`)
    return undefined
  }
  const text = bytes.toString('utf8')
  if (/<!doctype/i.test(text)) {
    note('siprec.metadata.doctype', 'no document type expected')
    return undefined
  }
  const root = rootOf(text)
  if (root === undefined) {
    note('siprec.metadata.unreadable', 'a recording element expected')
    return undefined
  }
  return readRecording(root, note)
}

/** Whether more elements and attributes begin than any real document has. */
function hasTooManyMarks(bytes: Buffer): boolean {
  let marks = 0
  for (const byte of bytes) if (byte === LESS_THAN || byte === EQUALS) marks++
  return marks > siprecLimits.metadataMarksMax
}

function rootOf(text: string): Element | undefined {
  // Entities are undone by ourselves, for the parser would also take those that a document makes.
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    maxNestedTags: NESTED_TAGS_MAX,
    ignoreDeclaration: true,
    ignorePiTags: true,
  })
  try {
    const document: unknown = parser.parse(text)
    return isElement(document) ? children(document, 'recording')[0] : undefined
  } catch {
    return undefined
  }
}

function readRecording(root: Element, note: Note): RecordingMetadata {
  const withId = (name: string, ...ids: readonly string[]): Identified[] =>
    bounded(children(root, name), note).flatMap((element) => {
      const id = ids.map((one) => attribute(element, one)).find((text) => text !== undefined)
      if (id !== undefined) return [{ id, element }]
      note('siprec.metadata.id-missing', `${ids[0]} expected at ${name}`)
      return []
    })
  const mode = textAt(root, 'datamode') ?? textAt(root, 'dataMode')
  const participants = withId('participant', 'participant_id', DRAFT_ID)
  return {
    isPartial: mode?.toLowerCase() === 'partial',
    sessions: withId('session', 'session_id', DRAFT_ID).map((one) => readSession(one, note)),
    participants: participants.map(readParticipant),
    streams: withId('stream', 'stream_id', DRAFT_ID).map(({ id, element }) => ({
      streamId: id,
      label: textAt(element, 'label'),
    })),
    memberships: withDrafts(
      withId('participantsessionassoc', 'participant_id'),
      participants.filter(hasMembership),
    ).map((one) => readMembership(one, note)),
    directions: withDrafts(
      withId('participantstreamassoc', 'participant_id'),
      participants.filter(hasDirections),
    ).map(({ id, element }) => ({
      participantId: id,
      sends: textsAt(element, 'send'),
      receives: textsAt(element, 'recv'),
    })),
    callIds: findCallIds(root),
  }
}

/**
 * Associations (RFC 7865 §6.6, §6.8); for participants without one, the participants themselves,
 * for in the drafts they held what an association tells.
 */
function withDrafts(
  associations: readonly Identified[],
  participants: readonly Identified[],
): readonly Identified[] {
  const told = new Set(associations.map(({ id }) => id))
  return [...associations, ...participants.filter(({ id }) => !told.has(id))]
}

/** Drafts named the session at the participant, as `session` or as `session_id`. */
function hasMembership({ element }: Identified): boolean {
  return (attribute(element, 'session_id') ?? attribute(element, 'session')) !== undefined
}

function hasDirections({ element }: Identified): boolean {
  return (textAt(element, 'send') ?? textAt(element, 'recv')) !== undefined
}

function readSession({ id, element }: Identified, note: Note): MetadataSession {
  const time = (name: string) => timeAt(element, name, note)
  return {
    sessionId: id,
    sipSessionIds: textsAt(element, 'sipSessionID'),
    startUs: time('start-time'),
    stopUs: time('stop-time') ?? time('end-time'),
  }
}

/** In early drafts the times of a membership had the names of those of a session. */
function readMembership({ id, element }: Identified, note: Note): Membership {
  const time = (name: string) => timeAt(element, name, note)
  return {
    participantId: id,
    associatedUs: time('associate-time') ?? time('start-time'),
    disassociatedUs: time('disassociate-time') ?? time('stop-time'),
  }
}

function readParticipant({ id, element }: Identified): MetadataParticipant {
  const [nameId] = children(element, 'nameID')
  const aor = nameId === undefined ? textAt(element, 'aor') : attribute(nameId, 'aor')
  const named = nameId ?? element
  return {
    participantId: id,
    aor: aor === '' ? undefined : aor,
    displayName: textAt(named, 'name'),
  }
}

/** Call-IDs anywhere in the document, for every client has another place for them. */
function findCallIds(root: Element): string[] {
  const found = new Set<string>()
  const visit = (element: Element, depth: number): void => {
    for (const [name, value] of Object.entries(element)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        const isNamed = CALL_ID_ELEMENTS.has(name.replace(/^@/, '').toLowerCase())
        const text = isNamed ? textOf(one) : undefined
        if (text !== undefined && found.size < siprecLimits.callNamesMax) found.add(text)
        if (isElement(one) && depth < NESTED_TAGS_MAX) visit(one, depth + 1)
      }
    }
  }
  visit(root, 0)
  return [...found]
}

/** Of a text with a zone (RFC 3339), µs since 1970; without one it is taken for UTC. */
function timeAt(element: Element, name: string, note: Note): number | undefined {
  const text = textAt(element, name)
  if (text === undefined) return undefined
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/i.exec(text)
  const ms = match === null ? Number.NaN : Date.parse(match[1] === undefined ? `${text}Z` : text)
  if (!Number.isNaN(ms)) return ms * 1000
  note('siprec.metadata.time', 'date and time expected')
  return undefined
}

// ── the parser's values ────────────────────────────────────────────────────────────────────────

interface Element {
  readonly [name: string]: unknown
}

interface Identified {
  readonly id: string
  readonly element: Element
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Elements of this name; one that holds text alone becomes an element of that text. */
function children(element: Element, name: string): Element[] {
  const value = element[name]
  const all = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return all.map((one: unknown) => (isElement(one) ? one : { '#text': one }))
}

function bounded(elements: Element[], note: Note): Element[] {
  if (elements.length <= siprecLimits.metadataElementsMax) return elements
  note('siprec.metadata.too-many', `at most ${siprecLimits.metadataElementsMax} expected`)
  return elements.slice(0, siprecLimits.metadataElementsMax)
}

function attribute(element: Element, name: string): string | undefined {
  return textOf(element[`@${name}`])
}

function textAt(element: Element, name: string): string | undefined {
  return textsAt(element, name)[0]
}

function textsAt(element: Element, name: string): string[] {
  return bounded(children(element, name), noteNothing)
    .map((one) => textOf(one))
    .filter((text) => text !== undefined)
}

/** Text of a value, undefined for none and for blanks. */
function textOf(value: unknown): string | undefined {
  const raw = isElement(value) ? value['#text'] : value
  if (typeof raw !== 'string') return undefined
  const start = raw.trim().slice(0, siprecLimits.textCharsMax * ENTITY_CHARS_MAX)
  const text = undoEntities(start).trim().slice(0, siprecLimits.textCharsMax)
  return text === '' ? undefined : text
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** Of the longest that is undone, `&#1114111;`. */
const ENTITY_CHARS_MAX = 10

/** XML's five entities and characters by number (XML 1.0 §4.1, §4.6); others stay as written. */
function undoEntities(text: string): string {
  return text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,4});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES.get(name) ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    const isCharacter = code > 0 && code <= 0x10_ffff && !(code >= 0xd800 && code < 0xe000)
    return isCharacter ? String.fromCodePoint(code) : whole
  })
}
