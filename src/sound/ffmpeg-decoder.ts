// A file of foreign payloads in, samples out, by the system's ffmpeg as a child process that reads
// its input and writes its output through pipes. It is given no file name and no network, and no
// more time than decoding takes. Refuses to give silence where ffmpeg is missing.
import { spawn } from 'node:child_process'
import { writeForeign } from '../audio/foreign/write-foreign.ts'
import { cutForeign, type ForeignFile } from '../audio/foreign/foreign-file.ts'
import type { ForeignDecoder } from '../audio/sound.ts'
import { Failure } from '../base/failure.ts'

/** A run of five minutes takes a second; this is for a machine that does other things too. */
const RUN_MS_MAX = 60_000
const STDERR_CHARS_MAX = 1_000
const SCALE = 32_768

/** A decoder by `program`, which is looked for as a shell would. */
export function ffmpegDecoder(program = 'ffmpeg'): ForeignDecoder {
  return async (codec, payloads) => {
    const file = writeForeign(codec, payloads)
    if (file === undefined) throw new Failure('internal', `no foreign decoder for ${codec.name}`)
    const isEmpty = file.stretches.every((stretches) => stretches.every((one) => one.isSilence))
    const pcm = isEmpty ? Buffer.alloc(0) : await run(program, codec.name, file)
    return { sampleRateHz: file.sampleRateHz, samples: cutForeign(file, floatsOf(pcm)) }
  }
}

function run(program: string, codecName: string, file: ForeignFile): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const common = ['-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'pipe']
  const input = ['-f', file.format, ...file.options, '-i', 'pipe:0']
  const result = ['-f', 's16le', '-ac', '1', '-ar', String(file.sampleRateHz), 'pipe:1']
  const args = [...common, ...input, ...result]
  const child = spawn(program, args, { stdio: 'pipe' })
  const clock = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX)
  const output: Buffer[] = []
  let complaint = ''
  child.stdout.on('data', (piece: Buffer) => output.push(piece))
  child.stderr.on('data', (piece: Buffer) => {
    if (complaint.length < STDERR_CHARS_MAX) complaint += piece.toString('latin1')
  })
  // It may end before it has read everything; what it says then is told by its exit.
  child.stdin.on('error', () => undefined)
  child.on('error', (cause: NodeJS.ErrnoException) => {
    clearTimeout(clock)
    const reason =
      cause.code === 'ENOENT'
        ? `${codecName} needs ${program}, which is not installed`
        : `${program} cannot be started for ${codecName}: ${cause.message}`
    reject(new Failure('unavailable', reason, { cause }))
  })
  child.on('close', (code) => {
    clearTimeout(clock)
    const pcm = Buffer.concat(output)
    // Damaged frames make it complain and go on; only nothing at all is a failure.
    if (pcm.length > 0) resolve(pcm)
    else {
      const said = complaint.trim().split('\n')[0] ?? ''
      reject(new Failure('unavailable', `${program} ended with ${code} on ${codecName}: ${said}`))
    }
  })
  child.stdin.end(file.bytes)
  return promise
}

function floatsOf(pcm: Buffer): Float32Array {
  const samples = new Float32Array(pcm.length >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = pcm.readInt16LE(2 * i) / SCALE
  return samples
}
