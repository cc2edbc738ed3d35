// A stored message in, everything that the message page shows out: headers, body, SDP in words,
// and the problems with their meanings. The bytes as captured go along, unchanged.
import { isUtf8 } from 'node:buffer'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { StoredMessage } from '../../query/finder.ts'
import { canonicalHeaderName } from '../../sip/header-name.ts'
import { SipMessage } from '../../sip/message.ts'
import { startLineOf } from './listed-message.ts'
import { messageRowFields } from './schemas.ts'

const nullableText = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

export const MessageViewSchema = Type.Object({
  ...messageRowFields,
  startLine: Type.String({ description: 'Request line or status line, as written' }),
  headers: Type.Array(
    Type.Object({
      name: Type.String({ description: 'As written' }),
      value: Type.String({ description: 'Trimmed, folded lines joined by a space' }),
      canonicalName: Type.String({ description: 'The long name in its usual spelling' }),
    }),
  ),
  rawText: Type.String({ description: 'The message as UTF-8, U+FFFD for bytes that are none' }),
  rawBase64: Type.String({ description: 'The message byte for byte' }),
})
export type MessageView = Static<typeof MessageViewSchema>

export function viewMessage({ bytes, ...row }: StoredMessage): MessageView {
  const message = new SipMessage()
  message.read(bytes, 0, bytes.length, { isDatagram: row.transport === 'udp' })
  return {
    ...row,
    startLine: startLineOf(bytes),
    headers: listHeaders(message),
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
