// The filter flags of listing commands in, the LegFilter they mean out; bare words are read as the
// search box of the pages reads them.
import { Failure, isFailure } from '../base/failure.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import {
  mergeFilters,
  parseSearchBox,
  readSearchField,
  withIdentities,
} from '../query/search-box.ts'
import { readTimeText } from '../query/time-text.ts'
import type { Arguments, Flag } from './command.ts'

/** Flag and the search field that reads it. */
const FIELDS: Readonly<Record<string, string>> = {
  from: 'from',
  to: 'to',
  user: 'user',
  'call-id': 'callid',
  conversation: 'conversation',
  address: 'ip',
  status: 'status',
  state: 'state',
  kind: 'kind',
}

export const filterFlags: Readonly<Record<string, Flag>> = {
  ...Object.fromEntries(Object.keys(FIELDS).map((flag) => [flag, { type: 'string' as const }])),
  'call-key': { type: 'string' },
  start: { type: 'string' },
  end: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
}

export const filterUsage =
  '[--from USER] [--to USER] [--user USER] [--call-id ID] [--conversation ID] [--address IP] ' +
  '[--status 486|4xx] [--state STATE] [--kind KIND] [--start TIME] [--end TIME] [--limit N] ' +
  '[WORD…]'

/** @throws Failure `bad-input` naming the flag or word that was not understood */
export function readFilter(args: Arguments): LegFilter {
  let filter = parseSearchBox(args.positionals.join(' '))
  for (const [flag, field] of Object.entries(FIELDS)) {
    const text = args.text(flag)
    if (text !== undefined) {
      const read = naming(flag, () => readSearchField(field, text))
      filter = mergeFilters(filter, read, `--${flag} ${text}`)
    }
  }
  const { kind, ...rest } = filter
  const start = args.text('start')
  const end = args.text('end')
  const callKey = args.text('call-key')
  return withIdentities({
    ...rest,
    ...(kind === undefined || kind === 'all' ? {} : { kind }),
    ...(callKey === undefined ? {} : { callKey }),
    ...(start === undefined ? {} : { startUs: naming('start', () => readTimeText(start).us) }),
    ...(end === undefined ? {} : { endUs: naming('end', () => readTimeText(end).us) }),
  })
}

/** Puts the flag in front of what was wrong with its value. */
function naming<Value>(flag: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!isFailure(error)) throw error
    throw new Failure(error.kind, `--${flag}: ${error.message}`, { cause: error })
  }
}
