// One stream's packets in capture order in, its samples in true time out. Lost packets are
// concealed, pauses stay pauses; what no decoder takes is counted and leaves a gap. Decoders are
// brought by the caller, who may have to wait for them; nothing here waits.
import { ComfortNoise } from './codecs/comfort-noise.ts'
import type { SoundDecoder } from './codecs/sound-decoder.ts'
import { Concealment } from './concealment.ts'
import { codecKey, type HeardPacket } from './heard-packet.ts'
import { type HeldPacket, PlayoutBuffer } from './playout-buffer.ts'
import { effectiveClock, PlayoutClock } from './playout-clock.ts'
import { Resampler } from './resampler.ts'
import type { GapReason, SoundCodec, StreamAccount } from './sound.ts'

/** A hole shorter than this is a rounding of timestamps. */
const EXACT_US = 1_000
/** A hole of whatever reason up to this is filled with a guess; longer ones only where lost. */
const GUESS_US = 60_000
/** A hole longer than this ends the resampler's run: silence need not go through it. */
const RUN_US = 500_000
/** Pauses shorter than this are not listed. */
const GAP_US = 60_000
/** Comfort noise runs on until so long before now, where the next packet may still begin. */
const NOISE_LAG_US = 1_500_000
/** Noise made at once, whatever time has passed; the result's lag swallows the rest. */
const NOISE_US_MAX = 60_000_000

export interface PlayoutParts {
  /** Zero of the sample numbers, µs since 1970. */
  readonly originUs: number
  readonly sampleRateHz: number
  readonly account: StreamAccount
  decoderOf(codec: SoundCodec): SoundDecoder | undefined
  /** Samples at the rate of the result, and the number of the first of them. */
  place(at: number, samples: Float32Array): void
  gap(startUs: number, endUs: number, reason: GapReason): void
}

/** What goes on between two changes of codec. */
interface Run {
  readonly codec: SoundCodec
  readonly rateHz: number
  readonly clock: PlayoutClock
  readonly concealment: Concealment
  readonly decoder: SoundDecoder | undefined
  resampler: Resampler
  /** Number of the resampler's next sample in the result. */
  at: number
  /** True time of the end of what was played; undefined before the first sample. */
  endUs: number | undefined
}

export class Playout {
  readonly #parts: PlayoutParts
  readonly #buffer = new PlayoutBuffer()
  #run: Run | undefined
  #lastOrder: number | undefined
  #noise: ComfortNoise | undefined
  readonly #noiseSeed: number

  constructor(parts: PlayoutParts, ssrc: number) {
    this.#parts = parts
    this.#noiseSeed = ssrc
  }

  push(packet: HeardPacket): void {
    this.#buffer.push(packet)
    this.tick(packet.tUs)
  }

  /** Time has come so far: plays what was held long enough. Infinity ends the stream. */
  tick(nowUs: number): void {
    for (let held = this.#buffer.take(nowUs); held !== undefined; held = this.#buffer.take(nowUs)) {
      this.#release(held)
    }
    const { account } = this.#parts
    // Of a decrypted stream they were counted before: a repeated packet is a replayed one.
    account.duplicates = Math.max(account.duplicates, this.#buffer.duplicates)
    account.late = this.#buffer.late
    if (nowUs === Number.POSITIVE_INFINITY) this.#endRun()
    else if (this.#buffer.held.length === 0) this.#runNoise(nowUs - NOISE_LAG_US)
  }

  #release(held: HeldPacket): void {
    const { packet, order } = held
    const missing =
      this.#lastOrder === undefined ? 0 : this.#buffer.missingBetween(this.#lastOrder, order)
    this.#parts.account.lost += missing
    this.#lastOrder = order
    const key = codecKey(packet.codec)
    if (key === 'telephone-event') return
    if (key === 'cn') {
      this.#noise = new ComfortNoise(packet.payload, this.#noiseSeed)
      return
    }
    this.#play(held, missing)
  }

  #play(held: HeldPacket, missing: number): void {
    const { packet } = held
    const run = this.#runFor(held)
    const samples = run === undefined ? undefined : samplesOf(run, packet)
    if (run === undefined || samples === undefined || samples.length === 0) {
      this.#leaveUnheard(packet)
      return
    }
    const realigned = run.clock.realigned
    const startUs = run.clock.locate(held, this.#buffer.held)
    this.#parts.account.realigned += run.clock.realigned - realigned
    const { endUs } = run
    if (endUs === undefined || startUs - endUs > RUN_US) this.#pause(run, startUs, missing)
    else if (startUs - endUs > EXACT_US) this.#fill(run, startUs - endUs, missing)
    const isOverlap = endUs !== undefined && endUs - startUs > EXACT_US
    const overlap = isOverlap ? Math.round(((endUs - startUs) * run.rateHz) / 1e6) : 0
    this.#noise = undefined
    if (overlap >= samples.length) return
    const fresh = overlap > 0 ? samples.slice(overlap) : samples
    run.concealment.hear(fresh)
    this.#emit(run, fresh)
    this.#parts.account.heard++
  }

  /** The run that the packet belongs to: a new one where codec or rate changed. */
  #runFor(held: HeldPacket): Run | undefined {
    const { codec, decoded } = held.packet
    const current = this.#run
    if (codec === undefined) return undefined
    if (current?.codec === codec && (decoded?.sampleRateHz ?? current.rateHz) === current.rateHz) {
      return current
    }
    const decoder = decoded === undefined ? this.#parts.decoderOf(codec) : undefined
    const rateHz = decoded?.sampleRateHz ?? decoder?.sampleRateHz
    if (rateHz === undefined) return undefined
    this.#endRun()
    const declaredHz = codec.clockRateHz > 0 ? codec.clockRateHz : rateHz
    const secondsOf = ({ packet }: HeldPacket) =>
      (packet.decoded?.samples.length ?? decoder?.samplesOf(packet.payload) ?? 0) / rateHz
    const clockHz = effectiveClock(declaredHz, [held, ...this.#buffer.held], secondsOf)
    const resampler = new Resampler(rateHz, this.#parts.sampleRateHz)
    const concealment = new Concealment(rateHz)
    const clock = new PlayoutClock(clockHz)
    const endUs = current?.endUs
    this.#run = { codec, rateHz, clock, concealment, decoder, resampler, at: 0, endUs }
    if (endUs !== undefined) this.#seek(this.#run, endUs)
    return this.#run
  }

  /** Begins the resampler's run anew at a place. */
  #seek(run: Run, startUs: number): void {
    run.resampler = new Resampler(run.rateHz, this.#parts.sampleRateHz)
    run.at = Math.round(((startUs - this.#parts.originUs) * this.#parts.sampleRateHz) / 1e6)
    run.endUs = startUs
  }

  #endRun(): void {
    const run = this.#run
    if (run !== undefined) this.#hand(run, run.resampler.finish())
  }

  /** A long hole, or none before the first sample. */
  #pause(run: Run, startUs: number, missing: number): void {
    const { endUs } = run
    if (endUs !== undefined) {
      if (missing > 0) this.#emit(run, run.concealment.fill(Math.round(run.rateHz * 0.06)))
      else if (this.#noise !== undefined) this.#runNoise(startUs)
      this.#parts.gap(endUs, startUs, missing > 0 ? 'lost' : 'unsent')
    }
    this.#hand(run, run.resampler.finish())
    this.#seek(run, startUs)
  }

  #fill(run: Run, holeUs: number, missing: number): void {
    const count = Math.round((holeUs * run.rateHz) / 1e6)
    const startUs = run.endUs ?? 0
    const isGuessed = missing > 0 || holeUs <= GUESS_US
    if (this.#noise !== undefined && missing === 0) this.#emit(run, this.#noise.samples(count))
    else if (!isGuessed) this.#emit(run, new Float32Array(count))
    else {
      const own = missing > 0 ? run.decoder?.conceal?.(count) : undefined
      if (own !== undefined) run.concealment.hear(own)
      this.#emit(run, own ?? run.concealment.fill(count))
    }
    if (missing > 0) this.#parts.gap(startUs, startUs + holeUs, 'lost')
    else if (holeUs > GAP_US) this.#parts.gap(startUs, startUs + holeUs, 'unsent')
  }

  /** Comfort noise from the end of what was played on. */
  #runNoise(untilUs: number): void {
    const run = this.#run
    if (this.#noise === undefined || run?.endUs === undefined) return
    const holeUs = Math.min(untilUs - run.endUs, NOISE_US_MAX)
    if (holeUs > 0) this.#emit(run, this.#noise.samples(Math.round((holeUs * run.rateHz) / 1e6)))
  }

  #emit(run: Run, samples: Float32Array): void {
    run.endUs = (run.endUs ?? 0) + (samples.length * 1e6) / run.rateHz
    this.#hand(run, run.resampler.push(samples))
  }

  #hand(run: Run, resampled: Float32Array): void {
    if (resampled.length > 0) this.#parts.place(run.at, resampled)
    run.at += resampled.length
  }

  #leaveUnheard({ codec, tUs, payloadType }: HeardPacket): void {
    const { undecodable } = this.#parts.account
    const name = codec?.name ?? `payload type ${payloadType}`
    undecodable.set(name, (undecodable.get(name) ?? 0) + 1)
    this.#parts.gap(tUs, tUs, 'unheard')
  }
}

function samplesOf(run: Run, packet: HeardPacket): Float32Array | undefined {
  return packet.decoded?.samples ?? run.decoder?.decode(packet.payload)
}
