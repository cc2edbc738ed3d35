// Content-Type: text in, media type and parameters out.
//
//     media-type = m-type SLASH m-subtype *( SEMI m-parameter )                RFC 3261 §20.15
import { isToken } from './chars.ts'
import { type Param, paramOf, parseParams } from './params.ts'
import { type Note, noteNothing } from './problems.ts'
import { brief } from './uri.ts'

export interface ContentType {
  /** `application/sdp`, lower case, without blanks; '' where unreadable. */
  readonly mediaType: string
  readonly params: readonly Param[]
  /** Delimiter of a multipart body, quotes undone. */
  readonly boundary: string | undefined
}

/** Parses the value of a Content-Type header. */
export function parseContentType(text: string, note: Note = noteNothing): ContentType {
  const semicolon = text.indexOf(';')
  const written = semicolon < 0 ? text : text.slice(0, semicolon)
  const parts = written.split('/').map((part) => part.trim().toLowerCase())
  const isReadable = parts.length === 2 && parts.every(isToken)
  if (!isReadable)
    note('sip.content-type.unreadable', `type/subtype expected, found ${brief(written)}`)
  const params = semicolon < 0 ? [] : parseParams(text.slice(semicolon + 1), note)
  return {
    mediaType: isReadable ? parts.join('/') : '',
    params,
    boundary: paramOf(params, 'boundary'),
  }
}
