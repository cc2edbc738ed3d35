// Captured RTP of several streams in, packets that can be heard out: decrypted, without padding,
// redundancy unpacked, each with its codec. What fails is counted and not handed on.
import { packetParts, payloadOf } from '../rtp/packet-parts.ts'
import { SrtpReceiver } from '../rtp/srtp/srtp-receiver.ts'
import { staticPayload } from '../sip/sdp/payload-type.ts'
import { codecKey, type HeardPacket } from './heard-packet.ts'
import { unpackRedundancy } from './redundancy.ts'
import type {
  CapturedRtp,
  CapturedRtpSource,
  SoundCodec,
  SoundStream,
  StreamAccount,
} from './sound.ts'

/** One stream while its packets are opened. */
interface Opening {
  readonly stream: SoundStream
  readonly account: StreamAccount
  /** Undefined for a stream in the clear. */
  readonly receiver: SrtpReceiver | undefined
  /** By payload type, so that one codec is one object. */
  readonly codecs: Map<number, SoundCodec | undefined>
}

/** Opens packets in their order; those of unknown streams are passed over. */
export async function* openPackets(
  source: CapturedRtpSource,
  streams: readonly SoundStream[],
  accounts: readonly StreamAccount[],
): AsyncGenerator<HeardPacket> {
  const openings = new Map<number, Opening>()
  for (const [i, stream] of streams.entries()) {
    const account = accounts[i]
    if (account === undefined) continue
    const receiver = stream.isEncrypted ? new SrtpReceiver(stream.keys) : undefined
    openings.set(stream.id, { stream, account, receiver, codecs: new Map() })
  }
  for await (const captured of source) {
    const opening = openings.get(captured.streamId)
    if (opening === undefined) continue
    opening.account.packets++
    const packet = openOne(opening, captured)
    if (packet === undefined) continue
    if (codecKey(packet.codec) !== 'red') yield packet
    else yield* unpackRedundancy(packet, (payloadType) => codecOf(opening, payloadType))
  }
}

function openOne(opening: Opening, captured: CapturedRtp): HeardPacket | undefined {
  const { streamId, tUs } = captured
  const { receiver, account } = opening
  const bytes = receiver === undefined ? captured.bytes : receiver.open(captured.bytes)
  account.unauthentic = receiver?.counts.unauthentic ?? 0
  account.duplicates = receiver?.counts.replayed ?? 0
  if (bytes === undefined) return undefined
  const parts = packetParts(bytes)
  if (parts === undefined) return undefined
  return {
    streamId,
    tUs,
    sequenceNumber: parts.sequenceNumber,
    timestamp: parts.timestamp,
    payloadType: parts.payloadType,
    isMarked: parts.isMarked,
    payload: payloadOf(bytes, parts),
    codec: codecOf(opening, parts.payloadType),
    isRedundant: false,
  }
}

function codecOf({ stream, codecs }: Opening, payloadType: number): SoundCodec | undefined {
  if (codecs.has(payloadType)) return codecs.get(payloadType)
  const codec = stream.codecs.get(payloadType) ?? staticCodec(payloadType)
  codecs.set(payloadType, codec)
  return codec
}

function staticCodec(payloadType: number): SoundCodec | undefined {
  const payload = staticPayload(payloadType)
  return payload === undefined ? undefined : { ...payload }
}
