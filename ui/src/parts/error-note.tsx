// A failed request in words, with a way to try again.
import { ApiError } from '../api/api-error.ts'
import { Link } from '../route/link.tsx'

const HEADINGS: Readonly<Record<string, string>> = {
  unreachable: 'The server does not answer',
  unauthorized: 'You are not logged in',
  forbidden: 'Your account may not do this',
  'not-found': 'There is no such thing here',
  'bad-input': 'The server could not use this request',
  conflict: 'Somebody else changed this meanwhile',
  'too-large': 'That is more than the server takes at once',
  busy: 'The server is busy',
  timeout: 'The server took too long',
  unavailable: 'The server is not ready to answer',
  full: 'The disk of the server is full',
  stopped: 'Stopped',
}

/** What went wrong, and a button to try again where that may help. */
export function ErrorNote(props: { error: Error; heading?: string; onRetry?: () => void }) {
  const { error, heading, onRetry } = props
  const kind = error instanceof ApiError ? error.kind : 'internal'
  return (
    <div className="note note-bad" role="alert">
      <strong>{heading ?? HEADINGS[kind] ?? 'Something failed in the server'}</strong>
      <span>
        {error.message}
        {heading === undefined && error instanceof ApiError && fieldInWords(error)}
      </span>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
      {kind === 'not-found' && <Link href="/">To the call list</Link>}
    </div>
  )
}

function fieldInWords({ field }: ApiError): string {
  return field === undefined ? '' : ` (field: ${field})`
}
