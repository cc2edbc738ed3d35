// For tests of the recording agent: requests as a recording client at 192.0.2.1 writes them.

export interface Written {
  readonly method: string
  readonly callId: string
  readonly cseq: number
  /** Behind the magic cookie of the Via's branch. */
  readonly branch: string
  /** `;tag=…` of To, where there is one. */
  readonly tag: string
  readonly more?: readonly string[]
  readonly body: string
}

/** The text of a request. */
export function requestOf({ method, callId, cseq, branch, tag, more = [], body }: Written): string {
  return [
    `${method} sip:srs@192.0.2.2 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${branch}`,
    'From: <sip:src@192.0.2.1>;tag=src',
    `To: <sip:srs@192.0.2.2>${tag}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:src@192.0.2.1>;+sip.src',
    ...more,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}
