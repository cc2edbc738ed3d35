// One file of the import page: its name, its progress, its outcome in words.
import type { ImportResult } from '../api/types.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { formatBytes, formatCount } from '../text/quantity.ts'
import { visible } from '../text/visible.ts'
import type { ImportItem } from './import-queue.ts'
import { problemsInWords, problemsOf, resultInWords } from './import-words.ts'

/** A line of the list. */
export function ImportRow({ item, onStop }: { item: ImportItem; onStop: () => void }) {
  return (
    <li>
      <div className="import-line">
        <b>{visible(item.file.name)}</b>
        <span className="dim number">{formatBytes(item.file.size)}</span>
        <span className="spring" />
        {(item.step === 'waiting' || item.step === 'sending') && (
          <button type="button" className="quiet" onClick={onStop}>
            Stop
          </button>
        )}
      </div>
      {item.step === 'waiting' && <p className="dim">Waits for the file before it.</p>}
      {item.step === 'sending' && <Progress sentRatio={item.sentRatio} />}
      {item.step === 'done' && <Outcome result={item.result} />}
      {item.step === 'failed' && <ErrorNote heading="Not imported" error={item.error} />}
    </li>
  )
}

function Outcome({ result }: { result: ImportResult }) {
  const problems = problemsOf(result)
  return (
    <>
      <output>{resultInWords(result)}</output>
      {result.failed.map(({ name, reason }) => (
        <div key={name} className="note note-warn" role="alert">
          <strong>Imported in part</strong>
          <span>{visible(reason)}</span>
        </div>
      ))}
      {problems.length > 0 && (
        // Where nothing was found, they are the reason.
        <details open={result.messages === 0 && result.streams === 0}>
          <summary>{problemsInWords(result)}, by code</summary>
          <ul className="problem-counts">
            {problems.map(({ code, count }) => (
              <li key={code}>
                <code className="problem-code">{code}</code>
                <span className="number">{formatCount(count)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

function Progress({ sentRatio }: { sentRatio: number }) {
  const percent = Math.floor(sentRatio * 100)
  const words = sentRatio < 1 ? `${percent} % sent` : 'Sent; the server reads it …'
  return (
    <div className="progress">
      {/* Without a value it shows that work goes on, not how much is left. */}
      <progress max={1} value={sentRatio < 1 ? sentRatio : undefined} aria-label="Sent" />
      <span className="number">{words}</span>
    </div>
  )
}
