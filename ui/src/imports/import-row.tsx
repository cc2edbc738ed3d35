// One file of the import page: its name, its progress, its outcome in words.
import { ErrorNote } from '../parts/error-note.tsx'
import { formatBytes } from '../text/quantity.ts'
import { visible } from '../text/visible.ts'
import type { ImportItem } from './import-queue.ts'
import { resultInWords } from './import-words.ts'

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
      {item.step === 'done' && <output>{resultInWords(item.result)}</output>}
      {item.step === 'failed' && <ErrorNote heading="Not imported" error={item.error} />}
    </li>
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
