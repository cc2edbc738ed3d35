// In: a dialog and what is said in it. Out: SIP messages and session descriptions as bytes.
import { Buffer } from 'node:buffer'
import type { Random } from './random.ts'

/** Both ends of a dialog as they stand in a message. */
export interface Dialog {
  callId: string
  from: string
  to: string
  fromHost: string
  toHost: string
  fromTag: string
  toTag: string
  branch: string
  viaIp: string
}

/** One kind of sound: payload type, name and clock rate of its rtpmap, and 20 ms of it. */
export interface Codec {
  readonly payloadType: number
  readonly name: string
  readonly rate: number
  readonly bytes: number
  readonly step: number
}

export const CODECS: readonly [Codec, ...Codec[]] = [
  { payloadType: 8, name: 'PCMA', rate: 8000, bytes: 160, step: 160 },
  { payloadType: 0, name: 'PCMU', rate: 8000, bytes: 160, step: 160 },
  { payloadType: 18, name: 'G729', rate: 8000, bytes: 20, step: 160 },
  { payloadType: 96, name: 'opus', rate: 48000, bytes: 80, step: 960 },
]

const REASONS = new Map([
  [100, 'Trying'],
  [180, 'Ringing'],
  [183, 'Session Progress'],
  [200, 'OK'],
  [401, 'Unauthorized'],
  [404, 'Not Found'],
  [407, 'Proxy Authentication Required'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [503, 'Service Unavailable'],
])

const FIRST_NAMES = ['Ada', 'Ben', 'Cleo', 'Dev', 'Edith', 'Femi', 'Greta', 'Hugo', 'Ines', 'Jonas']
const LAST_NAMES = ['Ames', 'Brook', 'Castle', 'Dale', 'Ekwueme', 'Frost', 'Garcia', 'Holm', 'Ito']

/** Writes the messages of a made world. */
export class SipText {
  readonly #hasNames: boolean

  constructor(options: { readonly hasNames: boolean }) {
    this.#hasNames = options.hasNames
  }

  request(
    line: string,
    dialog: Dialog,
    cseq: string,
    extra: readonly string[] = [],
    body = '',
  ): Buffer {
    return this.#message(`${line} SIP/2.0`, ['Max-Forwards: 70'], dialog, cseq, extra, body)
  }

  answer(
    status: number,
    dialog: Dialog,
    cseq: string,
    extra: readonly string[] = [],
    body = '',
  ): Buffer {
    const line = `SIP/2.0 ${status} ${REASONS.get(status) ?? ''}`
    return this.#message(line, [], dialog, cseq, extra, body)
  }

  #message(
    startLine: string,
    hops: readonly string[],
    dialog: Dialog,
    cseq: string,
    extra: readonly string[],
    body: string,
  ): Buffer {
    const { from, fromHost, fromTag, to, toHost, toTag } = dialog
    const toName = this.#hasNames ? `"${nameOf(to)}" ` : ''
    const lines = [
      startLine,
      `Via: SIP/2.0/UDP ${dialog.viaIp}:5060;branch=z9hG4bK${dialog.branch};rport`,
      ...hops,
      `From: "${this.#hasNames ? nameOf(from) : from}" <sip:${from}@${fromHost}>;tag=${fromTag}`,
      `To: ${toName}<sip:${to}@${toHost}>${toTag === '' ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${cseq}`,
      ...extra,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ]
    return Buffer.from(lines.join('\r\n'))
  }
}

/** An offer or answer of one audio stream with telephone events (RFC 4566, RFC 4733). */
export function sessionText(
  ip: string,
  port: number,
  codecs: readonly Codec[],
  random: Random,
): string {
  const id = random.int(1e6, 9e6)
  return [
    'v=0',
    `o=- ${id} ${id} IN IP4 ${ip}`,
    's=call',
    `c=IN IP4 ${ip}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${codecs.map((codec) => codec.payloadType).join(' ')} 101`,
    ...codecs.map(({ payloadType, name, rate }) => {
      return `a=rtpmap:${payloadType} ${name}/${rate}${name === 'opus' ? '/2' : ''}`
    }),
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n')
}

/** The name that goes with a number: always the same one, and no draw of the random numbers. */
function nameOf(user: string): string {
  const last4 = Number(user.slice(-4)) || user.length
  const first = FIRST_NAMES[last4 % FIRST_NAMES.length] ?? ''
  const last = LAST_NAMES[last4 % LAST_NAMES.length] ?? ''
  return `${first} ${last}`
}
