// For tests of media: SIP messages and packets in, a few words each; what a tracker that is fed
// with them hands on out. Times are ms from an arbitrary start.
import assert from 'node:assert/strict'
import { AddressTable } from '../base/address-table.ts'
import { limits, type Limits } from '../base/limits.ts'
import { datagramOf, REF_SCALE, START_US, steadyPackets } from '../rtp/rtp-packets.fixture.ts'
import { SipMessage } from '../sip/message.ts'
import type { MediaTimes } from './media-times.ts'
import { MediaTracker } from './media-tracker.ts'
import type { StreamRecord } from './stream-record.ts'

export const CALLER = '10.0.0.1'
export const CALLEE = '10.0.0.2'

export function tracked(wish: { limits?: Partial<Limits>; times?: MediaTimes } = {}) {
  const records: StreamRecord[] = []
  const tracker = new MediaTracker({
    addresses: new AddressTable(),
    refScale: REF_SCALE,
    emit: (record) => records.push(record),
    limits: { ...limits, ...wish.limits },
    ...(wish.times === undefined ? {} : { times: wish.times }),
  })
  const message = new SipMessage()
  return {
    tracker,
    records,
    /** A SIP message, `ms` after the start. */
    say: (ms: number, text: string): void => {
      const bytes = Buffer.from(text.replaceAll('\n', '\r\n'))
      assert(message.read(bytes, 0, bytes.length, { isDatagram: true }))
      const pieces = [{ ref: REF_SCALE, offset: 0, length: bytes.length }]
      const ends = { src: 1, srcPort: 5060, dst: 2, dstPort: 5060, transport: 17 } as const
      tracker.message(message, { ...ends, tUs: START_US + ms * 1000, pieces })
    },
    play: (...plans: Parameters<typeof steadyPackets>): void => {
      for (const plan of steadyPackets(...plans)) tracker.datagram(datagramOf(plan))
    },
    end: (): readonly StreamRecord[] => {
      tracker.finish()
      return records
    },
  }
}

export function sdp(address: string, port: number, lines: readonly string[] = []): string {
  const media = lines.some((line) => line.startsWith('m=')) ? [] : [`m=audio ${port} RTP/AVP 0 8`]
  return [
    'v=0',
    'o=- 1 1 IN IP4 x',
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    ...media,
    ...lines,
    '',
  ].join('\n')
}

export function invite(body: string, callId = 'call-1', to = ''): string {
  return request('INVITE', callId, `From: <sip:a@x>;tag=A`, `To: <sip:b@x>${to}`, body)
}

export function answer(body: string, status = '200 OK', callId = 'call-1'): string {
  return `SIP/2.0 ${status}
Via: SIP/2.0/UDP x;branch=z9hG4bK1
From: <sip:a@x>;tag=A
To: <sip:b@x>;tag=B
Call-ID: ${callId}
CSeq: 1 INVITE
Content-Type: application/sdp
Content-Length: ${body.replaceAll('\n', '\r\n').length}

${body}`
}

export function request(
  method: string,
  callId: string,
  from: string,
  to: string,
  body = '',
): string {
  return `${method} sip:b@x SIP/2.0
Via: SIP/2.0/UDP x;branch=z9hG4bK1
${from}
${to}
Call-ID: ${callId}
CSeq: 1 ${method}
Content-Type: application/sdp
Content-Length: ${body.replaceAll('\n', '\r\n').length}

${body}`
}

/** The same message in another exchange. */
export function again(cseq: number, message: string): string {
  return message.replace('CSeq: 1', `CSeq: ${cseq}`)
}

export const BYE = (callId = 'call-1') =>
  request('BYE', callId, 'From: <sip:a@x>;tag=A', 'To: <sip:b@x>;tag=B')
