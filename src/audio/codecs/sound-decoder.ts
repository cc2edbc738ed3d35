// What a decoder of one codec is, as a type. Payloads in, samples out; a payload that is damaged
// gives what could be read of it, and never an exception.

export interface SoundDecoder {
  /** Rate of the samples that it gives; that of the RTP timestamps may differ (G.722). */
  readonly sampleRateHz: number
  /** Samples that `decode` would give of this payload, without doing it. */
  samplesOf(payload: Uint8Array): number
  /** One channel from -1 to 1, in memory of its own. */
  decode(payload: Uint8Array): Float32Array
  /**
   * What the codec itself would play in place of a lost payload of so many samples. Absent where
   * the codec has no opinion; then the sound before it is stretched (conceal.ts).
   */
  conceal?(samples: number): Float32Array
  /** Gives back memory outside the heap. */
  close?(): void
}
