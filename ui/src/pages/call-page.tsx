// One call: the facts on top; below them the ladder and beside it the message that was clicked, or
// the media. The address holds which, so that a link leads to it.
import { useMemo, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { CallDetail } from '../api/types.ts'
import { namesOf } from '../call/call-facts.ts'
import { ExportButtons } from '../call/export-buttons.tsx'
import { Headline } from '../call/headline.tsx'
import { Ladder } from '../call/ladder.tsx'
import { LegLegend } from '../call/leg-legend.tsx'
import { useCall } from '../call/use-call.ts'
import { useWidth } from '../call/use-width.ts'
import { MediaView } from '../media/media-view.tsx'
import { MessagePanel } from '../message/message-panel.tsx'
import type { PortsMode } from '../paint/ladder-columns.ts'
import { layOutLadder } from '../paint/ladder-layout.ts'
import type { LadderScene } from '../paint/ladder-layout.ts'
import { Choice } from '../parts/choice.tsx'
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { Link } from '../route/link.tsx'
import { callPath, vendorsPath } from '../route/pages.ts'
import { navigate, usePlace } from '../route/route.ts'

const PORTS: readonly { name: PortsMode; label: string; tip: string }[] = [
  { name: 'auto', label: 'Auto', tip: 'Ports of an address share a column when they are many' },
  { name: 'apart', label: 'Each', tip: 'A column for every address and port' },
  { name: 'together', label: 'None', tip: 'A column for every address' },
]

type ViewName = 'messages' | 'media'

const VIEWS: readonly { name: ViewName; label: string; tip: string }[] = [
  { name: 'messages', label: 'Messages', tip: 'The ladder of all its SIP messages' },
  { name: 'media', label: 'Media', tip: 'Its sound and what was measured of it' },
]

/** The page of a call. */
export function CallPage({ callKey }: { callKey: string }) {
  const call = useCall(callKey)
  if (call.data !== undefined) return <LoadedCall detail={call.data} />
  if (call.isError) {
    return (
      <div className="narrow">
        <ErrorNote
          heading="This call cannot be shown"
          error={call.error}
          onRetry={() => void call.refetch()}
        />
      </div>
    )
  }
  return <p className="empty">Reading the call …</p>
}

function LoadedCall({ detail }: { detail: CallDetail }) {
  const { call } = detail
  const view: ViewName =
    new URLSearchParams(usePlace().search).get('view') === 'media' ? 'media' : 'messages'
  const show = (next: ViewName) =>
    navigate(callPath(call.callKey) + (next === 'media' ? '?view=media' : ''), { replace: true })
  useTitle(`${call.from ?? '?'} → ${call.to ?? '?'}`)
  return (
    <div className="call-page">
      <Headline call={call} />
      {view === 'messages' ? (
        <Messages detail={detail} views={<Views chosen={view} onChoose={show} />} />
      ) : (
        <>
          <div className="call-tools">
            <Views chosen={view} onChoose={show} />
          </div>
          <MediaView call={call} />
        </>
      )}
    </div>
  )
}

function Views(props: { chosen: ViewName; onChoose: (name: ViewName) => void }) {
  return <Choice label="Show" options={VIEWS} chosen={props.chosen} onChoose={props.onChoose} />
}

function Messages({ detail, views }: { detail: CallDetail; views: ReactNode }) {
  const { call } = detail
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [ports, setPorts] = useState<PortsMode>('auto')
  const room = useRef<HTMLDivElement>(null)
  const scene = useScene(detail, { hidden, ports, width: useWidth(room) })
  const selectedKey = new URLSearchParams(usePlace().search).get('message')
  const select = (key: string | null) => {
    const query = key === null ? '' : `?${new URLSearchParams({ message: key }).toString()}`
    navigate(callPath(call.callKey) + query, { replace: true })
  }
  const selected = scene.rows.findIndex((row) => row.key === selectedKey)
  const message = scene.rows[selected]?.message
  return (
    <>
      <div className="call-tools">
        {views}
        <Choice label="Ports" options={PORTS} chosen={ports} onChoose={setPorts} />
        <ExportButtons callKey={call.callKey} />
        <Link href={vendorsPath(call.callKey)} title="What the APIs of four vendors would answer">
          As other APIs
        </Link>
        <LegLegend
          legs={call.legs}
          hidden={hidden}
          onToggle={(key) => setHidden(toggled(hidden, key))}
        />
      </div>
      <div className={message === undefined ? 'split' : 'split with-panel'}>
        <div className="split-ladder" ref={room}>
          <Ladder scene={scene} selectedKey={selectedKey} onSelect={select} />
          {scene.rows.length === 0 && <p className="empty">All legs are hidden.</p>}
        </div>
        {message !== undefined && (
          <MessagePanel
            message={message}
            before={keyAt(scene, selected - 1)}
            after={keyAt(scene, selected + 1)}
            onSelect={select}
          />
        )}
      </div>
    </>
  )
}

function useScene(
  detail: CallDetail,
  view: { hidden: ReadonlySet<string>; ports: PortsMode; width: number },
): LadderScene {
  const { call, messages } = detail
  const { hidden, ports, width } = view
  return useMemo(
    () =>
      layOutLadder(messages, {
        legKeys: call.legs.map((leg) => leg.legKey),
        hiddenLegKeys: hidden,
        ports,
        names: namesOf(call.legs),
        widthMin: width,
      }),
    [call, messages, hidden, ports, width],
  )
}

function keyAt(scene: LadderScene, index: number): string | null {
  return scene.rows[index]?.key ?? null
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys)
  if (!next.delete(key)) next.add(key)
  return next
}
