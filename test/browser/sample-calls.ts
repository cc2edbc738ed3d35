// The calls that the browser tests look for, written to a capture: one that is answered, one that
// is refused, and one whose message tries to run in the reader's browser.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { addressBytes } from '../../src/base/address-bytes.ts'
import { LINK_TYPE_RAW_IP } from '../../src/source/ip-headers.ts'
import { writePcapHeader, writePcapRecord } from '../../src/source/pcap-writer.ts'
import { UdpFrameWriter } from '../../src/source/udp-frame.ts'
import { addressOf, PcapFile } from '../tools/make-calls/pcap-file.ts'

const ALICE = { address: '192.0.2.10', port: 5060 }
const PROXY = { address: '198.51.100.120', port: 5060 }
type End = typeof ALICE

/** When the first of them begins, µs since 1970. */
export const START_US = 1_772_625_600_123_456

/** Markup, an image that fails to load, and a character that turns the text behind it around. */
export const HOSTILE_NAME =
  '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">\u202Egpj.exe'

/** The refused call: who is called, its Call-ID, and how many messages it has. */
export const FAILED = { to: '+442079460486', callId: 'failed-486@192.0.2.10', messages: 5 }
/** The answered call. */
export const ANSWERED = { to: '+442079460200', callId: 'answered@192.0.2.10', messages: 7 }
/** A call with as many messages as a long conference may have; not among the three. */
export const LONG = { to: 'conference', callId: 'long@192.0.2.10', messages: 4000 }
/** A call over IPv6 between addresses of which the ends alone differ; not among the three. */
export const IP6 = {
  to: 'sixth',
  callId: 'sixth@192.0.2.10',
  from: { address: '2001:db8:85a3:1234:5678:8a2e:3700:7334', port: 5060 },
  at: { address: '2001:db8:85a3:1234:5678:8a2e:3700:7335', port: 5060 },
}
/** A call whose User-Agent is as long as a datagram lets it be; not among the three. */
export const WORDY = { to: 'wordy', callId: 'wordy@192.0.2.10', agentLength: 7800 }
/** A call of six legs from one end to the next, which an X-CID joins; not among the three. */
export const CHAIN = { to: 'chain', callId: 'chain@192.0.2.10', legs: 6 }
/** The hostile call; that its caller has a number, P-Asserted-Identity alone tells. */
export const HOSTILE = {
  to: 'victim',
  callId: 'hostile@192.0.2.66',
  messages: 2,
  asserted: '<img src=x onerror=window.hacked=1 \u202E+441632967788',
  /** Its name is written from right to left, the rest of it is not. */
  contact: '"\u05DE\u05E9\u05E8\u05D3" <sip:mallory@192.0.2.66>',
}

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.10',
  's=-',
  'c=IN IP4 192.0.2.10',
  't=0 0',
  'm=audio 40000 RTP/AVP 8 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=sendrecv',
  '',
].join('\r\n')

/** Writes all three calls to a pcap; `shiftUs` later and with other Call-IDs where wanted. */
export function writeSampleCalls(path: string, { shiftUs = 0, suffix = '' } = {}): void {
  const steps = [...answered(), ...failed(), ...hostile()].map(([offsetMs, ends, text]): Step => {
    return [offsetMs + shiftUs / 1000, ends, text.replace(/^(Call-ID: [^@]+)/m, `$1${suffix}`)]
  })
  writeSteps(path, steps)
}

/** Writes the failed call, and the long one, to a pcap. */
export function writeLongCall(path: string): void {
  writeSteps(path, [...failed(), ...long()])
}

/** Writes so many short calls, a second apart, the last of them a day before all others. */
export function writeOldCalls(path: string, count: number): void {
  const steps = Array.from({ length: count }, (_, index): Step[] => {
    const call = { to: `old${index}`, callId: `old-${index}@192.0.2.10` }
    const invite = headersOf(call, 'INVITE')
    const startMs = (index - count) * 1000 - 86_400_000
    return [
      [startMs, OUT, request('INVITE', call.to, invite)],
      [startMs + 80, BACK, response('404 Not Found', invite)],
    ]
  })
  writeSteps(path, steps.flat())
}

/** Writes the call with the long header to a pcap. */
export function writeWordyCall(path: string): void {
  const agent = 'Sample Phone '.repeat(WORDY.agentLength / 13)
  const invite = headersOf(WORDY, 'INVITE').replace(/^User-Agent: .*$/m, `User-Agent: ${agent}`)
  writeSteps(path, [
    [400_000, OUT, request('INVITE', WORDY.to, invite)],
    [400_080, BACK, response('404 Not Found', headersOf(WORDY, 'INVITE'))],
  ])
}

/** Writes the call of several legs to a pcap. */
export function writeChainCall(path: string): void {
  const steps = Array.from({ length: CHAIN.legs }, (_, leg): Step[] => {
    const call = { to: CHAIN.to, callId: `${leg}-${CHAIN.callId}` }
    const invite = `${headersOf(call, 'INVITE')}\r\nX-CID: ${CHAIN.callId}`
    const [one, next] = [10, 11].map((host) => ({ address: `192.0.2.${host + leg}`, port: 5060 }))
    assert.ok(one !== undefined && next !== undefined)
    return [
      [500_000 + leg, [one, next], request('INVITE', CHAIN.to, invite)],
      [500_080 + leg, [next, one], response('404 Not Found', invite)],
    ]
  })
  writeSteps(path, steps.flat())
}

/** Writes the call over IPv6 to a pcap of raw IP. */
export function writeIp6Call(path: string): void {
  const format = { linkType: LINK_TYPE_RAW_IP, snapLength: 65_535, isNanosecond: false }
  const file = Buffer.alloc(8192)
  let at = writePcapHeader(file, 0, format)
  const writer = new UdpFrameWriter('')
  const invite = headersOf(IP6, 'INVITE')
  const add = (offsetMs: number, [from, to]: [End, End], text: string) => {
    const ends = {
      src: bytesOf(from.address),
      srcPort: from.port,
      dst: bytesOf(to.address),
      dstPort: to.port,
    }
    const tUs = START_US + offsetMs * 1000
    const frame = writer.write({ ...ends, tUs, payload: Buffer.from(text) })
    assert.ok(frame !== undefined)
    at = writePcapRecord(file, at, { ...frame, subUsNs: 0 }, format)
  }
  add(300_000, [IP6.from, IP6.at], request('INVITE', IP6.to, invite))
  add(300_080, [IP6.at, IP6.from], response('404 Not Found', invite))
  writeFileSync(path, file.subarray(0, at))
}

function writeSteps(path: string, steps: readonly Step[]): void {
  const file = new PcapFile(path)
  for (const [offsetMs, [from, to], text] of steps) {
    const ends = {
      src: addressOf(from.address),
      srcPort: from.port,
      dst: addressOf(to.address),
      dstPort: to.port,
    }
    file.udp(START_US + offsetMs * 1000, ends, Buffer.from(text))
  }
  file.close()
}

type Step = [offsetMs: number, ends: [End, End], text: string]
const OUT: [End, End] = [ALICE, PROXY]
const BACK: [End, End] = [PROXY, ALICE]

function answered(): Step[] {
  const invite = headersOf(ANSWERED, 'INVITE')
  const bye = headersOf(ANSWERED, 'BYE', 2)
  return [
    [0, OUT, request('INVITE', ANSWERED.to, invite, SDP)],
    [20, BACK, response('100 Trying', invite)],
    [900, BACK, response('180 Ringing', invite)],
    [4000, BACK, response('200 OK', invite, SDP)],
    [4020, OUT, request('ACK', ANSWERED.to, headersOf(ANSWERED, 'ACK'))],
    [34_000, OUT, request('BYE', ANSWERED.to, bye)],
    [34_020, BACK, response('200 OK', bye)],
  ]
}

function failed(): Step[] {
  const invite = headersOf(FAILED, 'INVITE')
  return [
    [60_000, OUT, request('INVITE', FAILED.to, invite, SDP)],
    [60_020, BACK, response('100 Trying', invite)],
    [60_700, BACK, response('180 Ringing', invite)],
    [63_100, BACK, response('486 Busy Here', invite)],
    [63_120, OUT, request('ACK', FAILED.to, headersOf(FAILED, 'ACK'))],
  ]
}

/** An INVITE with its answer, then requests inside the call until there are enough messages. */
function long(): Step[] {
  const steps: Step[] = []
  for (let cseq = 1; cseq <= LONG.messages / 2; cseq++) {
    const method = cseq === 1 ? 'INVITE' : 'INFO'
    const headers = headersOf(LONG, method, cseq)
    steps.push([200_000 + cseq * 100, OUT, request(method, LONG.to, headers)])
    steps.push([200_050 + cseq * 100, BACK, response('200 OK', headers)])
  }
  return steps
}

function hostile(): Step[] {
  const invite = headersOf(HOSTILE, 'INVITE').replace(
    /^From: .*$/m,
    [
      `From: "${HOSTILE_NAME.replaceAll('"', '\\"')}" <sip:mallory\u202Eecila@192.0.2.66>;tag=a`,
      `P-Asserted-Identity: <sip:${HOSTILE.asserted}@192.0.2.66>`,
      `Contact: ${HOSTILE.contact}`,
    ].join('\r\n'),
  )
  return [
    [120_000, OUT, request('INVITE', HOSTILE.to, invite)],
    [120_050, BACK, response('403 <b onclick=alert(1)>Forbidden</b>', invite)],
  ]
}

function headersOf(call: { to: string; callId: string }, method: string, cseq = 1): string {
  return [
    `Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-${call.callId}-${method}`,
    'From: "Alice" <sip:+441632960123@example.com>;tag=a',
    `To: <sip:${call.to}@example.com>`,
    `Call-ID: ${call.callId}`,
    `CSeq: ${cseq} ${method}`,
    'User-Agent: Sample Phone 1.0',
  ].join('\r\n')
}

function request(method: string, to: string, headers: string, body = ''): string {
  return `${method} sip:${to}@example.com SIP/2.0\r\n${headers}\r\n${bodyOf(body)}`
}

function response(status: string, headers: string, body = ''): string {
  return `SIP/2.0 ${status}\r\n${headers}\r\n${bodyOf(body)}`
}

function bytesOf(address: string): Uint8Array {
  const bytes = addressBytes(address)
  assert.ok(bytes !== undefined)
  return bytes
}

function bodyOf(body: string): string {
  const type = body === '' ? '' : 'Content-Type: application/sdp\r\n'
  return `${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
