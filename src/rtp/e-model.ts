// Loss, delay and a codec's impairment in, the transmission rating R out, as G.107 (06/2015)
// computes it with every parameter that a network does not tell at its default; and the mean
// opinion score that a rating means (Annex B). The scales of G.107.1 and G.107.2 reach further: 129
// and 148.

/** What loss is made of. */
export interface LossFigures {
  /** Share of packets that were not played, 0 to 1. */
  readonly lossRatio: number
  /** Mean run of lost packets over what it would be if loss were random; 1 for random loss. */
  readonly burstRatio: number
}

// Default values of G.107 table 2, in its own words.
const SEND_LOUDNESS = 8
const RECEIVE_LOUDNESS = 2
const SIDETONE_MASKING = 15
const LISTENER_SIDETONE = SIDETONE_MASKING + 3
const D_SEND = 3
const TALKER_ECHO_LOUDNESS = 65
const WEIGHTED_ECHO_PATH_LOSS = 110
const QUANTIZING_UNITS = 1
const CIRCUIT_NOISE = -70
const NOISE_FLOOR = -64
const ROOM_NOISE = 35
/** Delay that nobody notices, ms (mT), and how sharply it is noticed beyond that (sT). */
const DELAY_NOTICED_MS = 100
const DELAY_SHARPNESS = 1

/** Ratings of a perfect connection on the three scales: G.107 §7.7, G.107.1 §7.2, G.107.2 §7.2. */
export const R_NARROWBAND_MAX = 93.2
export const R_WIDEBAND_MAX = 129
export const R_FULLBAND_MAX = 148

const db = (value: number): number => 10 ** (value / 10)

/** Sum of the noises, referred to the middle of the connection, dBm0p (§7.2). */
const NOISE = ((): number => {
  const overall = SEND_LOUDNESS + RECEIVE_LOUDNESS
  const send =
    ROOM_NOISE - SEND_LOUDNESS - D_SEND - 100 + 0.004 * (ROOM_NOISE - overall - D_SEND - 14) ** 2
  const effective = ROOM_NOISE + 10 * Math.log10(1 + 10 ** ((10 - LISTENER_SIDETONE) / 10))
  const receive = RECEIVE_LOUDNESS - 121 + effective + 0.008 * (effective - 35) ** 2
  const floor = NOISE_FLOOR + RECEIVE_LOUDNESS
  return 10 * Math.log10(db(CIRCUIT_NOISE) + db(send) + db(receive) + db(floor))
})()

/** Basic signal-to-noise ratio, Ro (§7.2). */
const BASIC = 15 - 1.5 * (SEND_LOUDNESS + NOISE)

/**
 * R on the narrowband scale. `delayMs` is the absolute one-way delay, mouth to ear; echo goes with
 * it, as in any connection of four wires.
 */
export function ratingNarrowband(
  impairment: { readonly ie: number; readonly bpl: number },
  loss: LossFigures,
  delayMs: number,
): number {
  const perfect = BASIC - simultaneous(delayMs)
  return perfect - delayImpairment(delayMs) - effectiveImpairment(impairment, loss, IE_ROOM)
}

/**
 * R on the wideband or fullband scale. Of delay only its own effect counts: the echo terms of
 * those standards are near zero at the default losses.
 */
export function ratingWider(
  scale: 'wideband' | 'fullband',
  impairment: { readonly ie: number; readonly bpl: number },
  loss: LossFigures,
  delayMs: number,
): number {
  const isFull = scale === 'fullband'
  const perfect = isFull ? R_FULLBAND_MAX : R_WIDEBAND_MAX
  const room = isFull ? IE_ROOM_FULLBAND : IE_ROOM
  return perfect - pureDelay(delayMs) - effectiveImpairment(impairment, loss, room)
}

/** The mean opinion score that a narrowband rating means, 1 to 4.5 (Annex B). */
export function scoreOf(rating: number): number {
  if (rating <= 0) return 1
  if (rating >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
}

/** The largest Ie-eff: where everything is lost nothing is left (§7.5; G.107.2 §7.5). */
const IE_ROOM = 95
const IE_ROOM_FULLBAND = 132

/** Ie-eff (§7.5). */
export function effectiveImpairment(
  { ie, bpl }: { readonly ie: number; readonly bpl: number },
  { lossRatio, burstRatio }: LossFigures,
  room: number,
): number {
  const percent = lossRatio * 100
  if (percent <= 0) return ie
  return ie + ((room - ie) * percent) / (percent / burstRatio + bpl)
}

/** Is: loudness, sidetone and quantizing (§7.3). */
function simultaneous(delayMs: number): number {
  const overall = SEND_LOUDNESS + RECEIVE_LOUDNESS
  const x = overall + 0.2 * (64 + NOISE - RECEIVE_LOUDNESS)
  const loudness = 20 * ((1 + (x / 8) ** 8) ** (1 / 8) - x / 8)
  const sidetone =
    -10 * Math.log10(db(-SIDETONE_MASKING) + Math.exp(-delayMs / 4) * db(-TALKER_ECHO_LOUDNESS))
  const tone =
    12 * (1 + ((sidetone - 13) / 6) ** 8) ** (1 / 8) -
    28 * (1 + ((sidetone + 1) / 19.4) ** 35) ** (1 / 35) -
    13 * (1 + ((sidetone - 3) / 33) ** 13) ** (1 / 13) +
    29
  const q = 37 - 15 * Math.log10(QUANTIZING_UNITS)
  const g = 1.07 + 0.258 * q + 0.0602 * q ** 2
  const y = (BASIC - 100) / 15 + 46 / 8.4 - g / 9
  const z = 46 / 30 - g / 40
  return loudness + tone + 15 * Math.log10(1 + 10 ** y + 10 ** z)
}

/** Id: talker echo, listener echo, and delay itself (§7.4). */
function delayImpairment(delayMs: number): number {
  return talkerEcho(delayMs) + listenerEcho(delayMs) + pureDelay(delayMs)
}

function talkerEcho(delayMs: number): number {
  if (delayMs < 1) return 0
  const roe = -1.5 * (NOISE - RECEIVE_LOUDNESS)
  const level =
    TALKER_ECHO_LOUDNESS -
    40 * Math.log10((1 + delayMs / 10) / (1 + delayMs / 150)) +
    6 * Math.exp(-0.3 * delayMs ** 2)
  const re = 80 + 2.5 * (level - 14)
  const half = (roe - re) / 2
  return (half + Math.sqrt(half ** 2 + 100) - 1) * (1 - Math.exp(-delayMs))
}

function listenerEcho(delayMs: number): number {
  const rle = 10.5 * (WEIGHTED_ECHO_PATH_LOSS + 7) * (2 * delayMs + 1) ** -0.25
  const half = (BASIC - rle) / 2
  return half + Math.sqrt(half ** 2 + 169)
}

function pureDelay(delayMs: number): number {
  if (delayMs <= DELAY_NOTICED_MS) return 0
  const x = Math.log2(delayMs / DELAY_NOTICED_MS)
  const power = 6 * DELAY_SHARPNESS
  return 25 * ((1 + x ** power) ** (1 / power) - 3 * (1 + (x / 3) ** power) ** (1 / power) + 2)
}
