// A message as captured, its parts in colours. Everything is text: a message is never markup.
import { useMemo } from 'react'
import { LINES_MAX, linesOf } from '../paint/message-lines.ts'
import type { MessageLine } from '../paint/message-lines.ts'
import { WireText } from '../text/wire-text.tsx'

/** The raw text of a message. */
export function RawMessage({ rawText }: { rawText: string }) {
  const { lines, isCut } = useMemo(() => linesOf(rawText), [rawText])
  return (
    <>
      <pre className="raw" aria-label="Raw message">
        {lines.map((line, index) => (
          <div key={index} className={`line line-${line.part}`}>
            <Line line={line} />
          </div>
        ))}
      </pre>
      {isCut && <p className="dim">Only the first {LINES_MAX} lines are shown here.</p>}
    </>
  )
}

function Line({ line }: { line: MessageLine }) {
  switch (line.part) {
    case 'header':
      return (
        <>
          <span className="header-name" data-full={line.fullName ?? undefined}>
            <WireText text={line.name} />
          </span>
          <WireText text={line.rest} />
        </>
      )
    case 'sdp':
      return (
        <>
          <span className="header-name">{line.type}</span>
          <WireText text={line.rest} />
        </>
      )
    case 'blank':
      // An empty element would have no height.
      return '\n'
    case 'start':
    case 'fold':
    case 'odd':
    case 'body':
      return <WireText text={line.text} />
  }
}
