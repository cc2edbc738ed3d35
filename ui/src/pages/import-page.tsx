// Takes captures: dropped or chosen, sent one after the other, each with its progress and, at the
// end, what was found in it.
import { useRef, useState } from 'react'
import { FileDrop } from '../imports/file-drop.tsx'
import { ImportRow } from '../imports/import-row.tsx'
import { useImports } from '../imports/use-imports.ts'
import { useTitle } from '../parts/use-title.ts'
import { Link } from '../route/link.tsx'

/** The import page. */
export function ImportPage() {
  const { imports, add, stop } = useImports()
  const [isOver, setIsOver] = useState(false)
  const chooser = useRef<HTMLInputElement>(null)
  useTitle('Import')
  const isAnyDone = imports.some((item) => item.step === 'done')
  return (
    <div className="narrow">
      <h1>Import captures</h1>
      <FileDrop isOver={isOver} onOver={setIsOver} onFiles={add}>
        <p>
          Drop capture files here, or{' '}
          <button type="button" onClick={() => chooser.current?.click()}>
            Choose files …
          </button>
        </p>
        <p className="dim">
          pcap and pcapng, also compressed (.gz, .zst), of any size. What was imported before is not
          added again.
        </p>
        <input
          ref={chooser}
          type="file"
          multiple
          aria-label="Capture files"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            add([...(event.target.files ?? [])])
            // The same file may be chosen again after a mistake.
            event.target.value = ''
          }}
        />
      </FileDrop>
      <ul className="imports">
        {imports.map((item) => (
          <ImportRow key={item.id} item={item} onStop={() => stop(item.id)} />
        ))}
      </ul>
      {isAnyDone && (
        <p>
          <Link className="button" href="/">
            See the calls
          </Link>
        </p>
      )}
    </div>
  )
}
