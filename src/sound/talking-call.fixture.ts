// A whole call for tests as the bytes of its capture: INVITE, answer, two sides that talk G.711, a
// digit, BYE; in the clear or under SRTP. Written apart from what it tests, by the RFCs' layouts.
import { createCipheriv, createHmac } from 'node:crypto'
import { rtpPacket } from '../audio/captured-rtp.fixture.ts'
import { speechLike } from '../audio/ffmpeg.fixture.ts'
import { captureOf } from '../query/store.fixture.ts'
import { deriveSessionKeys } from '../rtp/srtp/key-derivation.ts'
import type { SrtpKey } from '../rtp/srtp/srtp-key.ts'

const ETHERNET = 1
const START_US = 1_700_000_000_000_000n
const ALICE = { address: [10, 0, 0, 1], sip: 5_060, rtp: 20_000 } as const
const BOB = { address: [10, 0, 0, 2], sip: 5_060, rtp: 30_000 } as const
/** A relay, as either of them sees it. */
const BY_ALICE = { address: [10, 0, 0, 3], sip: 5_060, rtp: 40_000 } as const
const BY_BOB = { ...BY_ALICE, rtp: 40_002 } as const
type End = typeof ALICE | typeof BOB | typeof BY_ALICE | typeof BY_BOB
const KEYS = [Buffer.alloc(30, 1), Buffer.alloc(30, 2)] as const

export interface TalkingCall {
  readonly capture: Buffer
  readonly caller: Float32Array
  readonly callee: Float32Array
}

export interface TalkingCallOptions {
  /** A leg of another Call-ID, which begins so long after the first and names it. */
  readonly follows?: { readonly callId: string; readonly afterUs: number }
  /** The caller asks for a transfer at its end. */
  readonly transfers?: boolean
  /** Packets of either side; 20 ms each. */
  readonly packets?: number
  /** From this packet on the caller's media has another port: a translator forgot the first. */
  readonly movesAt?: number
  /**
   * Media passes a relay, which sends it on 5 ms later, to Bob in the clear: under its SSRCs, or
   * under others.
   */
  readonly relay?: 'keeps-ssrcs' | 'has-others'
  /** The caller also tells the digit by INFO, so long after its event began, µs. */
  readonly infosUs?: readonly number[]
  readonly isEncrypted?: boolean
  /** Whether its descriptions name the keys, where it is encrypted. */
  readonly hasKey?: boolean
  /**
   * Keys and salts of both sides that DTLS agreed on, and what passed; the caller was its client.
   */
  readonly dtls?: {
    readonly keys: readonly [Buffer, Buffer]
    readonly datagrams: readonly { readonly isFromClient: boolean; readonly bytes: Buffer }[]
  }
}

export function talkingCall(options: TalkingCallOptions = {}): TalkingCall {
  const { packets = 150, dtls, follows, isEncrypted = dtls !== undefined, hasKey = true } = options
  const [callerKey, calleeKey] = dtls?.keys ?? KEYS
  const seconds = packets / 50
  const caller = speechLike(8_000, seconds)
  const callee = speechLike(8_000, seconds + 2).slice(16_000)
  const by = dtls !== undefined ? 'dtls' : !isEncrypted ? 'nothing' : hasKey ? 'sdes' : 'unknown'
  const { relay } = options
  const signal = signalsOf(follows?.callId ?? FIRST_CALL_ID)
  const offer = (sdp: string) => signal(true, 'INVITE sip:bob@b.test SIP/2.0', '1 INVITE', sdp)
  const answer = (sdp: string) => signal(false, 'SIP/2.0 200 OK', '1 INVITE', sdp)
  const frames: { us: number; bytes: Buffer }[] = [
    { us: 110_000, bytes: signal(true, 'ACK sip:bob@b.test SIP/2.0', '1 ACK', '') },
  ]
  if (relay !== undefined) {
    frames.push(
      { us: 0, bytes: between(offer(sdpOf(0, by)), ALICE, BY_ALICE) },
      { us: 1_000, bytes: between(offer(sdpOf(0, 'nothing', BY_BOB)), BY_BOB, BOB) },
      { us: 99_000, bytes: between(answer(sdpOf(1, 'nothing')), BOB, BY_BOB) },
      { us: 100_000, bytes: between(answer(sdpOf(1, by, BY_ALICE)), BY_ALICE, ALICE) },
    )
  } else {
    frames.push({ us: 0, bytes: offer(sdpOf(0, by)) }, { us: 100_000, bytes: answer(sdpOf(1, by)) })
  }
  for (const [i, { isFromClient, bytes }] of (dtls?.datagrams ?? []).entries()) {
    frames.push({ us: 111_000 + i * 100, bytes: media(isFromClient, bytes) })
  }
  for (const [side, samples] of [caller, callee].entries()) {
    for (let i = 0; i < packets; i++) {
      const payload = Buffer.alloc(160)
      for (let at = 0; at < 160; at++) payload[at] = toMuLaw(samples[i * 160 + at] ?? 0)
      const ssrc = 0x1000 + side
      const place = { sequenceNumber: i + 100, timestamp: i * 160, ssrc }
      const clear = rtpPacket({ payloadType: 0, payload, ...place })
      const seal = (packet: Uint8Array) =>
        isEncrypted ? protect(packet, side === 0 ? callerKey : calleeKey) : packet
      const us = 120_000 + i * 20_000
      if (relay !== undefined) {
        const onwardSsrc = relay === 'keeps-ssrcs' ? ssrc : ssrc + 0x100
        const [bytes, onward] = relayed(side === 0, { clear, onwardSsrc, seal })
        frames.push({ us, bytes }, { us: us + 5_000, bytes: onward })
      } else {
        frames.push({ us, bytes: media(side === 0, seal(clear)) })
      }
    }
  }
  if (packets > 0 && !isEncrypted && relay === undefined) frames.push(...digitSeven(packets))
  const { infosUs = [] } = options
  for (const [i, us] of infosUs.entries()) {
    const bytes = signal(true, 'INFO sip:bob@b.test SIP/2.0', `${i + 2} INFO`, 'Signal=7\r\n')
    frames.push({ us: 120_000 + packets * 20_000 + us, bytes })
  }
  const end = 200_000 + packets * 20_000 + Math.max(0, ...infosUs)
  if (options.transfers === true) {
    frames.push({
      us: end - 20,
      bytes: signal(true, 'REFER sip:bob@b.test SIP/2.0', '8 REFER', ''),
    })
    frames.push({ us: end - 10, bytes: signal(false, 'SIP/2.0 202 Accepted', '8 REFER', '') })
  }
  frames.push({ us: end, bytes: signal(true, 'BYE sip:bob@b.test SIP/2.0', '9 BYE', '') })
  frames.push({ us: end + 5_000, bytes: signal(false, 'SIP/2.0 200 OK', '9 BYE', '') })
  const { movesAt = Number.POSITIVE_INFINITY } = options
  for (const { us, bytes } of frames) if (us >= 120_000 + movesAt * 20_000) moveCaller(bytes)
  frames.sort((a, b) => a.us - b.us)
  const captured = frames.map(({ us, bytes }) => ({
    interfaceId: 0,
    ticks: START_US + BigInt(us + (follows?.afterUs ?? 0)),
    bytes,
  }))
  return { capture: captureOf([{ linkType: ETHERNET }], captured), caller, callee }
}

/** Three packets of RFC 4733 after the caller's last words. */
function digitSeven(packets: number): { us: number; bytes: Buffer }[] {
  return [160, 320, 480].map((duration, i) => {
    const payload = Uint8Array.of(7, i === 2 ? 0x8a : 0x0a, duration >> 8, duration & 255)
    const place = { sequenceNumber: packets + 100 + i, timestamp: packets * 160, ssrc: 0x1000 }
    const bytes = media(true, rtpPacket({ payloadType: 101, payload, ...place }))
    return { us: 120_000 + (packets + i) * 20_000, bytes }
  })
}

const PROFILES = {
  nothing: 'RTP/AVP',
  sdes: 'RTP/SAVP',
  dtls: 'UDP/TLS/RTP/SAVPF',
  unknown: 'RTP/SAVP',
}

function sdpOf(
  side: 0 | 1,
  by: 'nothing' | 'sdes' | 'dtls' | 'unknown',
  { address, rtp }: End = side === 0 ? ALICE : BOB,
): string {
  const inline = KEYS[side].toString('base64')
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${address.join('.')}`,
    's=-',
    `c=IN IP4 ${address.join('.')}`,
    't=0 0',
    `m=audio ${rtp} ${PROFILES[by]} 0 101`,
    'a=rtpmap:101 telephone-event/8000',
    ...(by === 'sdes' ? [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${inline}`] : []),
    ...(by === 'dtls' ? ['a=setup:actpass', `a=fingerprint:sha-256 ${'AB:'.repeat(31)}CD`] : []),
  ]
  return `${lines.join('\r\n')}\r\n`
}

const SDP = 'application/sdp'
const DTMF = 'application/dtmf-relay'

const FIRST_CALL_ID = 'talk'

function signalsOf(callId: string) {
  return (isFromAlice: boolean, start: string, cseq: string, body: string): Buffer => {
    const message = [
      start,
      'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-talk',
      'From: <sip:alice@a.test>;tag=a',
      `To: <sip:bob@b.test>${start.startsWith('INVITE') ? '' : ';tag=b'}`,
      `Call-ID: ${callId}`,
      ...(callId === FIRST_CALL_ID ? [] : [`X-CID: ${FIRST_CALL_ID}`]),
      `CSeq: ${cseq}`,
      'Contact: <sip:alice@10.0.0.1>',
      ...(body === '' ? [] : [`Content-Type: ${body.startsWith('v=') ? SDP : DTMF}`]),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
    return udp(isFromAlice, 'sip', Buffer.from(message))
  }
}

function media(isFromAlice: boolean, packet: Uint8Array): Buffer {
  return udp(isFromAlice, 'rtp', packet)
}

/** Sets the ends of a frame; of media on the side of the relay its port too. */
function between(frame: Buffer, from: End, to: End): Buffer {
  frame.set(from.address, 26)
  frame.set(to.address, 30)
  if (frame.readUInt16BE(34) === ALICE.sip) return frame
  frame.writeUInt16BE(from.rtp, 34)
  frame.writeUInt16BE(to.rtp, 36)
  return frame
}

interface RelayedPacket {
  readonly clear: Uint8Array
  readonly onwardSsrc: number
  readonly seal: (packet: Uint8Array) => Uint8Array
}

/** What is sent to the relay and what that sends on; sealed on the side of Alice. */
function relayed(
  isFromAlice: boolean,
  { clear, onwardSsrc, seal }: RelayedPacket,
): [sent: Buffer, onward: Buffer] {
  const other = Buffer.from(clear)
  other.writeUInt32BE(onwardSsrc, 8)
  if (isFromAlice) {
    return [
      between(media(true, seal(clear)), ALICE, BY_ALICE),
      between(media(true, other), BY_BOB, BOB),
    ]
  }
  return [
    between(media(false, clear), BOB, BY_BOB),
    between(media(false, seal(other)), BY_ALICE, ALICE),
  ]
}

function moveCaller(frame: Buffer): void {
  for (const at of [34, 36]) {
    if (frame.readUInt16BE(at) === ALICE.rtp) frame.writeUInt16BE(ALICE.rtp + 2, at)
  }
}

/** Ethernet, IPv4 and UDP around a payload; checksums are left out, as offloading leaves them. */
function udp(isFromAlice: boolean, port: 'sip' | 'rtp', payload: Uint8Array): Buffer {
  const [from, to] = isFromAlice ? [ALICE, BOB] : [BOB, ALICE]
  const header = Buffer.alloc(42)
  header.writeUInt16BE(0x0800, 12)
  header[14] = 0x45
  header.writeUInt16BE(28 + payload.length, 16)
  header[22] = 64
  header[23] = 17
  header.set(from.address, 26)
  header.set(to.address, 30)
  header.writeUInt16BE(from[port], 34)
  header.writeUInt16BE(to[port], 36)
  header.writeUInt16BE(8 + payload.length, 38)
  return Buffer.concat([header, payload])
}

/** RFC 3711 at rollover counter 0, AES-CM with 80 bits of HMAC-SHA1. */
function protect(packet: Uint8Array, inline: Buffer): Buffer {
  const suite = 'AES_CM_128_HMAC_SHA1_80'
  const clear = {
    isUnencryptedSrtp: false,
    isUnencryptedSrtcp: false,
    isUnauthenticatedSrtp: false,
  }
  const [masterKey, masterSalt] = [inline.subarray(0, 16), inline.subarray(16)]
  const key: SrtpKey = { suite, masterKey, masterSalt, mki: Buffer.alloc(0), ...clear }
  const { encryption, authentication, salt } = deriveSessionKeys(key, 'rtp')
  const bytes = Buffer.from(packet)
  const saltBits = BigInt(`0x${salt.toString('hex')}`) << 16n
  const index = BigInt(bytes.readUInt16BE(2)) << 16n
  const ssrc = BigInt(bytes.readUInt32BE(8)) << 64n
  const iv = Buffer.from((saltBits ^ ssrc ^ index).toString(16).padStart(32, '0'), 'hex')
  const body = createCipheriv('aes-128-ctr', encryption, iv).update(bytes.subarray(12))
  const sealed = Buffer.concat([bytes.subarray(0, 12), body])
  const hmac = createHmac('sha1', authentication).update(sealed).update(Buffer.alloc(4))
  return Buffer.concat([sealed, hmac.digest().subarray(0, 10)])
}

/** ITU-T G.711 µ-law of a sample from -1 to 1. */
function toMuLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(Math.round(sample * 32_768)), 32_635) + 0x84
  const segment = Math.max(0, 24 - Math.clz32(magnitude))
  const code = (segment << 4) | ((magnitude >> (segment + 3)) & 15)
  return (sample < 0 ? ~(code | 0x80) : ~code) & 0xff
}
