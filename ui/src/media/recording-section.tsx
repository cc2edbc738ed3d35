// The recordings of a call: what was kept as sound and why, its events, and what was said in it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { fetchRecordings, recordCall, recordingMediaUrl, transcribe } from '../api/client.ts'
import type { ShownRecording } from '../api/types.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { formatBytes, formatDurationMs } from '../text/quantity.ts'
import { WireText } from '../text/wire-text.tsx'
import { TimeText } from '../text/zone.tsx'

const GOING_ON: ReadonlySet<string> = new Set(['recording', 'paused', 'processing'])
const REFRESH_MS = 2000

/** The recordings of a call, and a button that makes one. */
export function RecordingSection({ callKey }: { callKey: string }) {
  const queryKey = ['recordings', callKey]
  const queries = useQueryClient()
  const recordings = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchRecordings(callKey, signal),
    refetchInterval: ({ state }) =>
      state.data?.recordings.some(isGoingOn) === true ? REFRESH_MS : false,
  })
  const renew = () => queries.invalidateQueries({ queryKey })
  const record = useMutation({ mutationFn: () => recordCall(callKey), onSuccess: renew })
  if (recordings.isError) return <ErrorNote error={recordings.error} />
  if (recordings.data === undefined) return null
  return (
    <section className="recordings" aria-label="Recordings">
      <h2>Recordings</h2>
      {recordings.data.recordings.map((recording) => (
        <Recording
          key={recording.recordingId}
          recording={recording}
          onChange={() => void renew()}
        />
      ))}
      <button type="button" disabled={record.isPending} onClick={() => record.mutate()}>
        Keep the sound of this call
      </button>
      {record.isError && <ErrorNote error={record.error} />}
    </section>
  )
}

function isGoingOn({ state, transcriptions }: ShownRecording): boolean {
  const isWritten = transcriptions.every(({ state: of }) => of === 'completed' || of === 'failed')
  return GOING_ON.has(state) || !isWritten
}

function Recording(props: { recording: ShownRecording; onChange: () => void }) {
  const { recording } = props
  const { recordingId, state, failure, durationMs, rule, source, pin } = recording
  const ask = useMutation({ mutationFn: () => transcribe(recordingId), onSuccess: props.onChange })
  return (
    <article className="recording">
      <h3>
        {state}
        {failure !== null && <WireText text={`: ${failure}`} />} · {source}
        {rule !== null && <WireText text={` · rule ${rule}`} />} ·{' '}
        <TimeText tUs={recording.startUs} />
        {durationMs !== null && ` · ${formatDurationMs(durationMs)}`}
        {pin !== null && <span title={pin.reason}> · pinned</span>}
      </h3>
      {recording.media.map(({ mediaId, format, bytes }) => (
        <div className="player" key={mediaId}>
          {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- the transcript stands below */}
          <audio controls preload="none" src={recordingMediaUrl(recordingId, mediaId)} />
          <a
            className="button"
            href={recordingMediaUrl(recordingId, mediaId)}
            download={`${recordingId}.${format}`}
          >
            {format.toUpperCase()} {formatBytes(bytes)}
          </a>
          <button type="button" disabled={ask.isPending} onClick={() => ask.mutate()}>
            Transcribe
          </button>
        </div>
      ))}
      {ask.isError && <ErrorNote error={ask.error} />}
      {recording.transcriptions.map((one) => (
        <Transcript key={one.transcriptionId} transcription={one} />
      ))}
    </article>
  )
}

function Transcript({
  transcription,
}: {
  transcription: ShownRecording['transcriptions'][number]
}) {
  const { state, error, segments, text } = transcription
  if (state !== 'completed') {
    return (
      <p className="dim">
        Transcript {state}
        {error !== null && <WireText text={`: ${error}`} />}
      </p>
    )
  }
  return (
    <div className="transcript">
      {segments.length === 0 && (
        <p className="dim">{text === '' ? 'No words were heard.' : text}</p>
      )}
      {segments.map(({ startMs, channel, text: words }) => (
        <p key={`${startMs} ${channel}`}>
          <span className="dim number">{formatDurationMs(startMs)}</span>{' '}
          {channel !== null && <strong>{channel === 0 ? 'Caller' : 'Callee'}: </strong>}
          <WireText text={words} />
        </p>
      ))}
    </div>
  )
}
