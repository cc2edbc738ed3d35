// What a transcriber printed in, stretches of speech with their times out. Knows the output of
// whisper.cpp and of pocketsphinx_continuous; of any other text the whole is one stretch.
//
//     [00:00:01.240 --> 00:00:04.000]   Good morning.            whisper.cpp
//     good morning                                               pocketsphinx, -time yes: an
//     good 0.390 0.580 0.227508                                  utterance, then its words with
//     <sil> 0.590 0.730 0.428914                                 begin, end and confidence
import { recorderLimits } from './limits.ts'

export interface HeardSegment {
  readonly startMs: number
  readonly endMs: number
  readonly text: string
}

/** Parses an output. `durationMs` is that of the sound, where the text has no times. */
export function parseTranscript(output: string, durationMs: number): readonly HeardSegment[] {
  const lines = output.split(/\r?\n/)
  const whisper = lines.map(whisperLine).filter((one) => one !== undefined)
  if (whisper.length > 0) return bounded(whisper.filter(({ text }) => !isNoise(text)))
  if (lines.some((line) => wordLine(line) !== undefined)) return bounded(utterances(lines))
  const text = lines.join(' ').replace(/\s+/g, ' ').trim()
  return text === '' ? [] : [{ startMs: 0, endMs: durationMs, text }]
}

function bounded(segments: readonly HeardSegment[]): readonly HeardSegment[] {
  return segments.slice(0, recorderLimits.segmentsMax)
}

/** whisper.cpp says in brackets what is no speech: `[BLANK_AUDIO]`, `(music)`. */
function isNoise(text: string): boolean {
  return text === '' || /^(?:\[[^\]]*\]|\([^)]*\))$/.test(text)
}

function whisperLine(line: string): HeardSegment | undefined {
  const match = /^\[([\d:.,]{9,16}) --> ([\d:.,]{9,16})\]\s*(.*)$/.exec(line)
  if (match === null) return undefined
  const [, start = '', end = '', text = ''] = match
  return { startMs: clockMs(start), endMs: clockMs(end), text: text.trim() }
}

/** `00:01:02.500`, ms. */
function clockMs(text: string): number {
  const seconds = text
    .replace(',', '.')
    .split(':')
    .reduce((sum, part) => sum * 60 + (Number(part) || 0), 0)
  return Math.round(seconds * 1000)
}

interface Word {
  readonly word: string
  readonly startMs: number
  readonly endMs: number
}

function wordLine(line: string): Word | undefined {
  const match = /^(\S+) (\d+\.\d+) (\d+\.\d+) -?\d+\.\d+$/.exec(line.trim())
  if (match === null) return undefined
  const [, word = '', start, end] = match
  return { word, startMs: Math.round(Number(start) * 1000), endMs: Math.round(Number(end) * 1000) }
}

/** An utterance's text stands before its words, whose pronunciations are numbered: `the(2)`. */
function utterances(lines: readonly string[]): HeardSegment[] {
  const found: HeardSegment[] = []
  let words: Word[] = []
  const close = () => {
    const spoken = words.filter(({ word }) => !/^(?:<.*>|\[.*\]|\+\+.*\+\+)$/.test(word))
    const [first] = spoken
    const last = spoken.at(-1)
    const text = spoken.map(({ word }) => word.replace(/\(\d+\)$/, '')).join(' ')
    if (first !== undefined && last !== undefined) {
      found.push({ startMs: first.startMs, endMs: last.endMs, text })
    }
    words = []
  }
  for (const line of lines) {
    const word = wordLine(line)
    if (word === undefined) close()
    else words.push(word)
  }
  close()
  return found
}
