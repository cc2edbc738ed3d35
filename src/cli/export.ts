// earshot export: the frames of calls into a pcap or pcapng, with their media where it is wished,
// their messages into a text, or the sound of one call into a WAV or MP3.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../base/failure.ts'
import { limits } from '../base/limits.ts'
import type { SoundLayout } from '../audio/sound.ts'
import type { Leg } from '../calls/leg.ts'
import { callSoundOf } from '../query/call-sound.ts'
import { EXPORT_FORMATS, type ExportFormat, exportFrames } from '../query/export.ts'
import type { Finder } from '../query/finder.ts'
import {
  SOUND_FORMATS,
  SOUND_LAYOUTS,
  type SoundFormat,
  writeSoundFile,
} from '../sound/sound-file.ts'
import { type Command, EXIT_FAILED, readArguments } from './command.ts'
import { checkKeyLog, KeyLogFile } from '../source/key-log-file.ts'
import { printable } from './output.ts'
import { withFinder } from './store-reading.ts'

const MEDIA_FORMATS: readonly ExportFormat[] = ['pcap', 'pcapng']

export const exportCommand: Command = {
  usage:
    'CALL-ID… --out FILE.pcap|.pcapng|.txt|.wav|.mp3 [--media] [--layout stereo|mixed|…] ' +
    '[--keylog FILE]',
  summary:
    'writes the SIP of these Call-IDs (or call keys) as captured, with --media their RTP too, ' +
    'or the sound of one call',
  run: async (argv) => {
    const flags = {
      out: { type: 'string' },
      layout: { type: 'string' },
      media: { type: 'boolean' },
    } as const
    const args = readArguments(argv, flags, ['storage', 'calls'])
    const out = args.text('out')
    const { positionals } = args
    if (out === undefined) throw new Failure('bad-input', 'export: --out FILE is needed')
    if (positionals.length === 0) throw new Failure('bad-input', 'export: name a Call-ID')
    if (positionals.length > limits.exportCallsMax) {
      throw new Failure('bad-input', `export: at most ${limits.exportCallsMax} Call-IDs at once`)
    }
    const format = formatOf(out)
    const hasMedia = args.has('media')
    if (hasMedia && !MEDIA_FORMATS.some((each) => each === format)) {
      throw new Failure('bad-input', `--media: a ${format} holds no packets, use .pcap or .pcapng`)
    }
    const layout = layoutOf(args.text('layout'))
    const { keyLogFile } = args.settings
    checkKeyLog(keyLogFile)
    return withFinder(args.settings.dataFolder, async (finder) => {
      const legs = await legsOf(finder, positionals)
      if (!isSoundFormat(format)) return writeCalls(finder, legs, { format, out, hasMedia })
      return writeSound(finder, legs, { format, layout, out, keyLogFile })
    })
  },
}

function formatOf(path: string): ExportFormat | SoundFormat {
  const ending = extname(path).slice(1).toLowerCase()
  const formats = [...EXPORT_FORMATS, ...SOUND_FORMATS]
  const format = formats.find((each) => each === ending)
  if (format !== undefined) return format
  const endings = formats.map((each) => `.${each}`).join(', ')
  throw new Failure('bad-input', `${path}: expected a name ending in one of ${endings}`)
}

function isSoundFormat(format: ExportFormat | SoundFormat): format is SoundFormat {
  return SOUND_FORMATS.some((each) => each === format)
}

function layoutOf(text: string | undefined): SoundLayout {
  const layout = SOUND_LAYOUTS.find((each) => each === (text ?? 'stereo'))
  if (layout !== undefined) return layout
  throw new Failure('bad-input', `--layout: expected one of ${SOUND_LAYOUTS.join(', ')}`)
}

/** Writes what can be read, and tells what cannot. Gives the exit code. */
async function writeCalls(
  finder: Finder,
  legs: readonly Leg[],
  { format, out, hasMedia }: { format: ExportFormat; out: string; hasMedia: boolean },
): Promise<number> {
  const unread = new Set<string>()
  const media = hasMedia ? {} : undefined
  const onUnread = (reason: string) => void unread.add(reason)
  await writeFile(out, exportFrames(finder, legs, format, { media, onUnread }))
  return tellUnread(unread)
}

/** Names what could not be read. Gives the exit code. */
function tellUnread(unread: ReadonlySet<string>): number {
  for (const reason of unread) {
    process.stderr.write(`earshot: ${printable(reason)}; what it holds of the calls is left out\n`)
  }
  return unread.size === 0 ? 0 : EXIT_FAILED
}

interface SoundExport {
  readonly format: SoundFormat
  readonly layout: SoundLayout
  readonly out: string
  readonly keyLogFile: string | undefined
}

/** The same for sound, which is silent where packets are left out. */
async function writeSound(
  finder: Finder,
  legs: readonly Leg[],
  wish: SoundExport,
): Promise<number> {
  if (new Set(legs.map(({ callKey }) => callKey)).size > 1) {
    throw new Failure('bad-input', 'export: the sound of one call at a time')
  }
  const { keyLogFile } = wish
  const secrets = keyLogFile === undefined ? undefined : new KeyLogFile(keyLogFile, false)
  const unread = new Set<string>()
  const onUnread = (reason: string) => void unread.add(reason)
  const callSound = await callSoundOf(finder, legs, { secrets, onUnread })
  await writeSoundFile(callSound, wish, wish.out).catch((error: unknown) => {
    throw toWriteFailure(wish.out, error)
  })
  return tellUnread(unread)
}

/** All legs of the calls that these Call-IDs or call keys belong to, each once. */
export async function legsOf(finder: Finder, names: readonly string[]): Promise<readonly Leg[]> {
  const legs = new Map<string, Leg>()
  for (const name of names) {
    const found = await finder.legsByCallId(name)
    const keys = found.length > 0 ? found.map(({ callKey }) => callKey) : [name]
    let isFound = false
    for (const key of new Set(keys)) {
      const call = await finder.callByKey(key)
      for (const leg of call?.legs ?? []) {
        legs.set(leg.legKey, leg)
        isFound = true
      }
    }
    if (!isFound) {
      const instead = '"earshot calls" finds it by a number, a user or an address'
      throw new Failure('not-found', `no call has the Call-ID ${name}; ${instead}`)
    }
  }
  return [...legs.values()]
}

/** Writes beside the file first, so that a failure leaves what was there. */
async function writeFile(path: string, bytes: AsyncIterable<Buffer>): Promise<void> {
  const partial = `${path}.part`
  try {
    await pipeline(Readable.from(bytes), createWriteStream(partial))
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw toWriteFailure(path, error)
  }
}

function toWriteFailure(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Failure('unavailable', `cannot write ${path}: ${reason}`, { cause: error })
}
