// The callee's sound at 8 kHz from the answer on in, whether a human or a machine answered out;
// null where it could be either. A human says a word or two and waits; a machine recites, and
// beeps.
import type { AnsweredBy } from './media-finding.ts'
import { decibels, powerOf, toneShare, Windows } from './frames.ts'

const RATE_HZ = 8_000
const WINDOW = 160
const WINDOW_SECONDS = WINDOW / RATE_HZ
/** What is listened to: a long announcement and its beep. */
const LISTEN_SECONDS = 45
/** Speech is louder than this and than the noise of the line by so much. */
const SPEECH_DB_MIN = -45
const ABOVE_NOISE_DB = 12
/** A pause this long ends the greeting, one of the shorter length a word. */
const PAUSE_SECONDS = 0.8
const WORD_GAP_SECONDS = 0.08
const WORD_SECONDS_MIN = 0.1
const HUMAN_SECONDS_MAX = 1.5
const HUMAN_WORDS_MAX = 3
const MACHINE_SECONDS_MIN = 2.6
const MACHINE_WORDS_MIN = 6
/** A beep: one frequency alone, as answering machines have it, after a greeting. */
const BEEP_HZ_MIN = 400
const BEEP_HZ_MAX = 2_000
const BEEP_HZ_STEP = 25
const BEEP_SHARE_MIN = 0.85
const BEEP_SECONDS_MIN = 0.16
const BEEP_SECONDS_MAX = 2.5

interface Heard {
  readonly db: number
  /** The frequency that has all the power, 0 where none has. */
  readonly toneHz: number
}

export class AnswerListener {
  readonly #windows = new Windows(WINDOW, WINDOW, (window) => this.#look(window))
  readonly #heard: Heard[] = []

  push(samples: Float32Array): void {
    this.#windows.push(samples)
  }

  finish(): AnsweredBy {
    const heard = this.#heard
    const floorDb = quantile(
      heard.map(({ db }) => db),
      0.1,
    )
    const speechDb = Math.max(SPEECH_DB_MIN, Math.min(floorDb + ABOVE_NOISE_DB, -30))
    const isVoice = heard.map(({ db, toneHz }) => db > speechDb && toneHz === 0)
    const greeting = greetingOf(isVoice)
    const beep = beepOf(heard, speechDb)
    if (greeting === undefined) return { answeredBy: null, reason: 'nobody was heard to speak' }
    const { start, end, words, isEnded } = greeting
    const seconds = (end - start) * WINDOW_SECONDS
    const said = `${seconds.toFixed(1)} s of speech in ${words} ${words === 1 ? 'word' : 'words'}`
    if (beep !== undefined && beep.start > start) {
      const at = (beep.start * WINDOW_SECONDS).toFixed(1)
      return { answeredBy: 'machine', reason: `a beep of ${beep.hz} Hz ${at} s after the answer` }
    }
    if (seconds >= MACHINE_SECONDS_MIN || words >= MACHINE_WORDS_MIN) {
      return { answeredBy: 'machine', reason: `${said} without a pause` }
    }
    if (isEnded && seconds <= HUMAN_SECONDS_MAX && words <= HUMAN_WORDS_MAX) {
      return { answeredBy: 'human', reason: `${said}, then a pause` }
    }
    return { answeredBy: null, reason: `${said}: could be either` }
  }

  #look(window: Float32Array): void {
    if (this.#heard.length * WINDOW_SECONDS >= LISTEN_SECONDS) return
    const power = powerOf(window)
    const db = decibels(power)
    this.#heard.push({ db, toneHz: db > SPEECH_DB_MIN ? pureTone(window, power) : 0 })
  }
}

function pureTone(window: Float32Array, power: number): number {
  for (let hz = BEEP_HZ_MIN; hz <= BEEP_HZ_MAX; hz += BEEP_HZ_STEP) {
    if (toneShare(window, hz, RATE_HZ, power) >= BEEP_SHARE_MIN) return hz
  }
  return 0
}

interface Greeting {
  /** In windows. */
  readonly start: number
  readonly end: number
  readonly words: number
  /** A pause came after it, or is it just where the sound ends? */
  readonly isEnded: boolean
}

/** The first stretch of speech up to a pause. */
function greetingOf(isVoice: readonly boolean[]): Greeting | undefined {
  const words: { start: number; end: number }[] = []
  for (const [i, isLoud] of isVoice.entries()) {
    if (!isLoud) continue
    const last = words.at(-1)
    if (last !== undefined && (i - last.end) * WINDOW_SECONDS <= WORD_GAP_SECONDS) last.end = i + 1
    else words.push({ start: i, end: i + 1 })
  }
  const spoken = words.filter(
    ({ start, end }) => (end - start) * WINDOW_SECONDS >= WORD_SECONDS_MIN,
  )
  const [first] = spoken
  if (first === undefined) return undefined
  let end = first.end
  let count = 1
  for (const word of spoken.slice(1)) {
    if ((word.start - end) * WINDOW_SECONDS >= PAUSE_SECONDS) break
    end = word.end
    count++
  }
  const isEnded = (isVoice.length - end) * WINDOW_SECONDS >= PAUSE_SECONDS
  return { start: first.start, end, words: count, isEnded }
}

function beepOf(
  heard: readonly Heard[],
  speechDb: number,
): { start: number; hz: number } | undefined {
  for (let at = 0; at < heard.length; ) {
    const hz = heard[at]?.toneHz ?? 0
    let end = at + 1
    const isSame = ({ db, toneHz }: Heard) => db > speechDb && Math.abs(toneHz - hz) <= BEEP_HZ_STEP
    while (end < heard.length && isSame(heard[end] ?? { db: -120, toneHz: 0 })) end++
    const seconds = (end - at) * WINDOW_SECONDS
    if (hz > 0 && seconds >= BEEP_SECONDS_MIN && seconds <= BEEP_SECONDS_MAX)
      return { start: at, hz }
    at = end
  }
  return undefined
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? -120
}
