// Captured RTP of one call in, its sound out, piece by piece: each stream is played out in true
// time, those of one side are added, and both sides are laid out as wanted. Memory is bounded by
// seconds, not by the length of the call. Throws nothing but what a foreign decoder throws.
import { ChannelTimeline } from './channel-timeline.ts'
import type { SoundDecoder } from './codecs/sound-decoder.ts'
import { decodeForeign } from './foreign-packets.ts'
import type { HeardPacket } from './heard-packet.ts'
import { layOut } from './layout.ts'
import { soundLimits } from './limits.ts'
import { foreignRateOf, openDecoder, rateOf } from './open-decoder.ts'
import { openPackets } from './open-packets.ts'
import { Playout } from './playout.ts'
import type {
  CapturedRtpSource,
  ForeignDecoder,
  RenderOptions,
  Sound,
  SoundAccount,
  SoundCodec,
  SoundGap,
  SoundPiece,
  SoundSide,
  SoundStream,
  StreamAccount,
} from './sound.ts'
import { SOUND_SIDES } from './sound.ts'

const DEFAULT_RATE_HZ = 8_000
const RATE_HZ_MAX = 48_000
/** Gaps of one reason nearer than this are one gap. */
const GAP_JOIN_US = 100_000

/** Who takes part in a rendering beside our own decoders. */
export interface RenderParts {
  /** Decodes what we cannot; without it such packets leave a gap. */
  readonly foreign?: ForeignDecoder
  /** Hears of each packet before it is played, in the order of capture. */
  listen?(packet: HeardPacket, side: SoundSide): void
}

/** Begins a rendering; its pieces are made as they are asked for. */
export async function renderSound(
  source: CapturedRtpSource,
  streams: readonly SoundStream[],
  options: RenderOptions,
  parts: RenderParts = {},
): Promise<Sound> {
  const rendering = new Rendering(streams.slice(0, soundLimits.streamsMax), options, parts)
  const opened = openPackets(source, streams, rendering.account.streams)
  const { foreign } = parts
  const packets = foreign === undefined ? opened : decodeForeign(opened, foreign)
  // The first piece says when the sound begins.
  const pieces = rendering.pieces(packets)
  const first = await pieces.next()
  return {
    sampleRateHz: rendering.sampleRateHz,
    channels: options.layout === 'stereo' ? 2 : 1,
    startUs: rendering.startUs,
    pieces: withFirst(first, pieces),
    account: rendering.account,
  }
}

/** The rate of a sound of these streams: the highest that one of their codecs has. */
export function soundRateOf(streams: readonly SoundStream[]): number {
  let highest = 0
  for (const { codecs } of streams) {
    for (const codec of codecs.values()) highest = Math.max(highest, rateOf(codec) ?? 0)
  }
  return highest === 0 ? DEFAULT_RATE_HZ : Math.min(highest, RATE_HZ_MAX)
}

async function* withFirst(
  first: IteratorResult<SoundPiece>,
  rest: AsyncGenerator<SoundPiece>,
): AsyncGenerator<SoundPiece> {
  if (first.done !== true) yield first.value
  yield* rest
}

/** One stream's playout and the decoders that were opened for it. */
interface Player {
  readonly side: SoundSide
  readonly playout: Playout
  readonly decoders: Map<SoundCodec, SoundDecoder | undefined>
}

class Rendering {
  readonly sampleRateHz: number
  readonly account: SoundAccount
  readonly #streams: ReadonlyMap<number, SoundStream>
  readonly #accounts = new Map<number, StreamAccount>()
  readonly #options: RenderOptions
  readonly #parts: RenderParts
  readonly #players = new Map<number, Player>()
  readonly #timelines = new Map<SoundSide, ChannelTimeline>()
  readonly #lastGaps = new Map<string, number>()
  /** Zero of the sample numbers while packets are played: the first packet's time. */
  #originUs: number | undefined
  /** Number of the first sample of the result. */
  #firstSample: number | undefined
  #nextSample = 0
  /** The first piece is out: where the sound begins is settled. */
  #isBegun = false

  constructor(streams: readonly SoundStream[], options: RenderOptions, parts: RenderParts) {
    this.#options = options
    this.#parts = parts
    this.sampleRateHz = options.sampleRateHz ?? soundRateOf(streams)
    this.#streams = new Map(streams.map((stream) => [stream.id, stream]))
    const accounts = streams.map(({ id }) => accountOf(id))
    for (const account of accounts) this.#accounts.set(account.streamId, account)
    this.account = { streams: accounts, gaps: [], gapsLeftOut: 0, samples: 0 }
  }

  /** Time of the first sample; right once the first piece is there. */
  get startUs(): number {
    const { startUs } = this.#options
    if (startUs !== undefined) return startUs
    return (this.#originUs ?? 0) + Math.round(((this.#firstSample ?? 0) * 1e6) / this.sampleRateHz)
  }

  async *pieces(packets: AsyncIterable<HeardPacket>): AsyncGenerator<SoundPiece> {
    try {
      let nowUs = Number.NEGATIVE_INFINITY
      for await (const packet of packets) {
        if (this.#originUs === undefined) this.#begin(packet.tUs)
        // A capture whose time goes back a little must not stop the clock.
        nowUs = Math.max(nowUs, packet.tUs)
        if (nowUs - this.#beginUs > soundLimits.soundUsMax) break
        await this.#play(packet)
        for (const { playout } of this.#players.values()) playout.tick(nowUs)
        if (nowUs - soundLimits.lagUs > (this.#options.endUs ?? nowUs)) break
        yield* this.#whole(this.#sampleAt(nowUs - soundLimits.lagUs))
      }
      for (const { playout } of this.#players.values()) playout.tick(Number.POSITIVE_INFINITY)
      yield* this.#rest()
    } finally {
      this.#closeDecoders()
    }
  }

  get #beginUs(): number {
    return this.#options.startUs ?? this.#originUs ?? 0
  }

  #begin(tUs: number): void {
    this.#originUs = tUs
    // Without a wish the sound begins with its first sample, which may lie a little earlier.
    const { startUs } = this.#options
    this.#nextSample = this.#sampleAt(startUs ?? tUs - soundLimits.holdUs)
    if (startUs !== undefined) this.#firstSample = this.#nextSample
    for (const side of SOUND_SIDES) this.#timelines.set(side, new ChannelTimeline(this.#nextSample))
  }

  async #play(packet: HeardPacket): Promise<void> {
    const player = this.#playerOf(packet.streamId)
    if (player === undefined) return
    this.#parts.listen?.(packet, player.side)
    const { codec } = packet
    if (codec !== undefined && packet.decoded === undefined && !player.decoders.has(codec)) {
      const isOurs = foreignRateOf(codec) === undefined
      player.decoders.set(codec, isOurs ? await openDecoder(codec) : undefined)
    }
    player.playout.push(packet)
  }

  #playerOf(streamId: number): Player | undefined {
    const known = this.#players.get(streamId)
    const stream = this.#streams.get(streamId)
    const account = this.#accounts.get(streamId)
    if (known !== undefined || stream === undefined || account === undefined) return known
    const { side, ssrc } = stream
    const decoders = new Map<SoundCodec, SoundDecoder | undefined>()
    const playout = new Playout(
      {
        originUs: this.#originUs ?? 0,
        sampleRateHz: this.sampleRateHz,
        account,
        decoderOf: (codec) => decoders.get(codec),
        place: (at, samples) => this.#place(side, at, samples),
        gap: (startUs, endUs, reason) => this.#gap({ side, startUs, endUs, reason }),
      },
      ssrc,
    )
    const player = { side, playout, decoders }
    this.#players.set(streamId, player)
    return player
  }

  #place(side: SoundSide, at: number, samples: Float32Array): void {
    this.#timelines.get(side)?.add(at, samples)
    if (this.#isBegun || this.#options.startUs !== undefined) return
    this.#firstSample = Math.min(this.#firstSample ?? at, Math.max(at, this.#nextSample))
  }

  #gap(gap: SoundGap): void {
    const { gaps } = this.account
    const key = `${gap.side} ${gap.reason}`
    const lastAt = this.#lastGaps.get(key)
    const last = lastAt === undefined ? undefined : gaps[lastAt]
    if (lastAt !== undefined && last !== undefined && gap.startUs - last.endUs < GAP_JOIN_US) {
      gaps[lastAt] = { ...last, endUs: Math.max(last.endUs, gap.endUs) }
    } else if (gaps.length < soundLimits.gapsMax) {
      this.#lastGaps.set(key, gaps.length)
      gaps.push(gap)
    } else {
      this.account.gapsLeftOut++
    }
  }

  /** A second at a time: a piece is the unit of everybody's work after this. */
  *#whole(until: number): Generator<SoundPiece> {
    while (until - this.#nextSample >= this.sampleRateHz) {
      const piece = this.#piece(this.#nextSample + this.sampleRateHz)
      if ((piece.channels[0]?.length ?? 0) > 0) yield piece
    }
  }

  /** The samples before `until`, laid out. */
  #piece(until: number): SoundPiece {
    this.#isBegun = true
    const first = (this.#firstSample ??= 0)
    const sides = SOUND_SIDES.map((side) => {
      const samples = this.#timelines.get(side)?.take(until) ?? new Float32Array(0)
      return samples.subarray(Math.max(0, first - this.#nextSample))
    })
    this.#nextSample = until
    const channels = layOut(sides, this.#options.layout)
    const startSample = this.account.samples
    this.account.samples += channels[0]?.length ?? 0
    return { startSample, channels }
  }

  *#rest(): Generator<SoundPiece> {
    if (this.#originUs === undefined) return
    const { endUs } = this.#options
    const ends = [...this.#timelines.values()].map(({ end }) => end)
    const until = endUs === undefined ? Math.max(...ends) : this.#sampleAt(endUs)
    yield* this.#whole(until)
    if (this.#nextSample < until) yield this.#piece(until)
  }

  #sampleAt(tUs: number): number {
    return Math.round(((tUs - (this.#originUs ?? 0)) * this.sampleRateHz) / 1e6)
  }

  #closeDecoders(): void {
    for (const { decoders } of this.#players.values()) {
      for (const decoder of decoders.values()) decoder?.close?.()
    }
  }
}

function accountOf(streamId: number): StreamAccount {
  return {
    streamId,
    packets: 0,
    heard: 0,
    duplicates: 0,
    late: 0,
    lost: 0,
    realigned: 0,
    unauthentic: 0,
    undecodable: new Map(),
  }
}
