// The sound of a call: its waveform, a player, what was found in it, and the file to take away.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { fetchFindings, fetchOutline, soundUrl } from '../api/client.ts'
import type { CallFindings } from '../api/types.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { formatDurationMs } from '../text/quantity.ts'
import { WireText } from '../text/wire-text.tsx'
import type { Mark } from './waveform.tsx'
import { Waveform } from './waveform.tsx'
import { secondsOf, shareOf } from './waveform-shape.ts'

/** Kinds that are worth a mark. Silence is none: one sees it, and people take turns. */
const MARKED: ReadonlySet<string> = new Set([
  'dtmf',
  'one-way',
  'clipping',
  'no-packets',
  'echo',
  'fax-calling',
  'fax-answering',
])

/** The sound of a call, where there is any. */
export function SoundSection({ callKey }: { callKey: string }) {
  const findings = useQuery({
    queryKey: ['findings', callKey],
    queryFn: ({ signal }) => fetchFindings(callKey, signal),
  })
  if (findings.isError) return <ErrorNote error={findings.error} />
  if (findings.data === undefined) return <p className="empty">Listening to the call …</p>
  const { unheard } = findings.data
  return (
    <section className="sound" aria-label="Sound">
      {unheard === null ? (
        <Player callKey={callKey} heard={findings.data} />
      ) : (
        <p className="dim">Nothing to hear: {unheard}.</p>
      )}
    </section>
  )
}

function Player({ callKey, heard }: { callKey: string; heard: CallFindings }) {
  const outline = useQuery({
    queryKey: ['outline', callKey],
    queryFn: ({ signal }) => fetchOutline(callKey, signal),
  })
  const audio = useRef<HTMLAudioElement>(null)
  const [played, setPlayed] = useState(0)
  const seconds = outline.data === undefined ? 0 : secondsOf(outline.data)
  const marks = useMemo(() => marksOf(heard, seconds), [heard, seconds])
  const seek = (toSeconds: number) => {
    if (audio.current !== null) audio.current.currentTime = toSeconds
    setPlayed(toSeconds)
  }
  return (
    <>
      <Unread reasons={heard.unread} />
      {outline.isError && <ErrorNote error={outline.error} />}
      {outline.data !== undefined && (
        <Waveform
          outline={outline.data}
          marks={marks}
          playedShare={seconds === 0 ? 0 : Math.min(1, played / seconds)}
          onSeek={(share) => seek(share * seconds)}
        />
      )}
      <div className="player">
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- the transcript stands below */}
        <audio
          ref={audio}
          controls
          preload="none"
          src={soundUrl(callKey, 'wav')}
          aria-label="Caller on the left, callee on the right"
          onTimeUpdate={(event) => setPlayed(event.currentTarget.currentTime)}
        />
        <span className="dim">caller left, callee right</span>
        <a className="button" href={soundUrl(callKey, 'wav')} download={`${callKey}.wav`}>
          WAV
        </a>
        <a className="button" href={soundUrl(callKey, 'mp3')} download={`${callKey}.mp3`}>
          MP3
        </a>
      </div>
      <Found heard={heard} onSeek={seek} />
    </>
  )
}

function Unread({ reasons }: { reasons: readonly string[] }) {
  if (reasons.length === 0) return null
  return (
    <>
      <p>
        A part of this call cannot be read, and is silent here. What is made out in the sound
        (silence, tones, faults, who answered) is not told.
      </p>
      <ul className="sound-findings dim">
        {reasons.map((reason) => (
          <li key={reason}>
            <WireText text={reason} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Found({ heard, onSeek }: { heard: CallFindings; onSeek: (seconds: number) => void }) {
  const { findings, startUs, answeredBy, reason } = heard
  return (
    <>
      {answeredBy !== null && (
        <p title={reason}>
          Answered by a {answeredBy}: <span className="dim">{reason}</span>
        </p>
      )}
      <ul className="sound-findings">
        {findings.map((found) => {
          const seconds = startUs === null ? 0 : Math.max(0, (found.startUs - startUs) / 1e6)
          return (
            <li key={`${found.kind} ${found.side} ${found.startUs} ${found.digit}`}>
              <button type="button" className="quiet number" onClick={() => onSeek(seconds)}>
                {formatDurationMs(seconds * 1000)}
              </button>{' '}
              <span className="finding-kind">{found.kind}</span> <WireText text={found.text} />
            </li>
          )
        })}
      </ul>
    </>
  )
}

function marksOf({ findings, startUs }: CallFindings, seconds: number): Mark[] {
  if (startUs === null) return []
  return findings.flatMap((found) => {
    if (!MARKED.has(found.kind)) return []
    const from = shareOf(found.startUs, startUs, seconds)
    if (from === null) return []
    const to = shareOf(found.endUs, startUs, seconds) ?? 1
    const channel = found.side === null ? null : found.side === 'caller' ? 0 : 1
    return [{ from, to, channel }]
  })
}
