// The samples of both sides in, the channels of a layout out. Two talkers at once may be louder
// than full scale: a knee bends what lies above three quarters of it instead of cutting it off.
import type { SoundLayout } from './sound.ts'
import { SOUND_SIDES } from './sound.ts'

/** Below the knee a sample stays exactly what it was. */
const KNEE = 0.75

/** `sides` are of equal length: caller, callee. */
export function layOut(sides: readonly Float32Array[], layout: SoundLayout): Float32Array[] {
  switch (layout) {
    case 'stereo':
      return sides.map(guarded)
    case 'mixed':
      return [guarded(mixed(sides))]
    case 'caller':
    case 'callee':
      return [guarded(sides[SOUND_SIDES.indexOf(layout)] ?? new Float32Array(0))]
  }
}

function mixed([first = new Float32Array(0), second]: readonly Float32Array[]): Float32Array {
  return first.map((sample, i) => sample + (second?.[i] ?? 0))
}

/** Sound of one talker never leaves the scale, so it passes bit for bit. */
function guarded(samples: Float32Array): Float32Array {
  return samples.some((sample) => sample > 1 || sample < -1) ? samples.map(bend) : samples
}

function bend(sample: number): number {
  const size = Math.abs(sample)
  if (size <= KNEE) return sample
  const bent = KNEE + (1 - KNEE) * Math.tanh((size - KNEE) / (1 - KNEE))
  return sample < 0 ? -bent : bent
}
