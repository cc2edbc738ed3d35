// A codec's name in, what it does to speech by itself and under loss out: equipment impairment
// factors and packet-loss robustness (G.113 Appendix I for the narrowband scale, Appendix IV for
// the wideband one). What neither lists is an estimate and says so.

/** Impairment on one scale. */
export interface Impairment {
  /** Equipment impairment factor, Ie: 0 for no impairment. */
  readonly ie: number
  /** Packet-loss robustness factor, Bpl: larger stands more loss. */
  readonly bpl: number
}

export interface CodecImpairment {
  /** Null for a codec whose band is wider: then the scale below is its own. */
  readonly narrowband: Impairment | null
  /** On the scale of G.107.1, for codecs that carry 50 to 7,000 Hz. */
  readonly wideband: Impairment | null
  /** On the scale of G.107.2, for codecs that carry 20 to 20,000 Hz. */
  readonly fullband: Impairment | null
  /** What the codec waits for beyond a packet's own samples, ms. */
  readonly lookaheadMs: number
  /** The values are ours, set between neighbours that the standard lists. */
  readonly isEstimate: boolean
}

const narrow = (ie: number, bpl: number, lookaheadMs = 0): CodecImpairment => {
  const none = { wideband: null, fullband: null, isEstimate: false }
  return { narrowband: { ie, bpl }, ...none, lookaheadMs }
}
const wide = (ie: number, bpl: number, lookaheadMs: number): CodecImpairment => {
  const none = { narrowband: null, fullband: null, isEstimate: false }
  return { ...none, wideband: { ie, bpl }, lookaheadMs }
}
const full = (ie: number, bpl: number, lookaheadMs: number): CodecImpairment => {
  const none = { narrowband: null, wideband: null, isEstimate: false }
  return { ...none, fullband: { ie, bpl }, lookaheadMs }
}
const estimate = (impairment: CodecImpairment): CodecImpairment => {
  return { ...impairment, isEstimate: true }
}

/** G.711 with packet-loss concealment; receivers without it are nowhere to be found any more. */
const G711 = narrow(0, 25.1)

const impairments: ReadonlyMap<string, CodecImpairment> = new Map([
  ['pcmu', G711],
  ['pcma', G711],
  ['g726-40', narrow(2, 10)],
  ['g726-32', narrow(7, 10)],
  ['g721', narrow(7, 10)],
  ['g726-24', narrow(25, 10)],
  ['g726-16', narrow(50, 10)],
  ['g728', narrow(7, 17)],
  ['g729', narrow(10, 19, 5)],
  // Names that devices make for its annexes; the bits are the same.
  ['g729a', narrow(10, 19, 5)],
  ['g729b', narrow(10, 19, 5)],
  ['g729ab', narrow(10, 19, 5)],
  ['g723', narrow(15, 16.1, 7.5)],
  ['gsm', narrow(20, 10)],
  ['gsm-efr', narrow(5, 10)],
  ['gsm-hr-08', narrow(23, 10, 5)],
  ['amr', narrow(5, 10, 5)],
  ['ilbc', estimate(narrow(11, 32, 5))],
  ['speex', estimate(narrow(11, 14, 10))],
  ['evrc', estimate(narrow(6, 12, 10))],
  ['bv16', estimate(narrow(7, 17))],
  ['dvi4', estimate(narrow(10, 10))],
  ['l16', estimate(narrow(0, 25.1))],
  ['g722', wide(13, 7.1, 1.5)],
  ['g7221', wide(13, 9, 20)],
  ['amr-wb', wide(13, 4.9, 5)],
  ['bv32', estimate(wide(13, 9, 0))],
  ['silk', estimate(wide(10, 8, 5))],
  ['evs', full(10.2, 8, 12)],
  ['opus', estimate(full(10.2, 4.3, 6.5))],
])

/** Undefined for codecs of which we would only guess. */
export function impairmentOf(codec: string): CodecImpairment | undefined {
  return impairments.get(codec.toLowerCase())
}
