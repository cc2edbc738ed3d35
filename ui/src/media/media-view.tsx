// The media of a call: its sound on top, its streams below, and the chosen stream in full.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Call } from '../../../src/calls/leg.ts'
import { fetchStreams } from '../api/client.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { RecordingSection } from './recording-section.tsx'
import { SoundSection } from './sound-section.tsx'
import { StreamDetail } from './stream-detail.tsx'
import { StreamTable } from './stream-table.tsx'
import { inReadingOrder } from './stream-words.ts'

/** Everything that was heard and measured of a call. */
export function MediaView({ call }: { call: Call }) {
  const { callKey } = call
  const streams = useQuery({
    queryKey: ['streams', callKey],
    queryFn: ({ signal }) => fetchStreams(callKey, signal),
  })
  const [wantedKey, choose] = useState<string | null>(null)
  if (streams.isError) {
    return <ErrorNote error={streams.error} onRetry={() => void streams.refetch()} />
  }
  if (streams.data === undefined) return <p className="empty">Reading the streams …</p>
  const rows = inReadingOrder(streams.data.streams)
  const chosen = rows.find(({ streamKey }) => streamKey === wantedKey) ?? rows[0]
  if (chosen === undefined) return <NoMedia call={call} />
  return (
    <div className="media">
      <SoundSection callKey={callKey} />
      <StreamTable streams={rows} chosenKey={chosen.streamKey} onChoose={choose} />
      <StreamDetail stream={chosen} />
      <RecordingSection callKey={callKey} />
    </div>
  )
}

/** Registrations and most calls that nobody answered have no media, wherever one captures. */
function NoMedia({ call }: { call: Call }) {
  if (call.kind !== 'call') return <p className="empty">This is no call, and has no media.</p>
  if (call.answerUs === null) {
    return <p className="empty">No RTP of this call was captured, and no answer to it.</p>
  }
  return (
    <p className="empty">
      No RTP of this call was captured. Capture where its media passes, or send RTCP and reports by
      HEP.
    </p>
  )
}
