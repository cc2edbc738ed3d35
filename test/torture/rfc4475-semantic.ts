// Sections 3.2 to 3.4 of RFC 4475: messages that parse, and on which an endpoint must decide. Who
// only looks on says what can be seen in the message alone.
import type { TortureCase } from './torture-message.ts'

/** The examples write `a=rtpmap:31 LPC`; see rfc4475-valid.ts. */
const RTPMAP = 'sip.sdp.rtpmap.clock-rate-missing'

export const semanticCases: readonly TortureCase[] = [
  {
    file: 'badbranch.dat',
    section: '3.2.1 Missing Transaction Identifier',
    codes: ['sip.via.branch-empty'],
    want: { branch: 'z9hG4bK', callId: 'badbranch.sadonfo23i420jv0as0derf3j3n' },
  },
  {
    file: 'insuf.dat',
    section: '3.3.1 Missing Required Header Fields',
    codes: [
      'sip.from.missing',
      'sip.to.missing',
      'sip.call-id.missing',
      'sip.max-forwards.missing',
      'sip.contact.missing',
      RTPMAP,
    ],
    want: { method: 'INVITE', callId: '', from: '', to: '', cseq: '193942 INVITE' },
  },
  {
    file: 'unkscm.dat',
    section: '3.3.2 Request-URI with Unknown Scheme',
    codes: ['sip.uri.scheme'],
    want: { uri: 'nobodyKnowsThisScheme:totallyopaquecontent' },
  },
  {
    file: 'novelsc.dat',
    section: '3.3.3 Request-URI with Known but Atypical Scheme',
    codes: ['sip.uri.scheme'],
    want: { uri: 'soap.beep://192.0.2.103:3002' },
  },
  {
    file: 'unksm2.dat',
    section: '3.3.4 Unknown URI Schemes in Header Fields',
    codes: ['sip.uri.scheme', 'sip.uri.scheme', 'sip.uri.scheme'],
    want: { to: 'isbn:2983792873', from: 'http://www.example.com', fromTag: '3234233' },
  },
  {
    file: 'bext01.dat',
    section: '3.3.5 Proxy-Require and Require',
    // Whether an extension is known is the endpoint's matter; the 420 will say so.
    codes: [],
    want: { headers: { require: ['nothingSupportsThis, nothingSupportsThisEither'] } },
  },
  {
    file: 'invut.dat',
    section: '3.3.6 Unknown Content-Type',
    codes: [],
    want: { parts: ['application/unknownformat 40'], media: [] },
  },
  {
    file: 'regaut01.dat',
    section: '3.3.7 Unknown Authorization Scheme',
    codes: [],
    want: { headers: { authorization: ['NoOneKnowsThisScheme opaque-data=here'] } },
  },
  {
    file: 'multi01.dat',
    section: '3.3.8 Multiple Values in Single Value Required Fields',
    codes: [
      'sip.header.repeated',
      'sip.header.repeated',
      'sip.header.repeated',
      'sip.header.repeated',
      'sip.header.repeated',
      RTPMAP,
    ],
    // The first of each is taken, as most receivers do that do not refuse.
    want: {
      callId: 'multi01.98asdh@192.0.2.1',
      cseq: '5 INVITE',
      fromTag: '3413415',
      headers: { 'call-id': ['multi01.98asdh@192.0.2.1', 'multi01.98asdh@192.0.2.2'] },
    },
  },
  {
    file: 'mcl01.dat',
    section: '3.3.9 Multiple Content-Length Values',
    codes: ['sip.header.repeated', 'sip.datagram.trailing-bytes'],
    want: { bodyLength: 13, headers: { l: ['13', '5'] } },
  },
  {
    file: 'bcast.dat',
    section: '3.3.10 200 OK Response with Broadcast Via Header Field Value',
    codes: ['sip.via.broadcast', RTPMAP],
    want: { status: 200, vias: ['UDP 192.0.2.198', 'UDP 255.255.255.255'] },
  },
  {
    file: 'zeromf.dat',
    section: '3.3.11 Max-Forwards of Zero',
    codes: ['sip.max-forwards.zero'],
    want: { method: 'OPTIONS', branch: 'z9hG4bKkdjuw2349i' },
  },
  {
    file: 'cparam01.dat',
    section: '3.3.12 REGISTER with a Contact Header Parameter',
    codes: [],
    // Without brackets the parameter is the header's …
    want: { contacts: ['sip:+19725552222@gw1.example.net'] },
  },
  {
    file: 'cparam02.dat',
    section: '3.3.13 REGISTER with a url-parameter',
    codes: [],
    // … and within them it is the URI's.
    want: { contacts: ['sip:+19725552222@gw1.example.net;unknownparam'] },
  },
  {
    file: 'regescrt.dat',
    section: '3.3.14 REGISTER with a URL Escaped Header',
    codes: [],
    want: { contacts: ['sip:user@example.com?Route=%3Csip:sip.example.com%3E'] },
  },
  {
    file: 'sdp01.dat',
    section: '3.3.15 Unacceptable Accept Offering',
    codes: [RTPMAP],
    want: { media: ['audio 49217 0 12', 'video 3227 31'] },
  },
  {
    file: 'inv2543.dat',
    section: '3.4.1 INVITE with RFC 2543 Syntax',
    codes: [
      'sip.via.branch-missing',
      'sip.from.tag-missing',
      'sip.max-forwards.missing',
      'sip.contact.missing',
    ],
    want: {
      from: 'sip:+13035551111@ift.client.example.net;user=phone',
      to: 'sip:+16505552222@ss1.example.net',
      media: ['audio 49217 0'],
    },
  },
]
