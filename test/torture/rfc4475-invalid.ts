// Section 3.1.2 of RFC 4475, messages that are wrong in one way, and the archive's test.dat, which
// is wrong in many. Each is read as far as it goes, and says exactly what is wrong.
import type { TortureCase } from './torture-message.ts'

/** The examples write `a=rtpmap:31 LPC`; see rfc4475-valid.ts. */
const RTPMAP = 'sip.sdp.rtpmap.clock-rate-missing'

export const invalidCases: readonly TortureCase[] = [
  {
    file: 'badinv01.dat',
    section: '3.1.2.1 Extraneous Header Field Separators',
    codes: [
      'sip.header.empty-value',
      'sip.header.empty-parameter',
      'sip.via.branch-missing',
      'sip.via.unreadable',
      'sip.header.empty-parameter',
      RTPMAP,
    ],
    want: { contacts: ['sip:joe@example.org'], vias: ['UDP 192.0.2.15', ' '] },
  },
  {
    file: 'clerr.dat',
    section: '3.1.2.2 Content Length Larger Than Message',
    codes: ['sip.content-length.beyond-message', RTPMAP],
    want: { bodyLength: 154, media: ['audio 49217 0 12', 'video 3227 31'] },
  },
  {
    file: 'ncl.dat',
    section: '3.1.2.3 Negative Content-Length',
    codes: ['sip.content-length.negative', RTPMAP],
    want: { cseq: '0 INVITE', media: ['audio 49217 0 12', 'video 3227 31'] },
  },
  {
    file: 'scalar02.dat',
    section: '3.1.2.4 Request Scalar Fields with Overlarge Values',
    codes: [
      'sip.cseq.number',
      'sip.max-forwards.range',
      'sip.delta-seconds.range',
      'sip.delta-seconds.range',
    ],
    want: { method: 'REGISTER', cseq: '-1 REGISTER', branch: 'z9hG4bK342sdfoi3' },
  },
  {
    file: 'scalarlg.dat',
    section: '3.1.2.5 Response Scalar Fields with Overlarge Values',
    codes: ['sip.to.tag-missing', 'sip.cseq.number', 'sip.delta-seconds.range', 'sip.warning.code'],
    want: { status: 503, method: 'OPTIONS', cseq: '-1 OPTIONS' },
  },
  {
    file: 'quotbal.dat',
    section: '3.1.2.6 Unterminated Quoted String in Display Name',
    codes: ['sip.quote.unterminated', RTPMAP],
    want: { toName: 'Mr. J. User', to: 'sip:j.user@example.com', toTag: '' },
  },
  {
    file: 'ltgtruri.dat',
    section: '3.1.2.7 <> Enclosing Request-URI',
    codes: ['sip.request-uri.brackets', 'sip.via.branch-missing', RTPMAP],
    want: { uri: '<sip:user@example.com>', target: ['user', 'example.com'] },
  },
  {
    file: 'lwsruri.dat',
    section: '3.1.2.8 Malformed SIP Request-URI (embedded LWS)',
    codes: ['sip.uri.blanks', RTPMAP],
    want: { uri: 'sip:user@example.com; lr', cseq: '2130706432 INVITE' },
  },
  {
    file: 'lwsstart.dat',
    section: '3.1.2.9 Multiple SP Separating Request-Line Elements',
    codes: ['sip.start-line.spacing', RTPMAP],
    want: { method: 'INVITE', uri: 'sip:user@example.com', branch: 'z9hG4bKkdjuw3923' },
  },
  {
    file: 'trws.dat',
    section: '3.1.2.10 SP Characters at End of Request-Line',
    codes: ['sip.start-line.trailing-blanks'],
    want: { method: 'OPTIONS', uri: 'sip:remote-target@example.com' },
  },
  {
    file: 'escruri.dat',
    section: '3.1.2.11 Escaped Headers in SIP Request-URI',
    codes: ['sip.request-uri.headers', RTPMAP],
    want: { target: ['user', 'example.com'] },
  },
  {
    file: 'baddate.dat',
    section: '3.1.2.12 Invalid Time Zone in Date Header Field',
    codes: ['sip.date.unreadable', RTPMAP],
    want: { headers: { date: ['Fri, 01 Jan 2010 16:00:00 EST'] } },
  },
  {
    file: 'regbadct.dat',
    section: '3.1.2.13 Failure to Enclose name-addr URI in <>',
    codes: ['sip.name-addr.brackets-missing'],
    want: { contacts: ['sip:user@example.com?Route=%3Csip:sip.example.com%3E'] },
  },
  {
    file: 'badaspec.dat',
    section: '3.1.2.14 Spaces within addr-spec',
    codes: ['sip.uri.blanks'],
    want: { toName: 'Watson, Thomas', to: 'sip:t.watson@example.org' },
  },
  {
    file: 'baddn.dat',
    section: '3.1.2.15 Non-token Characters in Display Name',
    codes: ['sip.display-name.characters', 'sip.display-name.characters'],
    want: { fromName: 'Bell, Alexander', fromTag: '43', toName: 'Watson, Thomas' },
  },
  {
    file: 'badvers.dat',
    section: '3.1.2.16 Unknown Protocol Version',
    codes: ['sip.start-line.version', 'sip.via.version'],
    want: { method: 'OPTIONS', callId: 'badvers.31417@c.example.com', cseq: '1 OPTIONS' },
  },
  {
    file: 'mismatch01.dat',
    section: '3.1.2.17 Start Line and CSeq Method Mismatch',
    codes: ['sip.cseq.method-mismatch'],
    want: { method: 'OPTIONS', cseq: '8 INVITE' },
  },
  {
    file: 'mismatch02.dat',
    section: '3.1.2.18 Unknown Method with CSeq Method Error',
    codes: [
      'sip.cseq.method-mismatch',
      'sip.sdp.session-name.missing',
      'sip.sdp.timing.missing',
      RTPMAP,
    ],
    want: { method: 'NEWMETHOD', cseq: '8 INVITE' },
  },
  {
    file: 'bigcode.dat',
    section: '3.1.2.19 Overlarge Response Code',
    codes: ['sip.start-line.status-code'],
    want: { status: 999, method: 'INVITE', reason: 'better not break the receiver' },
  },
  {
    file: 'test.dat',
    section: 'no section: a message that the archive holds besides',
    codes: [
      'sip.start-line.version-missing',
      'sip.uri.scheme-missing',
      'sip.uri.scheme-missing',
      'sip.from.tag-missing',
      'sip.header.colon-missing',
      'sip.via.missing',
      'sip.cseq.missing',
      'sip.contact.missing',
      'sip.sdp.session-name.missing',
      'sip.sdp.timing.missing',
      'sip.sdp.origin',
      'sip.sdp.line',
    ],
    want: { method: 'INVITE', to: 'alan@jasomi.com', callId: 'test.0ha0isndaksdj@192.0.2.1' },
  },
]
