// Pieces of a stereo sound at 8 kHz in, everything found in it out, in order of time. The pieces
// are gone through once; what is kept of them are figures.
import type { HeardPacket } from '../heard-packet.ts'
import { SOUND_SIDES, type SoundGap, type SoundPiece, type SoundSide } from '../sound.ts'
import { AnswerListener } from './answered-by.ts'
import { CallTones } from './call-tones.ts'
import { DtmfTones } from './dtmf-tones.ts'
import { EchoSearch, type FoundEcho } from './echo.ts'
import { type LevelFacts, Levels, type Stretch } from './levels.ts'
import { type AnsweredBy, finding, type MediaFinding } from './media-finding.ts'
import { TelephoneEvents } from './telephone-events.ts'

/** Rate that a sound must have to be looked at. */
export const ANALYSIS_RATE_HZ = 8_000

/** A digit that came as an event and as a tone within this time is one digit. */
const SAME_DIGIT_US = 300_000
/** One side is called silent for the whole call when the other one spoke for so long. */
const ONE_WAY_SECONDS_MIN = 3
const ONE_WAY_SILENT_DB = -50
const LOW_LEVEL_DB = -36
const LOW_LEVEL_SECONDS_MIN = 2
/** Share of a silence without any packet from which on it is told so. */
const NO_PACKETS_SHARE = 0.8

export interface SoundAnalysis {
  readonly findings: readonly MediaFinding[]
  readonly answeredBy: AnsweredBy
}

interface SideSearch {
  readonly tones: DtmfTones
  readonly callTones: CallTones
  readonly levels: Levels
}

export interface AnalysisPlace {
  /** Time of the first sample, µs since 1970. */
  readonly startUs: number
  /** When the call was answered; null where it was not. */
  readonly answerUs: number | null
}

export class SoundAnalyser {
  readonly events = new TelephoneEvents()
  readonly #sides: readonly SideSearch[]
  readonly #echo = new EchoSearch()
  readonly #answer = new AnswerListener()
  #samples = 0

  constructor() {
    this.#sides = SOUND_SIDES.map(() => ({
      tones: new DtmfTones(),
      callTones: new CallTones(),
      levels: new Levels(),
    }))
  }

  /** Packets on their way to be heard: telephone events are read from them. */
  hearPacket(packet: HeardPacket, side: SoundSide): void {
    if (packet.codec?.name.toLowerCase() === 'telephone-event') this.events.push(packet, side)
  }

  push(piece: SoundPiece, { startUs, answerUs }: AnalysisPlace): void {
    for (const [i, samples] of piece.channels.entries()) {
      const side = this.#sides[i]
      side?.tones.push(samples)
      side?.callTones.push(samples)
      side?.levels.push(samples)
    }
    this.#echo.push(piece.channels)
    const callee = piece.channels[1]
    if (callee !== undefined && answerUs !== null) {
      const answered = Math.round(((answerUs - startUs) * ANALYSIS_RATE_HZ) / 1e6)
      const skip = answered - piece.startSample
      if (skip < callee.length) this.#answer.push(callee.subarray(Math.max(0, skip)))
    }
    this.#samples = piece.startSample + (piece.channels[0]?.length ?? 0)
  }

  finish({ startUs, answerUs }: AnalysisPlace, gaps: readonly SoundGap[]): SoundAnalysis {
    const at = (sample: number) => startUs + Math.round((sample * 1e6) / ANALYSIS_RATE_HZ)
    const levels = this.#sides.map((side) => side.levels.finish())
    const events = this.events.findings()
    const found = SOUND_SIDES.flatMap((side, i) => {
      const search = this.#sides[i]
      const facts = levels[i]
      if (search === undefined || facts === undefined) return []
      const spanned = spanner(at, side)
      return [
        ...digits(search.tones, spanned, events),
        ...tones(search.callTones, spanned),
        ...silences(facts.silences, spanned, gaps),
        ...facts.clipped.map((stretch) =>
          finding({
            kind: 'clipping',
            ...spanned(stretch),
            text: `${side} is cut off at full scale`,
          }),
        ),
        ...lowLevel(facts, spanned({ start: 0, end: this.#samples })),
      ]
    })
    const whole = { start: 0, end: this.#samples }
    const findings = [
      ...events,
      ...found,
      ...oneWay(levels, (side) => spanner(at, side)(whole)),
      ...this.#echo.finish().map((echo) => echoFinding(echo, spanner(at, echo.side)(echo))),
    ].sort((a, b) => a.startUs - b.startUs)
    const answeredBy: AnsweredBy =
      answerUs === null
        ? { answeredBy: null, reason: 'the call was not answered' }
        : this.#answer.finish()
    return { findings, answeredBy }
  }
}

interface Span {
  readonly side: SoundSide
  readonly startUs: number
  readonly endUs: number
}

type Spanned = (stretch: Stretch) => Span

function spanner(at: (sample: number) => number, side: SoundSide): Spanned {
  return ({ start, end }) => ({ side, startUs: at(start), endUs: at(end) })
}

/** Digits heard as tones that were not sent as events at the same time. */
function digits(
  search: DtmfTones,
  spanned: Spanned,
  events: readonly MediaFinding[],
): MediaFinding[] {
  return search.finish().flatMap(({ digit, start, end }) => {
    const span = spanned({ start, end })
    const isKnown = events.some(
      (event) => event.digit === digit && Math.abs(event.startUs - span.startUs) < SAME_DIGIT_US,
    )
    if (isKnown) return []
    const measures = { durationMs: Math.round((span.endUs - span.startUs) / 1_000) }
    const text = `${span.side} presses ${digit}, heard as a tone`
    return [finding({ kind: 'dtmf', ...span, text, digit, source: 'tone', measures })]
  })
}

const TONE_TEXTS: Readonly<Record<string, string>> = {
  ringback: 'hears the far phone ring',
  busy: 'is sent the busy tone',
  congestion: 'is sent the congestion tone',
  'dial-tone': 'is sent a dial tone',
  'fax-calling': 'sends the calling tone of a fax machine',
  'fax-answering': 'sends the answering tone of a fax machine or modem',
}

function tones(search: CallTones, spanned: Spanned): MediaFinding[] {
  return search.finish().map(({ kind, start, end, bursts }) => {
    const span = spanned({ start, end })
    const isFax = kind === 'fax-calling' || kind === 'fax-answering'
    // A network's tone comes in the sound of one side and is meant for the other.
    const who = isFax ? span.side : span.side === 'callee' ? 'caller' : 'callee'
    const text = `${who} ${TONE_TEXTS[kind] ?? kind}`
    return finding({ kind, ...span, text, measures: { bursts } })
  })
}

function silences(
  stretches: readonly Stretch[],
  spanned: Spanned,
  gaps: readonly SoundGap[],
): MediaFinding[] {
  return stretches.map((stretch) => {
    const span = spanned(stretch)
    const seconds = Math.round((span.endUs - span.startUs) / 1e6)
    const own = gaps.filter(({ side }) => side === span.side)
    const missingUs = own.reduce((sum, { startUs, endUs }) => {
      return sum + Math.max(0, Math.min(endUs, span.endUs) - Math.max(startUs, span.startUs))
    }, 0)
    const isMissing = missingUs > NO_PACKETS_SHARE * (span.endUs - span.startUs)
    const kind = isMissing ? 'no-packets' : 'silence'
    const what = isMissing ? 'sends no packets' : 'is silent'
    return finding({ kind, ...span, text: `${span.side} ${what} for ${seconds} s` })
  })
}

function lowLevel({ speechSeconds, speechDb }: LevelFacts, span: Span): MediaFinding[] {
  if (speechSeconds < LOW_LEVEL_SECONDS_MIN || speechDb > LOW_LEVEL_DB) return []
  const levelDb = Math.round(speechDb)
  const text = `${span.side} speaks at ${levelDb} dB, which is hard to hear`
  return [finding({ kind: 'low-level', ...span, text, measures: { levelDb } })]
}

function oneWay(levels: readonly LevelFacts[], spanOf: (side: SoundSide) => Span): MediaFinding[] {
  return SOUND_SIDES.flatMap((side, i) => {
    const own = levels[i]
    const other = levels[1 - i]
    if (own === undefined || other === undefined) return []
    if (own.loudestDb > ONE_WAY_SILENT_DB || other.speechSeconds < ONE_WAY_SECONDS_MIN) return []
    const text = `nothing is heard of ${side}: the sound goes one way`
    return [finding({ kind: 'one-way', ...spanOf(side), text })]
  })
}

function echoFinding({ delayMs, lossDb }: FoundEcho, span: Span): MediaFinding {
  const other = span.side === 'callee' ? 'caller' : 'callee'
  const text = `${other} hears an echo of itself after ${delayMs} ms, ${lossDb} dB quieter`
  return finding({ kind: 'echo', ...span, text, measures: { delayMs, lossDb } })
}
