// An outline of sound as lines to draw, and where on it a moment lies. Pure: numbers in, numbers
// out.

/** The outline as the server gives it. */
export interface Outline {
  readonly sampleRateHz: number
  readonly samples: number
  readonly samplesPerPeak: number
  /** For each channel lowest, highest, lowest, highest … from -127 to 127. */
  readonly channels: readonly (readonly number[])[]
}

/** One upright line of a waveform, in pixels from the top of its channel. */
export interface WaveLine {
  readonly x: number
  readonly top: number
  readonly bottom: number
}

const SCALE = 127

/** How long the sound is, s. */
export function secondsOf({ samples, sampleRateHz }: Outline): number {
  return sampleRateHz === 0 ? 0 : samples / sampleRateHz
}

/** One line a pixel, each over all the peaks that fall into it. */
export function waveLines(
  pairs: readonly number[],
  size: { width: number; height: number },
): WaveLine[] {
  const { width, height } = size
  const peaks = Math.floor(pairs.length / 2)
  const lines: WaveLine[] = []
  for (let x = 0; x < width && peaks > 0; x++) {
    const first = Math.floor((x * peaks) / width)
    const end = Math.max(first + 1, Math.floor(((x + 1) * peaks) / width))
    let low = SCALE
    let high = -SCALE
    for (let i = first; i < end; i++) {
      low = Math.min(low, pairs[2 * i] ?? 0)
      high = Math.max(high, pairs[2 * i + 1] ?? 0)
    }
    const top = (height / 2) * (1 - high / SCALE)
    // Silence is a line and not nothing: one can see that there was a channel.
    lines.push({ x, top, bottom: Math.max(top + 1, (height / 2) * (1 - low / SCALE)) })
  }
  return lines
}

/** Where a moment lies, 0 to 1; null outside the sound. */
export function shareOf(tUs: number, startUs: number, seconds: number): number | null {
  if (seconds <= 0) return null
  const share = (tUs - startUs) / 1e6 / seconds
  return share < 0 || share > 1 ? null : share
}
