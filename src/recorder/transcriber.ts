// A sound file in, what is said in it out: runs the operator's transcriber on each channel, made
// 16 kHz mono by ffmpeg as transcribers want it. No shell reads the command.
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import type { TranscriptSegment } from '../store/recordings/recording.ts'
import { recorderLimits } from './limits.ts'
import { parseTranscript } from './transcript-text.ts'

/** Transcribers known by name; `{wav}` stands for the file. */
const KNOWN: Readonly<Record<string, string>> = {
  whisper: 'whisper-cli --no-prints --file {wav}',
  pocketsphinx: 'pocketsphinx_continuous -infile {wav} -time yes -logfn /dev/null',
}
const RATE_HZ = 16_000
const STDERR_CHARS_MAX = 500

export class Transcriber {
  /** As the operator wrote it. */
  readonly name: string
  readonly #words: readonly string[]

  /** @throws Failure `bad-input` for a command without a program or with an open quote */
  constructor(command: string) {
    this.name = command
    this.#words = commandWords(KNOWN[command] ?? command)
    if (this.#words.length === 0) throw new Failure('bad-input', 'transcriber: expected a command')
  }

  /**
   * What is said in a file, in order of time.
   * @throws Failure `unavailable` where a program is missing or fails, `timeout` where it hangs
   */
  async run(
    path: string,
    sound: {
      readonly channels: number
      readonly durationMs: number
      readonly workFolder: string
      /** Ends the programs before their time. */
      readonly signal: AbortSignal
    },
  ): Promise<readonly TranscriptSegment[]> {
    const segments: TranscriptSegment[] = []
    for (let channel = 0; channel < sound.channels; channel++) {
      const wav = join(sound.workFolder, `speech-${process.pid}-${channel}-${++runs}.wav`)
      try {
        await this.#convert({ path, wav, channel, signal: sound.signal })
        const output = await runProgram(this.#argsFor(wav), {
          afterMs: timeoutMs(sound.durationMs),
          signal: sound.signal,
        })
        for (const { startMs, endMs, text } of parseTranscript(output, sound.durationMs)) {
          segments.push({ startMs, endMs, text, channel: sound.channels === 1 ? null : channel })
        }
      } finally {
        await rm(wav, { force: true })
      }
    }
    return segments.sort((a, b) => a.startMs - b.startMs || (a.channel ?? 0) - (b.channel ?? 0))
  }

  async #convert(parts: {
    readonly path: string
    readonly wav: string
    readonly channel: number
    readonly signal: AbortSignal
  }): Promise<void> {
    const filter = `pan=mono|c0=c${parts.channel}`
    const args = ['-nostdin', '-loglevel', 'error', '-y', '-i', parts.path, '-af', filter]
    const words = ['ffmpeg', ...args, '-ar', String(RATE_HZ), parts.wav]
    await runProgram(words, { afterMs: timeoutMs(0), signal: parts.signal })
  }

  #argsFor(wav: string): string[] {
    const words = this.#words.map((word) => word.replaceAll('{wav}', wav))
    return this.#words.some((word) => word.includes('{wav}')) ? words : [...words, wav]
  }
}

/** Tells the temporary files of one process apart. */
let runs = 0

function timeoutMs(durationMs: number): number {
  const { transcribeMsMin, transcribeMsPerSecond } = recorderLimits
  return Math.max(transcribeMsMin, (durationMs / 1000) * transcribeMsPerSecond)
}

/** Words of a command; what stands in single or double quotes is one. @throws Failure */
export function commandWords(command: string): string[] {
  const words: string[] = []
  for (const [word, quoted, other] of command.matchAll(/"([^"]*)"|'([^']*)'|\S+/g)) {
    if (/^["']/.test(word) && quoted === undefined && other === undefined) {
      throw new Failure('bad-input', `transcriber: a quote is not closed in ${word}`)
    }
    words.push(quoted ?? other ?? word)
  }
  return words
}

/** Runs a program and gives what it printed. */
function runProgram(
  words: readonly string[],
  { afterMs, signal }: { readonly afterMs: number; readonly signal: AbortSignal },
): Promise<string> {
  const [program = '', ...args] = words
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: afterMs,
    signal,
    killSignal: 'SIGKILL',
  })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let output = ''
  let complaint = ''
  child.stdout.on('data', (bytes: Buffer) => {
    if (output.length < recorderLimits.transcriptBytesMax) output += bytes.toString('utf8')
  })
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString('utf8')).slice(-STDERR_CHARS_MAX)
  })
  child.on('error', (cause) => {
    reject(new Failure('unavailable', `cannot run ${program}: ${cause.message}`, { cause }))
  })
  child.on('close', (code, killed) => {
    if (code === 0) resolve(output)
    else if (killed === 'SIGKILL') reject(new Failure('timeout', `${program} took too long`))
    else reject(new Failure('unavailable', `${program} failed (${code}): ${complaint.trim()}`))
  })
  return promise
}
