// One answer of a vendor's API: what to ask for, and the JSON that comes back.
import type { VendorAnswer } from '../api/types.ts'
import { CopyButton } from '../message/copy-button.tsx'

/** The answer as text, with its path above. */
export function AnswerView({ answer }: { answer: VendorAnswer }) {
  const text = JSON.stringify(answer.body, null, 2)
  return (
    <section className="vendor-answer">
      <header>
        <code className="wire">GET {answer.path}</code>
        <CopyButton text={text} />
      </header>
      <pre className="wire">{text}</pre>
    </section>
  )
}
