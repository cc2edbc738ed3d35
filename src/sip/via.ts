// Via: text of one value in, where it was sent from and how out. Blanks may stand nearly anywhere.
//
//     via-parm = protocol / version / transport LWS sent-by *( SEMI via-params )  RFC 3261 §20.42
import { type Param, paramOf, parseParams } from './params.ts'
import { type Note, noteNothing } from './problems.ts'
import { brief, parseHostPort } from './uri.ts'

/** One hop that a request took. */
export interface Via {
  /** `SIP` and `2.0` in all but broken messages. */
  readonly protocol: string
  readonly version: string
  /** As written: UDP, TCP, TLS, WSS, SCTP … */
  readonly transport: string
  readonly host: string
  readonly port: number | undefined
  readonly params: readonly Param[]
  readonly branch: string | undefined
  /** Where the request really came from, as the next hop saw it (RFC 3261 §18.2.1). */
  readonly received: string | undefined
  /** The port likewise (RFC 3581 §3): undefined where not asked for, 0 where not answered. */
  readonly rport: number | undefined
}

/** Parses one Via value. */
export function parseVia(text: string, note: Note = noteNothing): Via {
  const semicolon = text.indexOf(';')
  const head = (semicolon < 0 ? text : text.slice(0, semicolon)).trim()
  const params = semicolon < 0 ? [] : parseParams(text.slice(semicolon + 1), note)
  const match = /^([^/\s]+)\s*\/\s*([^/\s]+)\s*\/\s*([^/\s]+)\s+(\S.*)$/s.exec(head)
  const [, protocol = '', version = '', transport = '', sentBy = ''] = match ?? []
  if (match === null)
    note('sip.via.unreadable', `SIP/2.0/transport host expected, found ${brief(head)}`)
  else if (protocol.toUpperCase() !== 'SIP' || version !== '2.0') {
    note('sip.via.version', `SIP/2.0 expected, found ${brief(`${protocol}/${version}`)}`)
  }
  const rport = paramOf(params, 'rport')
  return {
    protocol,
    version,
    transport,
    ...(match === null ? { host: '', port: undefined } : parseHostPort(sentBy, note)),
    params,
    branch: paramOf(params, 'branch'),
    received: paramOf(params, 'received'),
    rport: rport === undefined ? undefined : /^[0-9]{1,5}$/.test(rport) ? Number(rport) : 0,
  }
}
