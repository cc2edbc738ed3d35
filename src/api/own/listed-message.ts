// A stored message in, its line of a call's list out: the row, the start line, and whether it
// describes media; of one whose bytes are lost the row alone. The whole of it is another question
// (messages.ts).
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { StoredMessage } from '../../query/finder.ts'
import { SipMessage } from '../../sip/message.ts'
import { messageRowFields } from './schemas.ts'

export const ListedMessageSchema = Type.Object({
  ...messageRowFields,
  startLine: Type.String({
    description: 'Request line or status line, as written; empty where the bytes are lost',
  }),
  hasSdp: Type.Boolean({ description: 'Whether the body, or a part of it, is SDP' }),
  byteLength: Type.Integer({
    description: '0 where the bytes are lost: only the index tells of it',
  }),
})
export type ListedMessage = Static<typeof ListedMessageSchema>

export function listMessage({ bytes, ...row }: StoredMessage): ListedMessage {
  const message = new SipMessage()
  message.read(bytes, 0, bytes.length, { isDatagram: row.transport === 'udp' })
  return {
    ...row,
    startLine: startLineOf(bytes),
    hasSdp: message.hasSdp,
    byteLength: bytes.length,
  }
}

/** The first line that is not empty (RFC 3261 §7.5 lets empty lines come before), as written. */
export function startLineOf(bytes: Buffer): string {
  let start = 0
  while (bytes[start] === 13 || bytes[start] === 10) start++
  let end = start
  while (end < bytes.length && bytes[end] !== 13 && bytes[end] !== 10) end++
  return bytes.toString('utf8', start, end)
}
