// earshot streams: one line for each RTP stream that matches, with what was measured of it.
import { Failure } from '../base/failure.ts'
import type { Stream } from '../calls/stream.ts'
import { formatEnd, formatTime } from '../query/export.ts'
import type { Finder } from '../query/finder.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import type { StreamFilter } from '../store/stream-filter.ts'
import { type Arguments, type Command, readArguments } from './command.ts'
import { readFilter } from './filter-flags.ts'
import { listAll, type Listing, listingFlags, listingUsage, readListing } from './listing.ts'
import { writeLine, writeTable } from './output.ts'
import { withFinder } from './store-reading.ts'

const streamFlags = {
  ...listingFlags,
  ssrc: { type: 'string' },
  codec: { type: 'string' },
  'mos-below': { type: 'string' },
} as const

export const streamsCommand: Command = {
  usage: `[--data DIR] [--json] [--ssrc SSRC] [--codec NAME] [--mos-below N] ${listingUsage}`,
  summary: 'lists RTP streams with loss, jitter and score: oldest first, or --newest first',
  run: async (argv) => {
    const args = readArguments(argv, streamFlags, ['storage'])
    const legs = readFilter(args)
    const own = readStreamFilter(args)
    const listing = readListing(args)
    return withFinder(args.settings.dataFolder, async (finder) => {
      const streams = findStreams(finder, legs, own, listing)
      if (args.has('json')) {
        for await (const stream of streams) await writeLine(JSON.stringify(stream))
      } else await writeTable(streams, columns)
      return 0
    })
  },
}

/** Streams of the legs that are meant; of all there are where the flags mean no leg. */
function findStreams(
  finder: Finder,
  { startUs, endUs, callId, address, ...ofLegs }: LegFilter,
  own: StreamFilter,
  listing: Listing,
): AsyncGenerator<Stream> {
  const shared = {
    ...(startUs === undefined ? {} : { startUs }),
    ...(endUs === undefined ? {} : { endUs }),
    ...(callId === undefined ? {} : { callId }),
    ...(address === undefined ? {} : { address }),
  }
  return Object.keys(ofLegs).length === 0
    ? listAll((page) => finder.findStreams({ ...shared, ...own }, page), listing)
    : streamsOfLegs(finder, { ...shared, ...ofLegs }, own, listing)
}

async function* streamsOfLegs(
  finder: Finder,
  filter: LegFilter,
  own: StreamFilter,
  { limit, order }: Listing,
): AsyncGenerator<Stream> {
  const all = { limit: Number.POSITIVE_INFINITY, order }
  let left = limit
  for await (const leg of listAll((page) => finder.findLegs(filter, page), all)) {
    for (const stream of await finder.streamsOf([leg])) {
      if (!matches(stream, own)) continue
      yield stream
      if (--left === 0) return
    }
  }
}

function matches(stream: Stream, { ssrc, codec, mosBelow }: StreamFilter): boolean {
  if (ssrc !== undefined && stream.ssrc !== ssrc) return false
  if (codec !== undefined && stream.codec?.toLowerCase() !== codec.toLowerCase()) return false
  return mosBelow === undefined || (stream.mos !== null && stream.mos < mosBelow)
}

/** @throws Failure `bad-input` naming the flag that was not understood */
function readStreamFilter(args: Arguments): StreamFilter {
  const codec = args.text('codec')
  const ssrc = readNumber(args, 'ssrc', isSsrc, 'a number, as 0x1f2e3d4c or decimal')
  const mosBelow = readNumber(args, 'mos-below', isScore, 'a score from 1 to 5')
  return {
    ...(codec === undefined ? {} : { codec }),
    ...(ssrc === undefined ? {} : { ssrc }),
    ...(mosBelow === undefined ? {} : { mosBelow }),
  }
}

/** 32 bits (RFC 3550 §5.1). */
const isSsrc = (value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** 32
const isScore = (value: number) => value >= 1 && value <= 5

function readNumber(
  args: Arguments,
  flag: string,
  isRight: (value: number) => boolean,
  expected: string,
): number | undefined {
  const text = args.text(flag)
  if (text === undefined) return undefined
  const number = Number(text)
  if (text.trim() !== '' && isRight(number)) return number
  throw new Failure('bad-input', `--${flag} ${text}: expected ${expected}`)
}

const ms = (value: number | null): string | null => (value === null ? null : value.toFixed(2))

const columns = [
  { title: 'start (UTC)', value: (stream: Stream) => formatTime(stream.startUs) },
  { title: 'source', value: ({ src, srcPort }: Stream) => formatEnd(src, srcPort) },
  { title: 'destination', value: ({ dst, dstPort }: Stream) => formatEnd(dst, dstPort) },
  { title: 'SSRC', value: ({ ssrc }: Stream) => `0x${ssrc.toString(16).padStart(8, '0')}` },
  {
    title: 'codec',
    value: ({ codec, payloadType }: Stream) => codec ?? `type ${payloadType}`,
  },
  { title: 'packets', isNumber: true, value: (stream: Stream) => stream.packets },
  { title: 'lost', isNumber: true, value: (stream: Stream) => stream.lost },
  { title: 'jitter ms', isNumber: true, value: (stream: Stream) => ms(stream.jitterMsMean) },
  { title: 'max', isNumber: true, value: (stream: Stream) => ms(stream.jitterMsMax) },
  { title: 'MOS', isNumber: true, value: (stream: Stream) => ms(stream.mos) },
  { title: 'Call-ID', value: (stream: Stream) => stream.callId },
]
