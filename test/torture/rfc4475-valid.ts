// Section 3.1.1 of RFC 4475: messages that are legal, however they look. Nothing above a note may
// be said of them.
import type { TortureCase } from './torture-message.ts'

/** The examples write `a=rtpmap:31 LPC`: no clock rate, which harms nobody. */
const RTPMAP = 'sip.sdp.rtpmap.clock-rate-missing'
const MEDIA = ['audio 49217 0 12', 'video 3227 31']
const LONG_CALL_ID = `longreq.one${'really'.repeat(20)}longcallid`

export const validCases: readonly TortureCase[] = [
  {
    file: 'wsinv.dat',
    section: '3.1.1.1 A Short Tortuous INVITE',
    // The branch is one of RFC 2543, as the RFC's text says.
    codes: ['sip.via.branch-cookie', RTPMAP],
    want: {
      method: 'INVITE',
      uri: 'sip:vivekg@chair-dnrc.example.com;unknownparam',
      target: ['vivekg', 'chair-dnrc.example.com'],
      to: 'sip:vivekg@chair-dnrc.example.com',
      toTag: '1918181833n',
      fromName: 'J Rosenberg \\"',
      from: 'sip:jdrosen@example.com',
      fromTag: '98asjd8',
      callId: 'wsinv.ndaksdj@192.0.2.1',
      cseq: '9 INVITE',
      branch: '390skdjuw',
      vias: ['UDP 192.0.2.2', 'TCP spindle.example.com', 'UDP 192.168.255.111'],
      contacts: ['sip:jdrosen@example.com'],
      media: MEDIA,
      bodyLength: 150,
      headers: {
        'max-forwards': ['0068'],
        Subject: [''],
        NewFangledHeader: ['newfangled value continued newfangled value'],
        UnknownHeaderWithUnusualValue: [';;,,;;,;'],
        route: ['<sip:services.example.com;lr;unknownwith=value;unknown-no-value>'],
      },
    },
  },
  {
    file: 'intmeth.dat',
    section: '3.1.1.2 Wide Range of Valid Characters',
    codes: [],
    want: {
      method: "!interesting-Method0123456789_*+`.%indeed'~",
      target: ["1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", 'example.com'],
      toName: 'BEL:\x07 NUL:\x00 DEL:\x7f',
      to: "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
      fromName: "token1~` token2'+_ token3*%!.-",
      from: 'sip:mundane@example.com',
      fromTag: "_token~1'+`*%!-.",
      callId: 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
      cseq: "139122385 !interesting-Method0123456789_*+`.%indeed'~",
      branch: "z9hG4bK-.!%66*_+`'~",
      headers: { "extensionHeader-!.%*+_`'~": ['\ufeff大停電'] },
    },
  },
  {
    file: 'esc01.dat',
    section: '3.1.1.3 Valid Use of the % Escaping Mechanism',
    codes: [RTPMAP],
    want: {
      target: ['sips%3Auser%40example.com', 'example.net'],
      to: 'sip:%75se%72@example.com',
      from: 'sip:I%20have%20spaces@example.net',
      contacts: ['sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31'],
      callId: 'esc01.239409asdfakjkn23onasd0-3234',
    },
  },
  {
    file: 'escnull.dat',
    section: '3.1.1.4 Escaped Nulls in URIs',
    codes: [],
    want: {
      method: 'REGISTER',
      to: 'sip:null-%00-null@example.com',
      contacts: ['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com'],
    },
  },
  {
    file: 'esc02.dat',
    section: '3.1.1.5 Use of % When It Is Not an Escape',
    codes: [],
    want: {
      // Not REGISTER: a method is a token, and tokens know no escapes.
      method: 'RE%47IST%45R',
      cseq: '29344 RE%47IST%45R',
      toName: '%Z%45',
      branch: 'z9hG4bK209%fzsnel234',
      contacts: ['sip:alias1@host1.example.com', 'sip:alias3@host3.example.com'],
      headers: { 'C%6Fntact': ['<sip:alias2@host2.example.com>'] },
    },
  },
  {
    file: 'lwsdisp.dat',
    section: '3.1.1.6 Message with No LWS between Display Name and <',
    codes: [],
    want: { method: 'OPTIONS', fromName: 'caller', from: 'sip:caller@example.com', fromTag: '323' },
  },
  {
    file: 'longreq.dat',
    section: '3.1.1.7 Long Values in Header Fields',
    // The top Via has no branch, which RFC 2543 allowed.
    codes: ['sip.via.branch-missing', RTPMAP],
    want: {
      toName: `I have a user name of ${'extreme'.repeat(10)} proportion`,
      callId: LONG_CALL_ID,
      vias: [
        ...Array.from({ length: 33 }, (_, i) => `TCP sip${33 - i}.example.com`),
        'TCP host.example.com',
      ],
      branch: '',
      media: MEDIA,
      bodyLength: 150,
    },
  },
  {
    file: 'dblreq.dat',
    section: '3.1.1.8 Extra Trailing Octets in a UDP Datagram',
    // True and worth a note: the INVITE after the REGISTER must not be acted upon.
    codes: ['sip.datagram.trailing-bytes'],
    want: {
      method: 'REGISTER',
      callId: 'dblreq.0ha0isndaksdj99sdfafnl3lk233412',
      branch: 'z9hG4bKkdjuw23492',
      bodyLength: 0,
    },
  },
  {
    file: 'semiuri.dat',
    section: '3.1.1.9 Semicolon-Separated Parameters in URI User Part',
    codes: [],
    want: {
      target: ['user;par=u%40example.net', 'example.com'],
      headers: {
        accept: [
          'application/sdp, application/pkcs7-mime, multipart/mixed, multipart/signed, ' +
            'message/sip, message/sipfrag',
        ],
      },
    },
  },
  {
    file: 'transports.dat',
    section: '3.1.1.10 Varied and Unknown Transport Types',
    codes: [],
    want: {
      vias: [
        'UDP t1.example.com',
        'SCTP t2.example.com',
        'TLS t3.example.com',
        'UNKNOWN t4.example.com',
        'TCP t5.example.com',
      ],
      branch: 'z9hG4bKkdjuw',
    },
  },
  {
    file: 'mpart01.dat',
    section: '3.1.1.11 Multipart MIME Message',
    codes: [],
    want: {
      method: 'MESSAGE',
      // The second part is DER: its own length field says 4 + 0x152 bytes.
      parts: ['text/plain 5', 'application/octet-stream 342'],
      bodyLength: 553,
    },
  },
  {
    file: 'unreason.dat',
    section: '3.1.1.12 Unusual Reason Phrase',
    codes: [RTPMAP],
    want: {
      status: 200,
      method: 'INVITE',
      reason: '= 2**3 * 5**2 но сто девяносто девять - простое',
      fromTag: '11141343',
      toTag: '2229',
    },
  },
  {
    file: 'noreason.dat',
    section: '3.1.1.13 Empty Reason Phrase',
    codes: [],
    want: { status: 100, reason: '', cseq: '35 INVITE', toTag: '902jndnke3' },
  },
]
