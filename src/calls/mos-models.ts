// What a score is computed from in, the score by a named model out. Ours is the standard's; the
// others do what products do, so that a figure seen elsewhere can be seen here:
// docs/protocols/rtp.md says what each of them leaves out. Every model has the same inputs, so any
// call can be scored again.
import { impairmentOf } from '../rtp/codec-impairment.ts'
import {
  type LossFigures,
  R_NARROWBAND_MAX,
  ratingNarrowband,
  ratingWider,
  scoreOf,
} from '../rtp/e-model.ts'
import type { MosFigures, MosInputs, MosModel, Stream } from './stream.ts'

type Scored = Pick<MosFigures, 'rFactor' | 'mos'>

/** All figures of a stream by one model; null where the model cannot say anything. */
export function scoreBy(model: MosModel, inputs: MosInputs): MosFigures | null {
  const scored = models[model](inputs)
  if (scored === null) return null
  const isConversational = inputs.rttMs !== null && (model === 'g107' || model === 'rtpengine')
  const wider = model === 'g107' ? widerScales(inputs) : NO_WIDER
  return { model, isConversational, ...scored, ...wider, inputs }
}

/** A stream with its score by another model; without one where that model has nothing to say. */
export function rescored(stream: Stream, model: MosModel): Stream {
  if (stream.quality === null || stream.quality.model === model) return stream
  const quality = scoreBy(model, stream.quality.inputs)
  return { ...stream, quality, mos: quality?.mos ?? null }
}

const models: Readonly<Record<MosModel, (inputs: MosInputs) => Scored | null>> = {
  g107: scoreByStandard,
  voipmonitor: scoreAsVoipmonitor,
  sip3: scoreAsSip3,
  rtpengine: scoreAsRtpengine,
  twilio: scoreAsTwilio,
}

const NO_WIDER = { rWideband: null, mosWideband: null, rFullband: null, mosFullband: null }
/** A wideband or fullband rating on the narrowband curve: G.107.1 Annex A, G.107.2 Annex A. */
const WIDEBAND_SCALE = 1.29
const FULLBAND_SCALE = 1.48

// ── G.107 ──────────────────────────────────────────────────────────────────────────────────────

/**
 * The rating on the narrowband scale. All scales are one, of different lengths: of a codec that
 * reaches further what lies beyond the best narrowband connection is cut off.
 */
function scoreByStandard(inputs: MosInputs): Scored | null {
  const impairment = inputs.codec === null ? undefined : impairmentOf(inputs.codec)
  if (impairment === undefined) return null
  const loss = lossOf(inputs)
  const delayMs = delayOf(inputs, impairment.lookaheadMs)
  if (impairment.narrowband !== null) {
    const rating = ratingNarrowband(impairment.narrowband, loss, delayMs)
    return { rFactor: Math.max(0, rating), mos: scoreOf(rating) }
  }
  const { rWideband, rFullband } = widerScales(inputs)
  const rating = rWideband ?? rFullband
  if (rating === null) return null
  const rFactor = Math.max(0, Math.min(R_NARROWBAND_MAX, rating))
  return { rFactor, mos: scoreOf(rFactor) }
}

function widerScales(inputs: MosInputs): typeof NO_WIDER | WiderFigures {
  const impairment = inputs.codec === null ? undefined : impairmentOf(inputs.codec)
  if (impairment === undefined) return NO_WIDER
  const { wideband, fullband, lookaheadMs } = impairment
  const loss = lossOf(inputs)
  const delayMs = delayOf(inputs, lookaheadMs)
  const wide = wideband === null ? null : ratingWider('wideband', wideband, loss, delayMs)
  const full = fullband === null ? null : ratingWider('fullband', fullband, loss, delayMs)
  return {
    rWideband: wide,
    mosWideband: wide === null ? null : scoreOf(wide / WIDEBAND_SCALE),
    rFullband: full,
    mosFullband: full === null ? null : scoreOf(full / FULLBAND_SCALE),
  }
}

type WiderFigures = Pick<MosFigures, 'rWideband' | 'mosWideband' | 'rFullband' | 'mosFullband'>

/** What was not played, and in how long runs: BurstR of G.107 §7.5. */
export function lossOf(inputs: MosInputs): LossFigures {
  const notPlayed = inputs.packetsLost + inputs.packetsDiscarded
  const lossRatio = inputs.packetsExpected === 0 ? 0 : notPlayed / inputs.packetsExpected
  if (inputs.lossRuns === 0 || lossRatio >= 1) return { lossRatio, burstRatio: 1 }
  // If loss were random, runs would have a mean length of 1 / (1 - p).
  const runMean = notPlayed / inputs.lossRuns
  return { lossRatio, burstRatio: Math.max(1, runMean * (1 - lossRatio)) }
}

/** Mouth to ear: network, packets, buffer, codec. Without a round trip nothing is said of delay. */
function delayOf({ rttMs, ptimeMs, bufferDelayMs }: MosInputs, lookaheadMs: number): number {
  return rttMs === null ? 0 : rttMs / 2 + (ptimeMs ?? 0) + bufferDelayMs + lookaheadMs
}

// ── as others do ───────────────────────────────────────────────────────────────────────────────

/** Fewer lost packets than this do not count. */
const VOIPMONITOR_LOST_MIN = 5

function scoreAsVoipmonitor(inputs: MosInputs): Scored {
  const notPlayed = inputs.packetsLost + inputs.packetsDiscarded
  const expected = Math.max(1, inputs.packetsExpected)
  if (notPlayed < VOIPMONITOR_LOST_MIN) return { rFactor: 93.2062, mos: 4.5 }
  const ratio = notPlayed / expected
  if (ratio > 0.5) return { rFactor: 0, mos: 1 }
  const bursts = Math.max(1, inputs.lossRuns)
  const burstRatio = Math.max(1, (notPlayed / bursts) * (1 - ratio))
  const percent = ratio * 100
  const r = 93.2062 - (95 * percent) / (percent / burstRatio + 17.2647)
  const mos = 2.064_05 + 0.031_738 * r - 0.000_356_641 * r ** 2 + 2.931_43e-6 * r ** 3
  return { rFactor: r, mos: Math.min(4.5, Math.max(1, mos)) }
}

/** Ie and Bpl by codec; one pair for all that are not named. */
const SIP3_CODECS: ReadonlyMap<string, readonly [ie: number, bpl: number]> = new Map([
  ['pcmu', [0, 4.3]],
  ['pcma', [0, 4.3]],
  ['g722', [5, 7.1]],
  ['g723', [15, 16.1]],
  ['g729', [10, 19]],
  ['gsm', [20, 10]],
])

function scoreAsSip3(inputs: MosInputs): Scored {
  const [ie, bpl] = SIP3_CODECS.get(inputs.codec?.toLowerCase() ?? '') ?? [5, 10]
  const percent = (inputs.packetsLost / Math.max(1, inputs.packetsExpected)) * 100
  const r = 93.2 - (ie + ((95 - ie) * percent) / (percent + bpl))
  return { rFactor: r, mos: scoreOf(r) }
}

/** Without a round trip as its listening-quality option does: delay is jitter alone. */
function scoreAsRtpengine(inputs: MosInputs): Scored {
  const percent = Math.floor((inputs.packetsLost / Math.max(1, inputs.packetsExpected)) * 100)
  const delayMs = (inputs.rttMs ?? 0) / 2 + (inputs.jitterMsMean ?? 0)
  const r = 93.2 - percent
  const late = delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0
  const rx = 0.18 * r ** 2 - 27.9 * r + 1126.62 - (0.024 * delayMs + late)
  return { rFactor: rx, mos: Math.round(scoreOf(rx) * 10) / 10 }
}

function scoreAsTwilio(inputs: MosInputs): Scored {
  const latencyMs = (inputs.rttMs ?? 0) + 2 * (inputs.jitterMsMean ?? 0) + 10
  const base = 94.768 - (latencyMs < 160 ? latencyMs / 40 : (latencyMs - 120) / 10)
  const percent = (inputs.packetsLost / Math.max(1, inputs.packetsExpected)) * 100
  const r = percent <= base / 2.5 ? Math.max(base - percent * 2.5, 6.52) : 0
  return { rFactor: r, mos: 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r) }
}
