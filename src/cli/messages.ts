// earshot messages: one line for each SIP message of the legs that match, in the order of time.
import type { StoredMessage } from '../query/finder.ts'
import { formatEnd, formatTime } from '../query/export.ts'
import { SipMessage } from '../sip/message.ts'
import { type Command, EXIT_FAILED, readArguments } from './command.ts'
import { filterFlags, filterUsage, readFilter } from './filter-flags.ts'
import { readLimit } from './listing.ts'
import { printable, writeLine, writeTable } from './output.ts'
import { withFinder } from './store-reading.ts'

export const messagesCommand: Command = {
  usage: `[--data DIR] [--json] ${filterUsage}`,
  summary: 'lists the messages of the legs that match, in the order of time',
  run: async (argv) => {
    const args = readArguments(argv, filterFlags, ['storage'])
    const filter = readFilter(args)
    const limit = readLimit(args)
    return withFinder(args.settings.dataFolder, async (finder) => {
      const unread = new Set<string>()
      const messages = finder.messagesInOrder(filter, (reason) => unread.add(reason))
      const lines = readLines(messages, limit)
      if (args.has('json')) for await (const line of lines) await writeLine(JSON.stringify(line))
      else await writeTable(lines, columns)
      for (const reason of unread) {
        process.stderr.write(`earshot: ${printable(reason)}; who its messages name is not told\n`)
      }
      return unread.size === 0 ? 0 : EXIT_FAILED
    })
  },
}

/** Transports that run on TCP: a message inside one of them was opened before it was stored. */
const ON_TCP: readonly string[] = ['tls', 'ws', 'wss']

interface MessageLine extends Omit<StoredMessage, 'bytes'> {
  /** `tls`, `ws` or `wss` where the message was inside of it; `transport` is then `tcp`. */
  readonly over: string | null
  /** User parts of the message's own From and To; null where its bytes are lost. */
  readonly from: string | null
  readonly to: string | null
}

async function* readLines(
  messages: AsyncIterable<StoredMessage>,
  limit: number,
): AsyncGenerator<MessageLine> {
  const parsed = new SipMessage()
  let left = limit
  for await (const { bytes, ...row } of messages) {
    if (left-- <= 0) return
    const isRead = parsed.read(bytes, 0, bytes.length)
    const { transport } = row
    const over = ON_TCP.includes(transport) ? transport : null
    yield {
      ...row,
      transport: over === null ? transport : 'tcp',
      over,
      from: (isRead && parsed.from?.uri.user) || null,
      to: (isRead && parsed.to?.uri.user) || null,
    }
  }
}

const columns = [
  { title: 'time (UTC)', value: (line: MessageLine) => formatTime(line.tUs) },
  { title: 'via', value: (line: MessageLine) => line.over ?? line.transport },
  { title: 'source', value: (line: MessageLine) => formatEnd(line.src, line.srcPort) },
  { title: 'destination', value: (line: MessageLine) => formatEnd(line.dst, line.dstPort) },
  {
    title: 'message',
    value: ({ method, status }: MessageLine) => (status === null ? method : `${status} ${method}`),
  },
  { title: 'from', value: (line: MessageLine) => line.from },
  { title: 'to', value: (line: MessageLine) => line.to },
  { title: 'Call-ID', value: (line: MessageLine) => line.callId },
]
