// Samples of one side at 8 kHz in, the tones of networks and fax machines out: ringback, busy,
// congestion, dial tone, CNG and CED. A tone is told by its frequency, its meaning by its cadence;
// the cadences are those of ITU-T E.180 and its supplement 2, with room for careless exchanges.
import { decibels, powerOf, toneShare, Windows } from './frames.ts'
import type { MediaFindingKind } from './media-finding.ts'

const RATE_HZ = 8_000
/** 40 ms, looked at every 20 ms. */
const WINDOW = 320
const HOP = 160
const LEVEL_DB_MIN = -45
const SHARE_MIN = 0.75
/** Of either tone of a pair. */
const PART_MIN = 0.15

/** What a window sounds like: `call` tones tell by their cadence what they mean. */
type ToneName = 'call' | 'busy-pair' | 'dial-pair' | 'cng' | 'ced'

const CALL_HZ = [400, 425, 440, 450, 480]

interface Burst {
  readonly tone: ToneName
  readonly start: number
  end: number
}

export interface FoundTone {
  readonly kind: MediaFindingKind
  readonly start: number
  readonly end: number
  /** Bursts of the cadence: rings, for ringback. */
  readonly bursts: number
}

export class CallTones {
  readonly #bursts: Burst[] = []
  readonly #windows = new Windows(WINDOW, HOP, (window, start) => this.#look(window, start))

  push(samples: Float32Array): void {
    this.#windows.push(samples)
  }

  finish(): FoundTone[] {
    const fax = this.#bursts.flatMap(faxTone)
    return [...fax, ...cadences(this.#bursts)].sort((a, b) => a.start - b.start)
  }

  #look(window: Float32Array, start: number): void {
    const tone = toneOf(window)
    const last = this.#bursts.at(-1)
    if (tone === undefined || this.#bursts.length >= BURSTS_MAX) return
    if (last?.tone === tone && start <= last.end) last.end = start + WINDOW
    else this.#bursts.push({ tone, start, end: start + WINDOW })
  }
}

/** Bursts kept of one side: an hour of congestion tone. */
const BURSTS_MAX = 20_000

function toneOf(window: Float32Array): ToneName | undefined {
  const power = powerOf(window)
  if (decibels(power) < LEVEL_DB_MIN) return undefined
  const share = (hz: number) => toneShare(window, hz, RATE_HZ, power)
  const isPair = (a: number, b: number) => {
    const [one, other] = [share(a), share(b)]
    return one + other >= SHARE_MIN && one >= PART_MIN && other >= PART_MIN
  }
  if (share(2_100) >= SHARE_MIN) return 'ced'
  if ([1_075, 1_100, 1_125].some((hz) => share(hz) >= SHARE_MIN)) return 'cng'
  if (isPair(480, 620)) return 'busy-pair'
  if (isPair(350, 440)) return 'dial-pair'
  if (CALL_HZ.some((hz) => share(hz) >= SHARE_MIN)) return 'call'
  return isPair(440, 480) || isPair(400, 450) ? 'call' : undefined
}

/** CNG is half a second of 1100 Hz, CED 2.6 to 4 s of 2100 Hz (ITU-T T.30 §4.2, V.8 §3). */
function faxTone({ tone, start, end }: Burst): FoundTone[] {
  const seconds = (end - start) / RATE_HZ
  if (tone === 'cng' && seconds >= 0.4 && seconds <= 0.7) {
    return [{ kind: 'fax-calling', start, end, bursts: 1 }]
  }
  if (tone === 'ced' && seconds >= 1.5) return [{ kind: 'fax-answering', start, end, bursts: 1 }]
  return []
}

interface Cadence {
  readonly kind: MediaFindingKind
  /** Seconds of tone and of the silence after it. */
  readonly on: readonly [number, number]
  readonly off: readonly [number, number]
  readonly burstsMin: number
}

const CADENCES: readonly Cadence[] = [
  { kind: 'congestion', on: [0.15, 0.36], off: [0.14, 0.36], burstsMin: 4 },
  { kind: 'busy', on: [0.36, 0.8], off: [0.3, 0.8], burstsMin: 3 },
  { kind: 'ringback', on: [0.7, 2.6], off: [1.8, 6.5], burstsMin: 1 },
]
/** British and Australian ringing: two short rings and a pause. */
const DOUBLE_RING = { on: [0.3, 0.55], gap: [0.14, 0.3], pause: [1.6, 3] } as const
const DIAL_SECONDS_MIN = 1.5

/** Bursts of network tones put together to what their cadence means. */
function cadences(all: readonly Burst[]): FoundTone[] {
  const bursts = all.filter(({ tone }) => tone !== 'cng' && tone !== 'ced')
  const found: FoundTone[] = []
  for (let at = 0; at < bursts.length; ) {
    const burst = bursts[at]
    if (burst === undefined) break
    const tone = dialTone(burst) ?? doubleRing(bursts, at) ?? longest(bursts, at)
    if (tone === undefined) at++
    else {
      found.push(tone)
      while ((bursts[at]?.start ?? Number.POSITIVE_INFINITY) < tone.end) at++
    }
  }
  return found
}

function dialTone({ tone, start, end }: Burst): FoundTone | undefined {
  const isLong = end - start >= DIAL_SECONDS_MIN * RATE_HZ
  return tone === 'dial-pair' && isLong ? { kind: 'dial-tone', start, end, bursts: 1 } : undefined
}

function doubleRing(bursts: readonly Burst[], from: number): FoundTone | undefined {
  let end: number | undefined
  let rings = 0
  for (let at = from; ; at += 2) {
    const [first, second] = [bursts[at], bursts[at + 1]]
    if (first === undefined || second === undefined || first.tone !== 'call') break
    if (end !== undefined && !within(first.start - end, DOUBLE_RING.pause)) break
    if (!within(first.end - first.start, DOUBLE_RING.on)) break
    if (!within(second.start - first.end, DOUBLE_RING.gap)) break
    if (!within(second.end - second.start, DOUBLE_RING.on)) break
    const next = bursts[at + 2]
    if (next !== undefined && next.start - second.end < DOUBLE_RING.pause[0] * RATE_HZ) break
    end = second.end
    rings++
  }
  const start = bursts[from]?.start ?? 0
  return end === undefined ? undefined : { kind: 'ringback', start, end, bursts: rings }
}

/** The first cadence that fits from this burst on, as far as it goes. */
function longest(bursts: readonly Burst[], from: number): FoundTone | undefined {
  for (const { kind, on, off, burstsMin } of CADENCES) {
    let count = 0
    let end = 0
    for (let at = from; at < bursts.length; at++) {
      const burst = bursts[at]
      if (burst === undefined || !within(burst.end - burst.start, on)) break
      if (count > 0 && !within(burst.start - end, off)) break
      if (kind === 'ringback' && burst.tone !== 'call') break
      count++
      end = burst.end
    }
    if (count >= burstsMin) return { kind, start: bursts[from]?.start ?? 0, end, bursts: count }
  }
  return undefined
}

function within(samples: number, [min, max]: readonly [number, number]): boolean {
  return samples >= min * RATE_HZ && samples <= max * RATE_HZ
}
