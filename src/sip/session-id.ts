// Session-ID: text in, the two halves out that all legs of one conversation share.
//
//     session-ID-value = local-uuid *( SEMI remote=remote-uuid )                  RFC 7989 §5
import { type Note, noteNothing } from './problems.ts'
import { paramOf, parseParams } from './params.ts'
import { brief } from './uri.ts'

export interface SessionId {
  /** 32 lower-case hexadecimal digits: the half of whoever sent the message. */
  readonly local: string
  /**
   * The peer's half: all zeros while it is not known (RFC 7989 §5), undefined in the form before
   * RFC 7989 (RFC 7329), which has none.
   */
  readonly remote: string | undefined
}

/** Parses the value of a Session-ID header; undefined where it holds no identifier. */
export function parseSessionId(text: string, note: Note = noteNothing): SessionId | undefined {
  const [first = '', ...rest] = text.split(';')
  const local = uuidOf(first)
  const written = paramOf(parseParams(rest.join(';')), 'remote')
  const remote = written === undefined ? undefined : uuidOf(written)
  if (local === undefined || (written !== undefined && remote === undefined)) {
    note('sip.session-id.unreadable', `32 hexadecimal digits expected, found ${brief(text)}`)
  }
  return local === undefined ? undefined : { local, remote }
}

/** Case and hyphens are forgiven: some senders write the usual form of a UUID. */
function uuidOf(text: string): string | undefined {
  const digits = text.trim().toLowerCase().replaceAll('-', '')
  return /^[0-9a-f]{32}$/.test(digits) ? digits : undefined
}
