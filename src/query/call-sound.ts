// Legs of one call in, what their sound is made of out: the streams of the leg that was captured
// best and of those before and after it, who speaks in each, their keys, and their packets. Legs of
// the same time carry the same voices a moment later. Makes no sound itself.
import { Failure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import type { Stream } from '../calls/stream.ts'
import type { CapturedRtp, SoundCodec, SoundSide, SoundStream } from '../audio/sound.ts'
import { DtlsHandshakes } from '../rtp/srtp/dtls-keys.ts'
import { sdesKeys } from '../rtp/srtp/sdes-keys.ts'
import type { SrtpKey } from '../rtp/srtp/srtp-key.ts'
import { SipMessage } from '../sip/message.ts'
import type { SecretSource } from '../source/key-log.ts'
import type { UnreadListener } from '../store/block-reader.ts'
import type { Finder, StoredHandshake } from './finder.ts'

/** Master keys of the legs that are heard; each description names one or two. */
const KEYS_MAX = 64
/** Whoever hands a call over still sends when the next leg begins. */
const HANDED_OVER_US_MAX = 1_000_000

/** What a rendering takes, and what it was taken from. */
export interface CallSound {
  /** The first that is heard. */
  readonly leg: Leg
  readonly streams: readonly SoundStream[]
  /** The measured streams, in the order of `streams`. */
  readonly sources: readonly Stream[]
  /** In the order of capture; may be gone through more than once. */
  packets(): AsyncIterable<CapturedRtp>
}

/** What a sound is read with. */
export interface SoundReading {
  /** Keys that were agreed on by DTLS need them. */
  readonly secrets?: SecretSource | undefined
  readonly onUnread?: UnreadListener | undefined
}

/**
 * Finds what the sound of these legs is made of. Packets that cannot be read are left out, and told
 * to `onUnread` as they are gone through.
 * @throws Failure `not-found` where no sound was captured, `conflict` where all of it is encrypted
 * and no key is known
 */
export async function callSoundOf(
  finder: Finder,
  legs: readonly Leg[],
  reading: SoundReading = {},
): Promise<CallSound> {
  const audible = (await finder.streamsOf(legs)).filter(isAudible)
  const heard = heardLegs(legs, audible)
  const sources = seenOnce(heard.flatMap(({ streams }) => streams))
  return soundOfStreams(
    finder,
    heard.map(({ leg }) => leg),
    sources,
    sideByDirection,
    reading,
  )
}

/**
 * The sound of streams of these legs that somebody has chosen, and knows whose they are.
 * @throws Failure `not-found` for none, `conflict` where all are encrypted and no key is known
 */
export async function soundOfStreams(
  finder: Finder,
  legs: readonly Leg[],
  sources: readonly Stream[],
  sideOf: (stream: Stream) => SoundSide,
  { secrets, onUnread }: SoundReading,
): Promise<CallSound> {
  const [leg] = legs
  if (leg === undefined || sources.length === 0) {
    throw new Failure('not-found', 'no sound of this call was captured')
  }
  const needsKeys = sources.some(isDoubtful)
  const unread = new Set<string>()
  const note = (reason: string) => void unread.add(reason)
  const { keys: sdes, isSecure } = needsKeys ? await secretsOf(finder, legs, note) : NO_SECRETS
  const handshakes = finder.handshakesOf(sources, note)
  const dtls = needsKeys && secrets ? await dtlsKeysIn(handshakes, secrets) : []
  const keys = [...sdes, ...dtls]
  const isEncrypted = (one: Stream) => one.isEncrypted || (one.protection === 'unknown' && isSecure)
  if (keys.length === 0 && sources.every(isEncrypted)) {
    for (const reason of unread) onUnread?.(reason)
    const untold = ['the sound of this call is encrypted and its key is not known', ...unread]
    throw new Failure('conflict', untold.slice(0, 2).join(': '))
  }
  const streams = sources.map((source, id) => ({
    id,
    ssrc: source.ssrc,
    side: sideOf(source),
    codecs: codecsOf(source),
    isEncrypted: isEncrypted(source),
    keys,
  }))
  return { leg, streams, sources, packets: () => packetsOf(finder, sources, onUnread) }
}

function sideByDirection({ direction }: Stream): SoundSide {
  return direction === 'from-callee' ? 'callee' : 'caller'
}

function isAudible({ mediaType, direction, legKey, codec }: Stream): boolean {
  return (
    (mediaType === 'audio' || (mediaType === null && codec !== null)) &&
    direction !== null &&
    legKey !== null
  )
}

/** A leg with its streams that can be heard, and when they were. */
interface HeardLeg {
  readonly leg: Leg
  readonly streams: readonly Stream[]
  readonly startUs: number
  readonly endUs: number
}

/**
 * The best to listen to, and those before and after it: a call that is handed over goes on in
 * another leg. In order of time.
 */
function heardLegs(legs: readonly Leg[], streams: readonly Stream[]): HeardLeg[] {
  const bestFirst = legs
    .map((leg) => heardLeg(leg, streams))
    .filter((each) => each.streams.length > 0)
    .toSorted((a, b) => packetsOfBoth(b) - packetsOfBoth(a) || packetsOfAny(b) - packetsOfAny(a))
  const heard: HeardLeg[] = []
  for (const each of bestFirst) {
    if (!heard.some((better) => togetherUs(each, better) > HANDED_OVER_US_MAX)) heard.push(each)
  }
  return heard.toSorted((a, b) => a.startUs - b.startUs)
}

function heardLeg(leg: Leg, all: readonly Stream[]): HeardLeg {
  const streams = all.filter(({ legKey }) => legKey === leg.legKey)
  const startUs = Math.min(...streams.map((stream) => stream.startUs))
  const endUs = Math.max(...streams.map((stream) => stream.endUs))
  return { leg, streams, startUs, endUs }
}

/** Of its quieter side. */
function packetsOfBoth({ streams }: HeardLeg): number {
  return Math.min(packetsFrom(streams, 'from-caller'), packetsFrom(streams, 'from-callee'))
}

function packetsOfAny({ streams }: HeardLeg): number {
  return packetsFrom(streams, 'from-caller') + packetsFrom(streams, 'from-callee')
}

/** How long two were there at the same time; negative where they were not. */
function togetherUs(a: Pick<HeardLeg, 'startUs' | 'endUs'>, b: typeof a): number {
  return Math.min(a.endUs, b.endUs) - Math.max(a.startUs, b.startUs)
}

/**
 * A stream that passed several capture points is there several times at once: its fullest copy is
 * heard, but rather one in the clear, which needs no key. One that goes on between other ends (a
 * new address, another gateway) follows it in time.
 */
function seenOnce(streams: readonly Stream[]): readonly Stream[] {
  const bestFirst = streams.toSorted((a, b) => {
    return Number(isDoubtful(a)) - Number(isDoubtful(b)) || distinctPackets(b) - distinctPackets(a)
  })
  const kept = new Set<Stream>()
  for (const stream of bestFirst) {
    if (![...kept].some((better) => isCopy(stream, better))) kept.add(stream)
  }
  return streams.filter((stream) => kept.has(stream))
}

function distinctPackets({ packets, duplicates }: Stream): number {
  return packets - duplicates
}

/** It is encrypted, or may be. */
function isDoubtful({ isEncrypted, protection }: Stream): boolean {
  return isEncrypted || protection === 'unknown'
}

/** Whether a stream is there with a better one of the same voice for most of its time. */
function isCopy(stream: Stream, better: Stream): boolean {
  if (better.direction !== stream.direction) return false
  const isSame = better.ssrc === stream.ssrc || isSentOn(better, stream) || isSentOn(stream, better)
  return isSame && togetherUs(better, stream) >= (stream.endUs - stream.startUs) / 2
}

/**
 * Relays that transcode, and those that hide who is behind them, send what they received on under
 * SSRCs of their own. On one host nothing tells a relay's streams from others.
 */
function isSentOn(from: Stream, to: Stream): boolean {
  return from.dst === to.src && from.src !== from.dst && to.src !== to.dst
}

function packetsFrom(streams: readonly Stream[], from: Stream['direction']): number {
  return streams
    .filter(({ direction }) => direction === from)
    .reduce((sum, { packets }) => sum + packets, 0)
}

function codecsOf(source: Stream): Map<number, SoundCodec> {
  const codecs = new Map<number, SoundCodec>()
  for (const { payloadType, codec, clockRateHz, channels, fmtp } of source.payloadTypes) {
    if (codec === null) continue
    codecs.set(payloadType, {
      name: codec,
      clockRateHz: clockRateHz ?? 0,
      channels: channels ?? 1,
      fmtp: fmtp ?? undefined,
    })
  }
  return codecs
}

/** What the descriptions of legs say of their protection. */
interface Secrets {
  /** Every master key that either side names: the right one is tried out. */
  readonly keys: readonly SrtpKey[]
  /** Whether a secure profile is agreed on, with keys in sight or without (RFC 3711 §12). */
  readonly isSecure: boolean
}

const NO_SECRETS: Secrets = { keys: [], isSecure: false }

async function secretsOf(
  finder: Finder,
  legs: readonly Leg[],
  onUnread: UnreadListener,
): Promise<Secrets> {
  const keys = new Map<string, SrtpKey>()
  let isSecure = false
  const message = new SipMessage()
  for await (const { bytes } of finder.messagesWithBytes(legs, onUnread)) {
    if (keys.size >= KEYS_MAX || !message.read(bytes, 0, bytes.length)) continue
    for (const { crypto, protocol } of message.sdp?.media ?? []) {
      isSecure ||= /SAVP/i.test(protocol)
      for (const key of crypto.flatMap(sdesKeys)) {
        const id = [key.suite, key.masterKey.toString('hex'), key.masterSalt.toString('hex')]
        keys.set([...id, key.mki.toString('hex')].join(' '), key)
      }
    }
  }
  return { keys: [...keys.values()].slice(0, KEYS_MAX), isSecure }
}

/** Keys of these handshakes, where their secrets are known. */
async function dtlsKeysIn(
  stored: AsyncIterable<StoredHandshake>,
  secrets: SecretSource,
): Promise<SrtpKey[]> {
  const handshakes = new DtlsHandshakes()
  for await (const { ends, bytes } of stored) handshakes.push(ends, bytes)
  return handshakes.keys(secrets)
}

/** @throws Failure `not-found` where there are packets, and none of them can be read */
async function* packetsOf(
  finder: Finder,
  sources: readonly Stream[],
  onUnread: UnreadListener | undefined,
): AsyncGenerator<CapturedRtp> {
  const ids = new Map(sources.map(({ streamKey }, id) => [streamKey, id]))
  let isAny = false
  let firstUnread: string | undefined
  const packets = finder.packetsOf(sources, (reason) => {
    firstUnread ??= reason
    onUnread?.(reason)
  })
  for await (const { streamKey, tUs, bytes } of packets) {
    const streamId = ids.get(streamKey)
    if (streamId === undefined) continue
    isAny = true
    yield { streamId, tUs, bytes }
  }
  if (!isAny && firstUnread !== undefined) throw new Failure('not-found', firstUnread)
}
