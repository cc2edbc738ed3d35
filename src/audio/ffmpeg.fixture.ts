// The system's ffmpeg for tests: encodes and decodes what our own code is compared with. Tests that
// need it are skipped by name where it is missing.
import { execFileSync, spawnSync } from 'node:child_process'

/** For a test's `skip`: false where ffmpeg is there. */
export const withoutFfmpeg =
  spawnSync('ffmpeg', ['-version']).status === 0 ? false : 'ffmpeg is not installed'

/** What ffmpeg makes of the input with these arguments between input and output. */
export function ffmpeg(input: Uint8Array, ...args: readonly string[]): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', ...args, 'pipe:1'], {
    input,
    maxBuffer: 64 * 1024 * 1024,
  })
}

/** 16-bit little-endian samples of floats, and back. */
export function pcmOf(samples: Float32Array): Buffer {
  const pcm = Buffer.alloc(samples.length * 2)
  for (const [i, sample] of samples.entries()) pcm.writeInt16LE(Math.round(sample * 32_767), i * 2)
  return pcm
}

export function floatsOf(pcm: Buffer): Float32Array {
  return Float32Array.from({ length: pcm.length >> 1 }, (_, i) => pcm.readInt16LE(i * 2) / 32_768)
}

export const rawInput = (rateHz: number) => [
  '-f',
  's16le',
  '-ar',
  `${rateHz}`,
  '-ac',
  '1',
  '-i',
  '-',
]

/**
 * A sound that no codec of speech finds too hard, and in which no stretch looks like another: a
 * sweep of harmonics with the rise and fall of syllables.
 */
export function speechLike(sampleRateHz: number, seconds: number): Float32Array {
  let phase = 0
  return Float32Array.from({ length: Math.round(sampleRateHz * seconds) }, (_, i) => {
    const t = i / sampleRateHz
    phase += (2 * Math.PI * (140 + 40 * Math.sin(1.7 * t) + 9 * t)) / sampleRateHz
    const loudness = 0.35 + 0.3 * Math.sin(2 * Math.PI * 3.1 * t) ** 2
    const voice = Math.sin(phase) + 0.6 * Math.sin(2 * phase + 1) + 0.3 * Math.sin(5 * phase)
    return 0.4 * loudness * voice
  })
}

/** The packets of an Ogg file's only stream (RFC 3533), headers included. */
export function oggPackets(file: Buffer): Buffer[] {
  const packets: Buffer[] = []
  let open: Buffer[] = []
  for (let at = 0; at < file.length; ) {
    const segments = file[at + 26] ?? 0
    let body = at + 27 + segments
    for (const length of file.subarray(at + 27, at + 27 + segments)) {
      open.push(file.subarray(body, body + length))
      body += length
      if (length === 255) continue
      packets.push(Buffer.concat(open))
      open = []
    }
    at = body
  }
  return packets
}

/** A buffer cut into pieces of one size; the rest is left out. */
export function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  )
}
