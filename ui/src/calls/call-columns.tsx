// The columns of the call list: what each shows, and what its tooltip adds.
import { createColumnHelper, tableFeatures } from '@tanstack/react-table'
import type { Call, Side } from '../../../src/calls/leg.ts'
import { formatEnd } from '../paint/ladder-columns.ts'
import { CallState } from '../parts/call-state.tsx'
import { Link } from '../route/link.tsx'
import { callPath } from '../route/pages.ts'
import { formatDurationMs } from '../text/quantity.ts'
import { visible } from '../text/visible.ts'
import { WireText } from '../text/wire-text.tsx'
import { TimeText } from '../text/zone.tsx'

/** The list is sorted and filtered by the server: the table needs no features of its own. */
export const features = tableFeatures({})

const helper = createColumnHelper<typeof features, Call>()

/** Columns from left to right; their ids are the class names of their cells. */
export const columns = helper.columns([
  helper.accessor('startUs', {
    header: 'Start',
    cell: ({ row }) => (
      <Link href={callPath(row.original.callKey)}>
        <TimeText tUs={row.original.startUs} />
      </Link>
    ),
  }),
  helper.accessor('from', {
    header: 'From',
    cell: ({ row }) => <User name={row.original.from} call={row.original} side="caller" />,
  }),
  helper.accessor('to', {
    header: 'To',
    cell: ({ row }) => <User name={row.original.to} call={row.original} side="callee" />,
  }),
  helper.display({
    id: 'ends',
    header: 'Source → destination',
    cell: ({ row }) => <Ends call={row.original} />,
  }),
  helper.accessor('durationMs', {
    header: 'Duration',
    cell: ({ row }) => <Duration durationMs={row.original.durationMs} />,
  }),
  helper.accessor('state', {
    header: 'Result',
    cell: ({ row }) => <CallState call={row.original} />,
  }),
  helper.accessor('verdict', {
    header: 'What happened',
    cell: ({ row }) => (
      <span title={visible(row.original.verdict)}>
        {row.original.kind !== 'call' && <span className="kind">{row.original.kind}</span>}
        <WireText text={row.original.verdict} />
      </span>
    ),
  }),
  helper.display({
    id: 'legs',
    header: 'Legs',
    cell: ({ row }) => <span className="number">{row.original.legs.length}</span>,
  }),
  helper.display({
    id: 'messages',
    header: 'Msgs',
    cell: ({ row }) => <span className="number">{messagesOf(row.original)}</span>,
  }),
])

/** Messages of all legs, retransmissions included. */
function messagesOf(call: Call): number {
  return call.legs.reduce((sum, leg) => sum + leg.messages, 0)
}

/** The user of From or To, and behind it who else that side is: what a search may have found. */
function User(props: { name: string | null; call: Call; side: Side }) {
  const { name, call, side } = props
  const others = call.legs
    .flatMap((leg) => leg.identities)
    .filter((each) => each.side === side && each.user !== name)
  const [first] = others
  const lines = new Set([name ?? 'none', ...others.map((each) => `${each.header}: ${each.user}`)])
  return (
    <span title={Array.from(lines, visible).join('\n')}>
      {name === null ? <span className="dim">none</span> : <WireText text={name} />}
      {first !== undefined && (
        <small className="dim">
          {' '}
          <WireText text={first.user} />
        </small>
      )}
    </span>
  )
}

function Ends({ call }: { call: Call }) {
  const leg = call.legs[0]
  if (leg === undefined || leg.src === null || leg.dst === null) return null
  const source = formatEnd(leg.src, leg.srcPort ?? 0)
  const destination = formatEnd(leg.dst, leg.dstPort ?? 0)
  return (
    <span className="number" title={`${source} → ${destination} (${leg.transport})`}>
      {leg.src} → {leg.dst}
    </span>
  )
}

function Duration({ durationMs }: { durationMs: number | null }) {
  if (durationMs === null) return null
  return (
    <span className="number" title={`${durationMs} ms from answer to end`}>
      {formatDurationMs(durationMs)}
    </span>
  )
}
