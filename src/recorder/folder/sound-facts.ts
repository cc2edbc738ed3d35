// A sound file in, its length, rate and channels out, as ffprobe tells; and files of other kinds
// made WAV by ffmpeg.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Failure } from '../../base/failure.ts'

const run = promisify(execFile)
const PROBE_MS_MAX = 60_000
const CONVERT_MS_MAX = 3_600_000

export interface SoundFacts {
  readonly durationMs: number
  readonly sampleRateHz: number
  readonly channels: number
}

/** @throws Failure `unavailable` without ffprobe, `bad-input` for what is no sound */
export async function readSoundFacts(path: string): Promise<SoundFacts> {
  const entries = 'stream=channels,sample_rate,codec_type:format=duration'
  const args = ['-v', 'error', '-show_entries', entries, '-of', 'json', '-i', path]
  const { stdout } = await tool('ffprobe', args, PROBE_MS_MAX)
  const told = JSON.parse(stdout) as {
    readonly streams?: readonly { readonly channels?: number; readonly sample_rate?: string }[]
    readonly format?: { readonly duration?: string }
  }
  const sound = told.streams?.find(({ channels }) => channels !== undefined)
  const durationMs = Math.round(Number(told.format?.duration) * 1000)
  const sampleRateHz = Number(sound?.sample_rate)
  if (sound?.channels === undefined || !(durationMs > 0) || !(sampleRateHz > 0)) {
    throw new Failure('bad-input', 'the file holds no sound')
  }
  return { durationMs, sampleRateHz, channels: sound.channels }
}

/** Makes a WAV of any sound file that ffmpeg reads. @throws Failure as `readSoundFacts` */
export async function convertToWav(path: string, wav: string): Promise<void> {
  const args = ['-nostdin', '-loglevel', 'error', '-y', '-i', path, '-acodec', 'pcm_s16le', wav]
  await tool('ffmpeg', args, CONVERT_MS_MAX)
}

async function tool(program: string, args: readonly string[], timeout: number) {
  try {
    return await run(program, args, { timeout, maxBuffer: 1024 * 1024 })
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const reason = cause instanceof Error ? cause.message.slice(0, 300) : String(cause)
    throw new Failure(isAbsent ? 'unavailable' : 'bad-input', `${program}: ${reason}`, { cause })
  }
}
