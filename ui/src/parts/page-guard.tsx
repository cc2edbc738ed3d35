// Catches a mistake of ours in a page, so that the rest stays and the reader is told in words.
import { Component } from 'react'
import type { ReactNode } from 'react'

interface Caught {
  readonly error: Error | null
}

/** Shows its children, or what went wrong in them. */
export class PageGuard extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: null }

  static getDerivedStateFromError(error: unknown): Caught {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <div className="narrow">
        <div className="note note-bad" role="alert">
          <strong>This page failed</strong>
          <span>A mistake in Earshot, not in your calls: {error.message}</span>
          <button type="button" onClick={() => this.setState({ error: null })}>
            Show it again
          </button>
        </div>
      </div>
    )
  }
}
