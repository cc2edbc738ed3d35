// The oddities that frames can show on the way to a datagram, each with a code. Decode counts them
// by code and makes no object for one: a hostile capture has one in every frame.
import type { ProblemCatalogue } from '../base/problem.ts'

export const decodeProblems = {
  'decode.link-type.unknown': {
    severity: 'odd',
    meaning: 'Frames of a link type that we do not read; nothing of them is understood.',
  },
  'decode.nesting.too-deep': {
    severity: 'odd',
    meaning: 'A frame nests more tags and tunnels than any real one; its inside was not read.',
  },
  'decode.header.cut': {
    severity: 'broken',
    meaning: 'A frame ends inside one of its headers; what it carried is unknown.',
  },
  'decode.header.malformed': {
    severity: 'broken',
    meaning: 'A header contradicts itself (version, header length); what follows was not read.',
  },
  'decode.length.beyond-frame': {
    severity: 'odd',
    meaning: 'A header claims more bytes than the frame had on the wire; those there were read.',
  },
  'decode.aggregate.rest-unread': {
    severity: 'odd',
    meaning: 'A wireless frame that carries several; only the first of them was read.',
    rule: 'IEEE 802.11 §9.3.2.2',
  },
  'decode.fragment.duplicate': {
    severity: 'note',
    meaning: 'IP fragments that came twice; the first copy counts.',
    rule: 'RFC 791 §3.2',
  },
  'decode.fragment.overlap': {
    severity: 'odd',
    meaning: 'IP fragments that overlap others; the bytes that came first count.',
    rule: 'RFC 5722 §4',
  },
  'decode.fragment.contradiction': {
    severity: 'broken',
    meaning: 'IP fragments that lie beyond the end of their datagram; they were ignored.',
    rule: 'RFC 791 §3.2',
  },
  'decode.fragment.incomplete': {
    severity: 'broken',
    meaning: 'IP datagrams of which fragments are missing; they were given up.',
    rule: 'RFC 791 §3.2',
  },
  'decode.fragment.turned-away': {
    severity: 'broken',
    meaning: 'IP datagrams given up early because too many were incomplete at once.',
  },
  'decode.udp.length-too-small': {
    severity: 'broken',
    meaning: 'A UDP length smaller than its own header; the datagram was ignored.',
    rule: 'RFC 768',
  },
  'decode.udp.length-beyond-ip': {
    severity: 'odd',
    meaning: 'A UDP length larger than the IP packet; the bytes that are there were read.',
    rule: 'RFC 768',
  },
  'decode.tcp.gap': {
    severity: 'odd',
    meaning: 'Bytes of a TCP stream were not captured; reading went on after them.',
  },
  'decode.tcp.midstream': {
    severity: 'note',
    meaning: 'A TCP stream whose beginning was not captured; reading began in its middle.',
  },
  'decode.tcp.turned-away': {
    severity: 'broken',
    meaning: 'A TCP stream given up, or a gap accepted early, because too much was waiting.',
  },
  'decode.tls.no-key': {
    severity: 'note',
    meaning: 'A TLS stream for which no secret is known; nothing inside was read.',
  },
  'decode.tls.malformed': {
    severity: 'broken',
    meaning: 'A TLS stream that stopped being one; nothing after that was read.',
    rule: 'RFC 8446 §5.1',
  },
  'decode.tls.unreadable': {
    severity: 'broken',
    meaning: 'A TLS stream whose records its secret does not open; nothing after that was read.',
    rule: 'RFC 8446 §5.2',
  },
  'decode.tls.turned-away': {
    severity: 'broken',
    meaning: 'A TLS stream given up because too much waited for its secret.',
  },
  'decode.websocket.malformed': {
    severity: 'broken',
    meaning: 'A WebSocket with bytes where a frame should begin; they were passed over.',
    rule: 'RFC 6455 §5.2',
  },
  'decode.websocket.too-long': {
    severity: 'broken',
    meaning: 'A WebSocket message longer than any SIP message; it was passed over.',
  },
  'decode.websocket.turned-away': {
    severity: 'broken',
    meaning: 'Half a WebSocket message given up because too much was waiting for the rest.',
  },
  'decode.websocket.inflate-failed': {
    severity: 'broken',
    meaning: 'A deflated WebSocket message that cannot be unpacked; it was passed over.',
    rule: 'RFC 7692 §7.2.2',
  },
  'decode.sctp.chunk-too-short': {
    severity: 'broken',
    meaning: 'An SCTP chunk shorter than its own header; the rest of its packet was ignored.',
    rule: 'RFC 9260 §3.2',
  },
  'decode.sctp.turned-away': {
    severity: 'broken',
    meaning: 'Fragments of SCTP messages given up because too much was waiting for the others.',
  },
  'decode.hep.chunk-broken': {
    severity: 'broken',
    meaning: 'A HEP packet with a chunk whose length cannot be; what came before it was read.',
  },
  'decode.hep.length-wrong': {
    severity: 'odd',
    meaning: 'A HEP packet whose length is not that of its datagram; what is there was read.',
  },
  'decode.hep.without-payload': {
    severity: 'note',
    meaning: 'HEP packets that carry nothing, as some agents send to keep a connection alive.',
  },
  'decode.hep.payload-damaged': {
    severity: 'broken',
    meaning: 'A compressed payload of HEP that does not unpack, or unpacks to more than we allow.',
  },
  'decode.hep.time-ahead': {
    severity: 'odd',
    meaning: 'A capture agent whose clock is ahead of ours; the time of arrival counts instead.',
  },
  'decode.hep.time-behind': {
    severity: 'odd',
    meaning: 'A capture agent whose times lie days back; the time of arrival counts instead.',
  },
} as const satisfies ProblemCatalogue

export type DecodeProblemCode = keyof typeof decodeProblems
