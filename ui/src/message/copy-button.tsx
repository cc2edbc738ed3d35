// Copies text, and says whether it did.
import { useState } from 'react'

/** A button that copies. */
export function CopyButton({ text }: { text: string }) {
  const [outcome, setOutcome] = useState<{ text: string; words: string }>()
  const copy = async () => {
    const isCopied = await copyText(text)
    setOutcome({ text, words: isCopied ? 'Copied' : 'Could not copy' })
  }
  const words = outcome?.text === text ? outcome.words : 'Copy'
  return (
    <button type="button" onClick={() => void copy()}>
      <span aria-live="polite">{words}</span>
    </button>
  )
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Browsers offer the clipboard only over https and on localhost; elsewhere the old way works.
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  return isCopied
}
