// earshot recordings: one line for each recording that matches.
import { Failure } from '../base/failure.ts'
import { formatSpan } from '../calls/verdict.ts'
import { formatTime } from '../query/export.ts'
import { readTimeText } from '../query/time-text.ts'
import type { RecordingFilter } from '../store/recordings/contract.ts'
import { openRecordingsToRead } from '../store/recordings/open-recordings.ts'
import {
  type Recording,
  RECORDING_SOURCES,
  RECORDING_STATES,
} from '../store/recordings/recording.ts'
import { type Arguments, type Command, readArguments, refuseWords } from './command.ts'
import { listAll, readListing } from './listing.ts'
import { writeLine, writeTable } from './output.ts'
import { requireStore } from './store-reading.ts'

const flags = {
  ...Object.fromEntries(
    ['from', 'to', 'state', 'source', 'rule', 'text', 'start', 'end', 'limit'].map(
      (flag) => [flag, { type: 'string' }] as const,
    ),
  ),
  newest: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export const recordingsCommand: Command = {
  usage:
    '[--data DIR] [--json] [--newest] [--from USER] [--to USER] [--state STATE] ' +
    '[--source SOURCE] [--rule NAME] [--text WORDS] [--start TIME] [--end TIME] [--limit N]',
  summary: 'lists recordings with their sound files: oldest first, or --newest first',
  run: async (argv) => {
    const args = readArguments(argv, flags, ['storage'])
    refuseWords('recordings', args)
    const filter = readFilter(args)
    const listing = readListing(args)
    requireStore(args.settings.dataFolder)
    const store = openRecordingsToRead(args.settings.dataFolder)
    try {
      const none = { rows: [], next: null }
      const rows = listAll(async (page) => store?.find(filter, page) ?? none, listing)
      if (!args.has('json')) await writeTable(rows, columns)
      else for await (const row of rows) await writeLine(JSON.stringify(row))
      return 0
    } finally {
      await store?.close()
    }
  },
}

/** @throws Failure `bad-input` naming the flag that was not understood */
function readFilter(args: Arguments): RecordingFilter {
  const plain = ['from', 'to', 'rule', 'text'].flatMap((flag) => {
    const value = args.text(flag)
    return value === undefined ? [] : [[flag, value] as const]
  })
  const state = wordOf(args, 'state', RECORDING_STATES)
  const source = wordOf(args, 'source', RECORDING_SOURCES)
  const start = args.text('start')
  const end = args.text('end')
  return {
    ...Object.fromEntries(plain),
    ...(state === undefined ? {} : { state }),
    ...(source === undefined ? {} : { source }),
    ...(start === undefined ? {} : { startUs: readTimeText(start).us }),
    ...(end === undefined ? {} : { endUs: readTimeText(end).us }),
  }
}

function wordOf<Word extends string>(args: Arguments, flag: string, words: readonly Word[]) {
  const text = args.text(flag)
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (word !== undefined) return word
  throw new Failure('bad-input', `--${flag} ${text}: expected one of ${words.join(', ')}`)
}

const columns = [
  { title: 'start (UTC)', value: (one: Recording) => formatTime(one.startUs) },
  { title: 'from', value: (one: Recording) => one.from },
  { title: 'to', value: (one: Recording) => one.to },
  {
    title: 'duration',
    isNumber: true,
    value: ({ durationMs }: Recording) =>
      durationMs === null ? null : formatSpan(durationMs * 1000),
  },
  { title: 'state', value: (one: Recording) => one.state },
  { title: 'source', value: (one: Recording) => one.source },
  { title: 'rule', value: (one: Recording) => one.rule },
  { title: 'files', isNumber: true, value: (one: Recording) => one.media.length },
  { title: 'recording', value: (one: Recording) => one.recordingId },
]
