// earshot export: the frames of calls into a pcap or pcapng, or their messages into a text.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../base/failure.ts'
import { limits } from '../base/limits.ts'
import type { Leg } from '../calls/leg.ts'
import { EXPORT_FORMATS, type ExportFormat, exportFrames } from '../query/export.ts'
import type { Finder } from '../query/finder.ts'
import { type Command, readArguments } from './command.ts'
import { withFinder } from './store-reading.ts'

export const exportCommand: Command = {
  usage: 'CALL-ID… --out FILE.pcap|.pcapng|.txt [--data DIR]',
  summary: 'writes the calls of these Call-IDs (or call keys) to a file, exactly as captured',
  run: async (argv) => {
    const args = readArguments(argv, { out: { type: 'string' } }, ['storage'])
    const out = args.text('out')
    const { positionals } = args
    if (out === undefined) throw new Failure('bad-input', 'export: --out FILE is needed')
    if (positionals.length === 0) throw new Failure('bad-input', 'export: name a Call-ID')
    if (positionals.length > limits.exportCallsMax) {
      throw new Failure('bad-input', `export: at most ${limits.exportCallsMax} Call-IDs at once`)
    }
    const format = formatOf(out)
    return withFinder(args.settings.dataFolder, async (finder) => {
      const legs = await legsOf(finder, positionals)
      await writeFile(out, exportFrames(finder, legs, format))
      return 0
    })
  },
}

function formatOf(path: string): ExportFormat {
  const ending = extname(path).slice(1).toLowerCase()
  const format = EXPORT_FORMATS.find((each) => each === ending)
  if (format !== undefined) return format
  if (ending === 'wav') {
    throw new Failure('bad-input', `${path}: no sound is kept yet, so there is nothing to write`)
  }
  throw new Failure('bad-input', `${path}: expected a name ending in .pcap, .pcapng or .txt`)
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
    if (!isFound) throw new Failure('not-found', `no call has the Call-ID ${name}`)
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
    if (error instanceof Failure) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('unavailable', `cannot write ${path}: ${reason}`, { cause: error })
  }
}
