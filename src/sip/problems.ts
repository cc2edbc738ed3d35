// The catalogue of oddities in SIP messages and their session descriptions. Everything here is
// said about what others sent; nothing here is an error of ours.
import type { Problem, ProblemCatalogue } from '../base/problem.ts'

export const sipProblems = {
  'sip.start-line.spacing': {
    severity: 'odd',
    meaning: 'More than one blank, or a tab, stands between the parts of the start line.',
    rule: 'RFC 3261 §7.1',
  },
  'sip.start-line.trailing-blanks': {
    severity: 'odd',
    meaning: 'Blanks stand after the version in the request line; strict receivers refuse it.',
    rule: 'RFC 3261 §7.1',
  },
  'sip.start-line.version-missing': {
    severity: 'broken',
    meaning: 'The request line names no SIP version, or was cut before it.',
    rule: 'RFC 3261 §7.1',
  },
  'sip.start-line.version': {
    severity: 'odd',
    meaning: 'The version is not SIP/2.0; receivers answer 505 or discard the message.',
    rule: 'RFC 3261 §7.1',
  },
  'sip.start-line.status-code': {
    severity: 'broken',
    meaning: 'The status code is not a number from 100 to 699; receivers discard the response.',
    rule: 'RFC 3261 §7.2',
  },
  'sip.line-end': {
    severity: 'note',
    meaning: 'Lines end otherwise than with CR LF; they were read all the same.',
    rule: 'RFC 3261 §7',
  },
  'sip.request-uri.brackets': {
    severity: 'odd',
    meaning: 'The Request-URI stands in angle brackets, which many receivers refuse.',
    rule: 'RFC 3261 §7.1',
  },
  'sip.request-uri.headers': {
    severity: 'odd',
    meaning: 'The Request-URI carries header fields, which are not allowed there.',
    rule: 'RFC 3261 §19.1.1',
  },
  'sip.uri.blanks': {
    severity: 'odd',
    meaning: 'Blanks stand inside a URI; what is a parameter may be read as something else.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.uri.scheme-missing': {
    severity: 'broken',
    meaning: 'A URI has no scheme, so nobody can say what kind of address it is.',
    rule: 'RFC 3261 §19.1.1',
  },
  'sip.uri.scheme': {
    severity: 'note',
    meaning: 'A URI is neither sip, sips nor tel; few receivers can route to it.',
    rule: 'RFC 3261 §8.2.2.1',
  },
  'sip.uri.host-missing': {
    severity: 'broken',
    meaning: 'A SIP URI has no host.',
    rule: 'RFC 3261 §19.1.1',
  },
  'sip.uri.host': {
    severity: 'odd',
    meaning: 'The host of a SIP URI has characters that no name or address has.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.uri.port': {
    severity: 'odd',
    meaning: 'The port of a URI or Via is not a number from 0 to 65535.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.uri.escape': {
    severity: 'odd',
    meaning: 'A percent sign in a URI does not begin an escape of two hexadecimal digits.',
    rule: 'RFC 3261 §19.1.2',
  },
  'sip.header.colon-missing': {
    severity: 'odd',
    meaning: 'A line among the headers has no colon and was passed over.',
    rule: 'RFC 3261 §7.3.1',
  },
  'sip.header.name': {
    severity: 'odd',
    meaning: 'A header name has characters that no name may have.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.header.repeated': {
    severity: 'odd',
    meaning: 'A header that may stand once is there several times; the first one was taken.',
    rule: 'RFC 3261 §7.3.1',
  },
  'sip.header.empty-value': {
    severity: 'odd',
    meaning: 'A comma list has an empty value.',
    rule: 'RFC 3261 §7.3.1',
  },
  'sip.header.empty-parameter': {
    severity: 'odd',
    meaning: 'A semicolon is followed by no parameter.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.headers.unended': {
    severity: 'broken',
    meaning: 'No empty line ends the headers: the message was cut, or never finished.',
    rule: 'RFC 3261 §7',
  },
  'sip.headers.too-many': {
    severity: 'odd',
    meaning: 'There are more header lines than are looked at; the bytes of all are kept.',
  },
  'sip.call-id.missing': {
    severity: 'broken',
    meaning: 'There is no Call-ID, so the message cannot be joined to any other.',
    rule: 'RFC 3261 §20.8',
  },
  'sip.from.missing': {
    severity: 'broken',
    meaning: 'There is no From, so the caller is unknown.',
    rule: 'RFC 3261 §20.20',
  },
  'sip.to.missing': {
    severity: 'broken',
    meaning: 'There is no To, so the callee is unknown.',
    rule: 'RFC 3261 §20.39',
  },
  'sip.cseq.missing': {
    severity: 'broken',
    meaning: 'There is no CSeq, so responses and retransmissions cannot be told apart.',
    rule: 'RFC 3261 §20.16',
  },
  'sip.via.missing': {
    severity: 'broken',
    meaning: 'There is no Via, so no response can find its way back.',
    rule: 'RFC 3261 §20.42',
  },
  'sip.max-forwards.missing': {
    severity: 'note',
    meaning: 'The request has no Max-Forwards, as before RFC 3261; a loop would not end.',
    rule: 'RFC 3261 §8.1.1.6',
  },
  'sip.max-forwards.zero': {
    severity: 'note',
    meaning: 'Max-Forwards is 0: the next proxy answers 483, which often means a loop.',
    rule: 'RFC 3261 §16.3',
  },
  'sip.max-forwards.range': {
    severity: 'odd',
    meaning: 'Max-Forwards is not a number from 0 to 255.',
    rule: 'RFC 3261 §20.22',
  },
  'sip.contact.missing': {
    severity: 'odd',
    meaning: 'An INVITE or its 2xx has no Contact: later requests have nowhere to go.',
    rule: 'RFC 3261 §12.1',
  },
  'sip.from.tag-missing': {
    severity: 'note',
    meaning: 'From has no tag, as before RFC 3261; dialogs are told apart less surely.',
    rule: 'RFC 3261 §8.1.1.3',
  },
  'sip.to.tag-missing': {
    severity: 'odd',
    meaning: 'A response beyond 100 has no tag in To, so its dialog is unknown.',
    rule: 'RFC 3261 §8.2.6.2',
  },
  'sip.cseq.number': {
    severity: 'odd',
    meaning: 'The number in CSeq is not one below 2^31.',
    rule: 'RFC 3261 §8.1.1.5',
  },
  'sip.cseq.method-missing': {
    severity: 'broken',
    meaning: 'CSeq names no method, so it is unknown what a response answers.',
    rule: 'RFC 3261 §20.16',
  },
  'sip.cseq.method-mismatch': {
    severity: 'odd',
    meaning: 'The method in CSeq is not that of the request line; receivers answer 400.',
    rule: 'RFC 3261 §8.1.1.5',
  },
  'sip.content-length.beyond-message': {
    severity: 'broken',
    meaning: 'Content-Length is larger than the body that came; the end of it is missing.',
    rule: 'RFC 3261 §18.3',
  },
  'sip.content-length.below-body': {
    severity: 'odd',
    meaning: 'Content-Length is smaller than the body that came with it.',
    rule: 'RFC 3261 §20.14',
  },
  'sip.content-length.negative': {
    severity: 'broken',
    meaning: 'Content-Length is negative; receivers answer 400 or drop the connection.',
    rule: 'RFC 3261 §20.14',
  },
  'sip.content-length.unreadable': {
    severity: 'broken',
    meaning: 'Content-Length is not a number.',
    rule: 'RFC 3261 §20.14',
  },
  'sip.content-length.missing': {
    severity: 'odd',
    meaning: 'A message on a stream has no Content-Length, so its end is a guess.',
    rule: 'RFC 3261 §20.14',
  },
  'sip.datagram.trailing-bytes': {
    severity: 'note',
    meaning: 'The datagram goes on after the body; the rest is not part of the message.',
    rule: 'RFC 3261 §18.3',
  },
  'sip.content-type.missing': {
    severity: 'odd',
    meaning: 'There is a body without Content-Type, so nobody can say what it is.',
    rule: 'RFC 3261 §20.15',
  },
  'sip.content-type.unreadable': {
    severity: 'odd',
    meaning: 'Content-Type is not of the form type/subtype.',
    rule: 'RFC 3261 §20.15',
  },
  'sip.via.unreadable': {
    severity: 'broken',
    meaning: 'A Via is not of the form SIP/2.0/transport host.',
    rule: 'RFC 3261 §20.42',
  },
  'sip.via.version': {
    severity: 'odd',
    meaning: 'A Via names another protocol than SIP/2.0.',
    rule: 'RFC 3261 §20.42',
  },
  'sip.via.branch-missing': {
    severity: 'note',
    meaning: 'The top Via has no branch, as before RFC 3261; its transaction is a guess.',
    rule: 'RFC 3261 §8.1.1.7',
  },
  'sip.via.branch-cookie': {
    severity: 'note',
    meaning: 'The branch of the top Via does not begin with z9hG4bK, as before RFC 3261.',
    rule: 'RFC 3261 §8.1.1.7',
  },
  'sip.via.branch-empty': {
    severity: 'odd',
    meaning: 'The branch of the top Via identifies nothing: it is empty or only z9hG4bK.',
    rule: 'RFC 3261 §8.1.1.7',
  },
  'sip.via.broadcast': {
    severity: 'odd',
    meaning: 'A Via names the broadcast address; answering it would multiply the response.',
    rule: 'RFC 4475 §3.3.10',
  },
  'sip.quote.unterminated': {
    severity: 'broken',
    meaning: 'A quoted string never closes; what follows it may be misread.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.angle-bracket.unterminated': {
    severity: 'broken',
    meaning: 'An angle bracket around a URI never closes.',
    rule: 'RFC 3261 §20.10',
  },
  'sip.name-addr.brackets-missing': {
    severity: 'odd',
    meaning: 'A URI with a comma, a question mark or a display name lacks its angle brackets.',
    rule: 'RFC 3261 §20.10',
  },
  'sip.name-addr.trailing-text': {
    severity: 'odd',
    meaning: 'Text that is no parameter stands after the URI of an address.',
    rule: 'RFC 3261 §20.10',
  },
  'sip.display-name.characters': {
    severity: 'odd',
    meaning: 'A display name has characters that need quotes; it was read as it stands.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.delta-seconds.range': {
    severity: 'odd',
    meaning: 'A number of seconds is not one below 2^32.',
    rule: 'RFC 3261 §25.1',
  },
  'sip.date.unreadable': {
    severity: 'odd',
    meaning: 'Date is not of the one allowed form, which ends in GMT.',
    rule: 'RFC 3261 §20.17',
  },
  'sip.warning.code': {
    severity: 'odd',
    meaning: 'The code of a Warning is not one of three digits.',
    rule: 'RFC 3261 §20.43',
  },
  'sip.session-id.unreadable': {
    severity: 'odd',
    meaning: 'Session-ID is not 32 hexadecimal digits, so it cannot join legs.',
    rule: 'RFC 7989 §5',
  },
  'sip.multipart.boundary-missing': {
    severity: 'broken',
    meaning: 'A multipart body has no boundary parameter, or the boundary is not in it.',
    rule: 'RFC 2046 §5.1.1',
  },
  'sip.multipart.unended': {
    severity: 'odd',
    meaning: 'The closing boundary of a multipart body is missing.',
    rule: 'RFC 2046 §5.1.1',
  },
  'sip.sdp.version': {
    severity: 'odd',
    meaning: 'The session description does not begin with v=0.',
    rule: 'RFC 8866 §5.1',
  },
  'sip.sdp.line': {
    severity: 'odd',
    meaning: 'A line is not of the form letter=value and was passed over.',
    rule: 'RFC 8866 §5',
  },
  'sip.sdp.lines.too-many': {
    severity: 'odd',
    meaning: 'There are more lines or media sections than are looked at.',
  },
  'sip.sdp.origin': {
    severity: 'odd',
    meaning: 'The o= line is missing or does not have its six parts.',
    rule: 'RFC 8866 §5.2',
  },
  'sip.sdp.session-name.missing': {
    severity: 'note',
    meaning: 'The s= line is missing.',
    rule: 'RFC 8866 §5.3',
  },
  'sip.sdp.timing.missing': {
    severity: 'note',
    meaning: 'The t= line is missing.',
    rule: 'RFC 8866 §5.9',
  },
  'sip.sdp.connection': {
    severity: 'odd',
    meaning: 'A c= line does not have its three parts.',
    rule: 'RFC 8866 §5.7',
  },
  'sip.sdp.connection.missing': {
    severity: 'broken',
    meaning: 'A media section has no address, neither its own nor the session’s.',
    rule: 'RFC 8866 §5.7',
  },
  'sip.sdp.media': {
    severity: 'broken',
    meaning: 'An m= line does not have its four parts, or its port is no port.',
    rule: 'RFC 8866 §5.14',
  },
  'sip.sdp.rtpmap': {
    severity: 'odd',
    meaning: 'An rtpmap is not of the form payload-type name/clock-rate.',
    rule: 'RFC 8866 §6.6',
  },
  'sip.sdp.rtpmap.clock-rate-missing': {
    severity: 'note',
    meaning: 'An rtpmap names no clock rate; that of the payload type or codec is taken.',
    rule: 'RFC 8866 §6.6',
  },
  'sip.sdp.rtpmap.missing': {
    severity: 'odd',
    meaning: 'A dynamic payload type has no rtpmap, so its codec is unknown.',
    rule: 'RFC 3551 §3',
  },
  'sip.sdp.crypto': {
    severity: 'odd',
    meaning: 'A crypto line is not of the form tag suite inline:key; the key cannot be used.',
    rule: 'RFC 4568 §9.1',
  },
  'sip.sdp.fingerprint': {
    severity: 'odd',
    meaning: 'A fingerprint is not a hash name followed by hexadecimal bytes.',
    rule: 'RFC 8122 §5',
  },
  'sip.sdp.candidate': {
    severity: 'odd',
    meaning: 'An ICE candidate does not have its parts and was passed over.',
    rule: 'RFC 8839 §5.1',
  },
} as const satisfies ProblemCatalogue

export type SipProblemCode = keyof typeof sipProblems
export type SipProblem = Problem<SipProblemCode>

/** Takes an oddity that a parser saw; whoever calls the parser knows where in the message it is. */
export type Note = (code: SipProblemCode, detail: string) => void

/** For callers who only want the value. */
export const noteNothing: Note = () => {}
