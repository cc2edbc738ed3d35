// Speech for tests of whole calls, out of espeak-ng: the same sentence each time, at the rate and
// in the band that are asked for. Something like speech where espeak-ng or sox is missing.
import { execFileSync, spawnSync, type StdioOptions } from 'node:child_process'
import { floatsOf, speechLike } from '../audio/ffmpeg.fixture.ts'

const SENTENCE = 'Somebody must have said this before us, and somebody will say it again.'
const hasSpeech = ['espeak-ng', 'sox'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
)

/**
 * What a microphone's filter lets through: `telephone` 300 to 3,400 Hz, `all` everything. Codecs of
 * speech cut lows away themselves, and what they cut cannot be like what was said.
 */
export type SpeechBand = 'all' | 'telephone'

/** Cut to whole seconds. */
export function speech(rateHz: number, seconds: number, band: SpeechBand = 'all'): Float32Array {
  if (!hasSpeech) return speechLike(rateHz, seconds)
  const quiet = { stdio: ['pipe', 'pipe', 'ignore'] satisfies StdioOptions }
  const voice = ['-v', band === 'all' ? 'en' : 'en+f3']
  const wav = execFileSync('espeak-ng', [...voice, '--stdout', SENTENCE], quiet)
  const raw = ['-t', 'raw', '-r', `${rateHz}`, '-c', '1', '-b', '16', '-e', 'signed']
  const filter = band === 'all' ? [] : ['sinc', '300-3400']
  const args = ['-V1', '-D', '-t', 'wav', '-', ...raw, '-', ...filter]
  const said = floatsOf(execFileSync('sox', args, { input: wav, ...quiet }))
  const whole = new Float32Array(seconds * rateHz)
  whole.set(said.subarray(0, whole.length))
  return whole
}
