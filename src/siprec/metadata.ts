// The XML that a recording client sends: bytes in, who takes part, which streams there are and who
// sends them out. Takes the elements of the final document and of the drafts before it, with any
// prefix; knows no entities but XML's own five; never throws.
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
  const withId = (name: string, id: string) =>
    bounded(children(root, name), note).filter((element) => {
      if (attribute(element, id) !== undefined) return true
      note('siprec.metadata.id-missing', `${id} expected at ${name}`)
      return false
    })
  const time = (element: Element, name: string) => timeOf(textAt(element, name), note)
  return {
    isPartial: textAt(root, 'datamode')?.toLowerCase() === 'partial',
    sessions: withId('session', 'session_id').map((element) => ({
      sessionId: attribute(element, 'session_id') ?? '',
      sipSessionIds: textsAt(element, 'sipSessionID'),
      startUs: time(element, 'start-time'),
      stopUs: time(element, 'stop-time') ?? time(element, 'end-time'),
    })),
    participants: withId('participant', 'participant_id').map(readParticipant),
    streams: withId('stream', 'stream_id').map((element) => ({
      streamId: attribute(element, 'stream_id') ?? '',
      label: textAt(element, 'label'),
    })),
    memberships: withId('participantsessionassoc', 'participant_id').map((element) => ({
      participantId: attribute(element, 'participant_id') ?? '',
      associatedUs: time(element, 'associate-time'),
      disassociatedUs: time(element, 'disassociate-time'),
    })),
    directions: [
      ...withId('participantstreamassoc', 'participant_id'),
      // Drafts before the RFC had `send` and `recv` inside the participant.
      ...bounded(children(root, 'participant'), noteNothing).filter(hasDirections),
    ].map((element) => ({
      participantId: attribute(element, 'participant_id') ?? '',
      sends: textsAt(element, 'send'),
      receives: textsAt(element, 'recv'),
    })),
    callIds: findCallIds(root),
  }
}

function hasDirections(element: Element): boolean {
  return attribute(element, 'participant_id') !== undefined && textsAt(element, 'send').length > 0
}

function readParticipant(element: Element): MetadataParticipant {
  const [nameId] = children(element, 'nameID')
  const aor = nameId === undefined ? textAt(element, 'aor') : attribute(nameId, 'aor')
  const named = nameId ?? element
  return {
    participantId: attribute(element, 'participant_id') ?? '',
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
        const text = textOf(one)
        if (isNamed && text !== undefined && found.size < 16) found.add(text)
        if (isElement(one) && depth < NESTED_TAGS_MAX) visit(one, depth + 1)
      }
    }
  }
  visit(root, 0)
  return [...found]
}

/** Of a text with a zone (RFC 3339), µs since 1970; without one it is taken for UTC. */
function timeOf(text: string | undefined, note: Note): number | undefined {
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
  const text = undoEntities(raw).trim().slice(0, siprecLimits.textCharsMax)
  return text === '' ? undefined : text
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** XML's five entities and characters by number (XML 1.0 §4.1, §4.6); others stay as written. */
function undoEntities(text: string): string {
  return text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,4});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES.get(name) ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    const isCharacter = code > 0 && code <= 0x10_ffff && !(code >= 0xd800 && code < 0xe000)
    return isCharacter ? String.fromCodePoint(code) : whole
  })
}
