// A torture message out of its file, planted in hostile surroundings, and the questions that the
// tables of expected values ask of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SipMessage } from '../../src/sip/message.ts'
import type { SipProblemCode } from '../../src/sip/problems.ts'

export const tortureFolder = join(import.meta.dirname, 'rfc4475')

/** What a row may expect of a message. */
export interface Expected {
  readonly method?: string
  readonly status?: number
  readonly reason?: string
  readonly uri?: string
  /** User and host of the Request-URI. */
  readonly target?: readonly [user: string, host: string]
  readonly from?: string
  readonly fromName?: string
  readonly fromTag?: string
  readonly to?: string
  readonly toName?: string
  readonly toTag?: string
  readonly callId?: string
  readonly cseq?: string
  readonly branch?: string
  /** `transport host[:port]` of each Via, the top one first. */
  readonly vias?: readonly string[]
  readonly contacts?: readonly string[]
  /** `type length` of each part of the body. */
  readonly parts?: readonly string[]
  /** `type port formats` of each media section. */
  readonly media?: readonly string[]
  readonly bodyLength?: number
  /** Lines of headers as they are asked for by name. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
}

/** One file of the archive. */
export interface TortureCase {
  readonly file: string
  /** Section and title in the RFC. */
  readonly section: string
  /** Exact problem codes, in the order of the bytes. */
  readonly codes: readonly SipProblemCode[]
  readonly want: Expected
}

/** The file's bytes. */
export function tortureBytes(file: string): Buffer {
  return readFileSync(join(tortureFolder, file))
}

/** Reads a file as one datagram, with other SIP before and after it that must not be looked at. */
export function readTorture(file: string): { isRead: boolean; message: SipMessage; bytes: Buffer } {
  const bytes = tortureBytes(file)
  const before = Buffer.from('BYE sip:poison@before SIP/2.0\r\nVia: x')
  const after = Buffer.from('\r\nCall-ID: poison\r\nContent-Length: 5\r\n\r\n"<;branch=poison')
  const message = new SipMessage()
  const planted = Buffer.concat([before, bytes, after])
  const end = before.length + bytes.length
  const isRead = message.read(planted, before.length, end, { isDatagram: true })
  return { isRead, message, bytes }
}

/** Answers the questions of `want` from a message. */
export function answers(m: SipMessage, want: Expected): Expected {
  const uri = m.requestUriParts
  const all: Required<Expected> = {
    method: m.method,
    status: m.statusCode,
    reason: m.reasonPhrase,
    uri: m.requestUri,
    target: [uri.user, uri.host],
    from: m.from?.uriText ?? '',
    fromName: m.from?.displayName ?? '',
    fromTag: m.fromTag ?? '',
    to: m.to?.uriText ?? '',
    toName: m.to?.displayName ?? '',
    toTag: m.toTag ?? '',
    callId: m.callId ?? '',
    cseq: `${m.cseq?.number} ${m.cseq?.method}`,
    branch: m.branch ?? '',
    vias: m.vias.map((v) => `${v.transport} ${v.host}${v.port === undefined ? '' : `:${v.port}`}`),
    contacts: m.contacts.map(({ uriText }) => uriText),
    parts: m.parts.map((part) => `${part.contentType.mediaType} ${part.bytes.length}`),
    media: (m.sdp?.media ?? []).map((one) => `${one.type} ${one.port} ${one.formats.join(' ')}`),
    bodyLength: m.body.length,
    headers: Object.fromEntries(
      Object.keys(want.headers ?? {}).map((name) => [name, m.headers(name)]),
    ),
  }
  const asked = Object.entries(all).filter(([question]) => question in want)
  return Object.fromEntries(asked)
}
