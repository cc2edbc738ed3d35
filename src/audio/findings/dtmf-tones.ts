// Samples of one side at 8 kHz in, the DTMF digits that were sent as tones out. ITU-T Q.23 names
// the frequencies, Q.24 how strict a receiver is. Speech now and then looks like a digit for a
// moment, so a digit must stand still for 40 ms and have nearly all the power.
import { decibels, powerOf, toneShare, Windows } from './frames.ts'

const RATE_HZ = 8_000
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1_209, 1_336, 1_477, 1_633]
/** Senders are allowed to be off by 1.5 % (Q.24). */
const DETUNED = [0.988, 1, 1.012]
const DIGITS = ['123A', '456B', '789C', '*0#D']
/** 20 ms, looked at every 10 ms. */
const WINDOW = 160
const HOP = 80
const LEVEL_DB_MIN = -42
/** Both tones together, of all the power: in every window, also where it reaches into a pause. */
const SHARE_MIN = 0.62
/** In the best window of a digit: vowels whose harmonics fit come to 0.71, noisy lines to 0.77. */
const BEST_SHARE_MIN = 0.75
/** Of both at their exact frequencies, which senders may miss: below it looking is no use. */
const NEAR_SHARE_MIN = 0.3
/**
 * How much louder the column's tone may be than the row's, and the other way (Q.24: 4 and 8 dB).
 */
const TWIST_DB_MAX = 6
const REVERSE_TWIST_DB_MAX = 10
/** By how much a tone beats the other ones of its group, as a ratio of powers. */
const PEAK_RATIO_MIN = 4
/** Windows in a row: 40 ms of tone hold three whole ones. */
const WINDOWS_MIN = 3

export interface ToneDigit {
  readonly digit: string
  /** Samples from the beginning. */
  readonly start: number
  readonly end: number
}

export class DtmfTones {
  readonly digits: ToneDigit[] = []
  readonly #windows = new Windows(WINDOW, HOP, (window, start) => this.#look(window, start))
  #digit: string | undefined
  #count = 0
  #bestShare = 0
  #start = 0
  #end = 0
  /** One window without the digit does not end it: a click is not a release. */
  #misses = 0

  push(samples: Float32Array): void {
    this.#windows.push(samples)
  }

  finish(): readonly ToneDigit[] {
    this.#release()
    return this.digits
  }

  #look(window: Float32Array, start: number): void {
    const { digit, share } = digitOf(window) ?? NOTHING
    if (digit !== undefined && digit === this.#digit) {
      this.#count++
      this.#bestShare = Math.max(this.#bestShare, share)
      this.#misses = 0
      this.#end = start + WINDOW
      return
    }
    if (this.#digit !== undefined && digit === undefined && this.#misses++ === 0) return
    this.#release()
    if (digit === undefined) return
    this.#digit = digit
    this.#count = 1
    this.#bestShare = share
    this.#start = start
    this.#end = start + WINDOW
  }

  #release(): void {
    const isSure = this.#count >= WINDOWS_MIN && this.#bestShare >= BEST_SHARE_MIN
    if (this.#digit !== undefined && isSure) {
      this.digits.push({ digit: this.#digit, start: this.#start, end: this.#end })
    }
    this.#digit = undefined
    this.#misses = 0
  }
}

/** What a window is made of, and how much of its power that is. */
interface HeardDigit {
  readonly digit: string | undefined
  readonly share: number
}

const NOTHING: HeardDigit = { digit: undefined, share: 0 }

/** The digit that a window is made of, if it is made of one. */
function digitOf(window: Float32Array): HeardDigit | undefined {
  const power = powerOf(window)
  if (decibels(power) < LEVEL_DB_MIN) return undefined
  const share = (hz: number) => toneShare(window, hz, RATE_HZ, power)
  // Nearly all windows are speech, and told so by the eight frequencies as they should be.
  const near = Math.max(...ROWS.map(share)) + Math.max(...COLUMNS.map(share))
  if (near < NEAR_SHARE_MIN) return undefined
  const detuned = (hz: number) => Math.max(...DETUNED.map((factor) => share(hz * factor)))
  const rows = ROWS.map(detuned)
  const columns = COLUMNS.map(detuned)
  const row = strongest(rows)
  const column = strongest(columns)
  if (row === undefined || column === undefined) return undefined
  const rowShare = rows[row] ?? 0
  const columnShare = columns[column] ?? 0
  if (rowShare + columnShare < SHARE_MIN) return undefined
  const twistDb = decibels(columnShare) - decibels(rowShare)
  if (twistDb > TWIST_DB_MAX || twistDb < -REVERSE_TWIST_DB_MAX) return undefined
  return { digit: DIGITS[row]?.[column], share: rowShare + columnShare }
}

/** The place of the one that beats all others, undefined where none does. */
function strongest(shares: readonly number[]): number | undefined {
  const best = shares.indexOf(Math.max(...shares))
  const isAlone = shares.every(
    (share, i) => i === best || share * PEAK_RATIO_MIN < (shares[best] ?? 0),
  )
  return isAlone ? best : undefined
}
