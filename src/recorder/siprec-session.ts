// The stored messages of one recording session in, the session out: who took part when, and who is
// heard on which of the server's ports.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoredMessage } from '../query/finder.ts'
import { SipMessage } from '../sip/message.ts'
import { parseMetadata } from '../siprec/metadata.ts'
import { type RecordedSession, SessionFold } from '../siprec/recorded-session.ts'
import { isRecordingInvite, metadataOf } from '../siprec/refusals.ts'
import { recorderLimits } from './limits.ts'

/** What is read of a stored message. */
type SessionMessage = Pick<
  StoredMessage,
  'tUs' | 'method' | 'status' | 'bytes' | 'isRetransmission'
>

/** Reads a session; undefined where the leg is none, or was refused. */
export async function readRecordedSession(
  messages: AsyncIterable<SessionMessage>,
): Promise<RecordedSession | undefined> {
  const fold = new SessionFold()
  const message = new SipMessage()
  let isSession = false
  let isAnswered = false
  let count = 0
  let byteCount = 0
  for await (const { tUs, method, status, bytes, isRetransmission } of messages) {
    byteCount += bytes.length
    if (++count > recorderLimits.sessionMessagesMax) break
    if (byteCount > recorderLimits.sessionBytesMax) break
    if (isRetransmission || !message.read(bytes, 0, bytes.length)) continue
    if (status === null) {
      if (!isSession && method === 'INVITE') isSession = isRecordingInvite(message)
      if (!isSession) return undefined
      if (method === 'BYE') fold.push({ kind: 'end', tUs })
      else if (method === 'INVITE' || method === 'UPDATE') {
        const metadata = metadataOf(message)
        // A document takes milliseconds, and its client may send one with every message.
        if (metadata !== undefined) await nextTurn()
        fold.push({
          kind: 'request',
          tUs,
          sdp: message.sdp,
          metadata: metadata === undefined ? undefined : parseMetadata(metadata),
        })
      }
    } else if (status >= 200 && status < 300 && method !== 'BYE') {
      if (method === 'INVITE') isAnswered = true
      if (message.sdp !== undefined) fold.push({ kind: 'answer', tUs, sdp: message.sdp })
    }
  }
  return isAnswered ? fold.result() : undefined
}

/** The side of each port: the first section and everybody heard on it left, all others right. */
export function sidesOf({ media }: RecordedSession): Map<number, 'caller' | 'callee'> {
  const audio = media.filter(({ type }) => type === 'audio')
  const [first] = audio
  const sides = new Map<number, 'caller' | 'callee'>()
  for (const section of audio) {
    const isFirst =
      section === first || section.senders.some((sender) => first?.senders.includes(sender))
    for (const port of section.ports) sides.set(port, isFirst ? 'caller' : 'callee')
  }
  return sides
}
