// A stored message in, everything that the message page shows out: headers, body, SDP in words,
// and the problems with their meanings. The bytes as captured go along, unchanged.
import { isUtf8 } from 'node:buffer'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { Severity } from '../../base/problem.ts'
import type { StoredMessage } from '../../query/finder.ts'
import { canonicalHeaderName } from '../../sip/header-name.ts'
import { SipMessage } from '../../sip/message.ts'
import { sipProblems } from '../../sip/problems.ts'
import { describeSdp } from '../../sip/sdp/describe-sdp.ts'
import type { SessionDescription } from '../../sip/sdp/session-description.ts'
import { startLineOf } from './listed-message.ts'
import { messageRowFields } from './schemas.ts'

const nullableText = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

const Header = Type.Object({
  name: Type.String({ description: 'As written' }),
  value: Type.String({ description: 'Trimmed, folded lines joined by a space' }),
  canonicalName: Type.String({ description: 'The long name in its usual spelling' }),
})

interface BodyView {
  readonly contentType: string | null
  readonly byteLength: number
  readonly text: string | null
  readonly base64: string | null
}

const Body = Type.Unsafe<BodyView | null>({
  type: ['object', 'null'],
  description: 'Null where there is none',
  required: ['contentType', 'byteLength', 'text', 'base64'],
  properties: {
    contentType: nullableText('As written'),
    byteLength: { type: 'integer' },
    text: nullableText('The body where it is text; null for a binary one'),
    base64: nullableText('The body where it is not text'),
  },
})

interface SdpView {
  readonly words: readonly string[]
  readonly parsed: SessionDescription
}

const Sdp = Type.Unsafe<SdpView | null>({
  type: ['object', 'null'],
  description: 'The first session description of the body; null where there is none',
  required: ['words', 'parsed'],
  properties: {
    words: { type: 'array', items: { type: 'string' }, description: 'One sentence each medium' },
    parsed: { type: 'object', additionalProperties: true, description: 'Its lines, taken apart' },
  },
})

const ProblemView = Type.Object({
  code: Type.String(),
  severity: Type.Unsafe<Severity>({ type: 'string', enum: ['note', 'odd', 'broken'] }),
  meaning: Type.String({ description: 'What was seen and what it does, for an operator' }),
  rule: nullableText('Where the rule stands'),
  at: Type.Integer({ description: 'Offset into the message, or into its SDP' }),
  detail: Type.String({ description: 'What was expected and what was found' }),
})

export const MessageViewSchema = Type.Object({
  ...messageRowFields,
  startLine: Type.String({ description: 'Request line or status line, as written' }),
  headers: Type.Array(Header),
  body: Body,
  sdp: Sdp,
  problems: Type.Array(ProblemView),
  rawText: Type.String({ description: 'The message as UTF-8, U+FFFD for bytes that are none' }),
  rawBase64: Type.String({ description: 'The message byte for byte' }),
})
export type MessageView = Static<typeof MessageViewSchema>

export function viewMessage({ bytes, ...row }: StoredMessage): MessageView {
  const message = new SipMessage()
  const isRead = message.read(bytes, 0, bytes.length, { isDatagram: row.transport === 'udp' })
  const { sdp } = message
  return {
    ...row,
    startLine: startLineOf(bytes),
    headers: listHeaders(message),
    body: viewBody(message),
    sdp: sdp === undefined ? null : { words: describeSdp(sdp), parsed: sdp },
    problems: isRead ? listProblems(message) : [],
    rawText: bytes.toString('utf8'),
    rawBase64: bytes.toString('base64'),
  }
}

function listHeaders(message: SipMessage): MessageView['headers'] {
  return Array.from({ length: message.headerCount }, (_, i) => {
    const name = message.headerName(i)
    return { name, value: message.headerValue(i), canonicalName: canonicalHeaderName(name) }
  })
}

function viewBody(message: SipMessage): BodyView | null {
  const { body } = message
  if (body.length === 0) return null
  // A NUL is valid UTF-8, but no text has one.
  const isText = isUtf8(body) && !body.includes(0)
  return {
    contentType: message.header('content-type') ?? null,
    byteLength: body.length,
    text: isText ? body.toString('utf8') : null,
    base64: isText ? null : body.toString('base64'),
  }
}

function listProblems(message: SipMessage): MessageView['problems'] {
  return message.problems().map(({ code, at, detail }) => {
    const kind = sipProblems[code]
    return {
      code,
      severity: kind.severity,
      meaning: kind.meaning,
      rule: 'rule' in kind ? kind.rule : null,
      at,
      detail,
    }
  })
}
