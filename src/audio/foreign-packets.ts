// Packets in capture order in, the same packets out, those of foreign codecs with their samples. A
// run of some minutes is gathered and decoded at once, for a foreign decoder is a program that must
// be started; each run begins with the last packets of the run before, so that the decoder has
// settled when the new ones come. Without packets of such codecs nothing is gathered.
import type { HeardPacket } from './heard-packet.ts'
import { soundLimits } from './limits.ts'
import { foreignRateOf } from './open-decoder.ts'
import type { ForeignDecoder, SoundCodec } from './sound.ts'

/** Packets of the run before that a decoder hears again. */
const SETTLING_PACKETS = 25

/** What is remembered of one stream's codec from run to run. */
interface Track {
  readonly codec: SoundCodec
  settling: readonly HeardPacket[]
}

type Decoded = Map<HeardPacket, HeardPacket>

/** @throws Failure `unavailable` where the foreign decoder is missing */
export async function* decodeForeign(
  packets: AsyncIterable<HeardPacket>,
  decoder: ForeignDecoder,
): AsyncGenerator<HeardPacket> {
  const tracks = new Map<string, Track>()
  let run: HeardPacket[] = []
  let isForeign = false
  for await (const packet of packets) {
    isForeign ||= packet.codec !== undefined && foreignRateOf(packet.codec) !== undefined
    if (!isForeign) {
      yield packet
      continue
    }
    run.push(packet)
    const span = packet.tUs - (run[0]?.tUs ?? 0)
    if (run.length < soundLimits.foreignPacketsMax && span < soundLimits.foreignUsMax) continue
    yield* decodeRun(run, tracks, decoder)
    run = []
    isForeign = false
  }
  yield* decodeRun(run, tracks, decoder)
}

async function* decodeRun(
  run: readonly HeardPacket[],
  tracks: Map<string, Track>,
  decoder: ForeignDecoder,
): AsyncGenerator<HeardPacket> {
  const decoded: Decoded = new Map()
  for (const [key, packets] of byTrack(run)) {
    const codec = packets[0]?.codec
    if (codec === undefined) continue
    const track = tracks.get(key) ?? { codec, settling: [] }
    tracks.set(key, track)
    const ordered = inSequence(packets)
    await decodeTrack(track, ordered, decoder, decoded)
    track.settling = ordered.slice(-SETTLING_PACKETS)
  }
  for (const packet of run) yield decoded.get(packet) ?? packet
}

async function decodeTrack(
  track: Track,
  ordered: readonly HeardPacket[],
  decoder: ForeignDecoder,
  decoded: Decoded,
): Promise<void> {
  const heard = [...track.settling, ...ordered]
  const payloads = heard.map(({ payload }) => payload)
  const { sampleRateHz, samples } = await decoder(track.codec, payloads)
  for (const [i, packet] of ordered.entries()) {
    const own = samples[track.settling.length + i]
    if (own === undefined) continue
    decoded.set(packet, { ...packet, decoded: { sampleRateHz, samples: own } })
  }
}

function byTrack(run: readonly HeardPacket[]): Map<string, HeardPacket[]> {
  const tracks = new Map<string, HeardPacket[]>()
  for (const packet of run) {
    if (packet.codec === undefined || foreignRateOf(packet.codec) === undefined) continue
    const key = `${packet.streamId} ${packet.payloadType}`
    const track = tracks.get(key)
    if (track === undefined) tracks.set(key, [packet])
    else track.push(packet)
  }
  return tracks
}

/** By sequence number unwrapped along the order of capture; each number once. */
function inSequence(packets: readonly HeardPacket[]): HeardPacket[] {
  let last = packets[0]?.sequenceNumber ?? 0
  const numbered = new Map<number, HeardPacket>()
  for (const packet of packets) {
    const number = last + (((packet.sequenceNumber - last + 0x8000) & 0xffff) - 0x8000)
    last = number
    if (!numbered.has(number)) numbered.set(number, packet)
  }
  return [...numbered].sort(([a], [b]) => a - b).map(([, packet]) => packet)
}
