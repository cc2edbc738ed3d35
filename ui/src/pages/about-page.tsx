// What this server is and holds: each figure with its definition, and the way to the API's pages.
import { useCounters } from '../api/counters.ts'
import type { Counters } from '../api/types.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { formatBytes, formatCount, formatDurationMs } from '../text/quantity.ts'
import { TimeText } from '../text/zone.tsx'
import { counterLines } from './counter-lines.ts'

/** The about page. */
export function AboutPage() {
  const counters = useCounters(5000)
  useTitle('About')
  return (
    <div className="narrow">
      <h1>About this server</h1>
      <p>
        Earshot keeps every SIP message that reaches it, joins the legs into calls and says what
        went wrong. The same answers come over HTTP: <a href="/api/docs">the API, page by page</a>,
        its description as <a href="/api/openapi.json">OpenAPI 3.1</a>, and{' '}
        <a href="/metrics">figures for Prometheus</a>.
      </p>
      {counters.isError && (
        <ErrorNote error={counters.error} onRetry={() => void counters.refetch()} />
      )}
      {counters.data !== undefined && <Figures counters={counters.data} />}
    </div>
  )
}

function Figures({ counters }: { counters: Counters }) {
  const { store, process, ingest } = counters
  return (
    <>
      <h2>Store</h2>
      <dl className="figures">
        <Figure name="Legs" tip="one Call-ID each">
          {formatCount(store.legs)}
        </Figure>
        <Figure name="Messages" tip="retransmissions included">
          {formatCount(store.messages)}
        </Figure>
        <Figure name="Days" tip="UTC days that hold anything; a day is dropped as a whole">
          {formatCount(store.days)}
        </Figure>
        <Figure name="Captured" tip="bytes of the captured frames before compression">
          {formatBytes(store.rawBytes)}
        </Figure>
        <Figure
          name="Blocks"
          tip={`compressed frames on disk, in ${formatCount(store.blocks)} blocks`}
        >
          {formatBytes(store.blockBytes)}
        </Figure>
        <Figure name="Index" tip="what searches run on; can be made again from the blocks">
          {formatBytes(store.indexBytes)}
        </Figure>
        {store.messages > 0 && (
          <Figure name="A message" tip="blocks and index on disk, by the message">
            {formatBytes((store.blockBytes + store.indexBytes) / store.messages)}
          </Figure>
        )}
        {store.firstUs !== null && (
          <Figure name="Oldest" tip="start of the oldest leg">
            <TimeText tUs={store.firstUs} />
          </Figure>
        )}
        {store.lastUs !== null && (
          <Figure name="Newest" tip="start of the newest leg">
            <TimeText tUs={store.lastUs} />
          </Figure>
        )}
      </dl>
      <h2>Process</h2>
      <dl className="figures">
        <Figure name="Version" tip="of Earshot">
          {process.version}
        </Figure>
        <Figure name="Up for" tip="since the server was started">
          {formatDurationMs(process.uptimeSeconds * 1000)}
        </Figure>
        <Figure name="Memory" tip="resident set of the process">
          {formatBytes(process.rssBytes)}
        </Figure>
      </dl>
      <h2>Intake</h2>
      <p className="dim">Since the server was started, as the metrics page has it.</p>
      <dl className="figures">
        {counterLines(ingest).map(({ name, value }) => (
          <Figure key={name} name={name}>
            {formatCount(value)}
          </Figure>
        ))}
      </dl>
    </>
  )
}

function Figure(props: { name: string; tip?: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd className="number">{props.children}</dd>
      {props.tip !== undefined && <dd className="dim">{props.tip}</dd>}
    </div>
  )
}
