// Files on their way to the server, one at a time in the order they were given. Lives beside the
// pages, so that an import goes on while the reader looks at something else.
import type { ImportResult } from '../api/types.ts'
import type { Upload } from '../api/upload.ts'

/** One file and how far it is. */
export type ImportItem = { readonly id: number; readonly file: File } & (
  | { readonly step: 'waiting' }
  | { readonly step: 'sending'; readonly sentRatio: number }
  | { readonly step: 'done'; readonly result: ImportResult }
  | { readonly step: 'failed'; readonly error: Error }
)

/** Begins to send one file, see upload.ts. */
export type StartUpload = (file: File, onSent: (sentRatio: number) => void) => Upload

/** The files of this browser tab. `items` is replaced, never changed. */
export class ImportQueue {
  items: readonly ImportItem[] = []
  private readonly startUpload: StartUpload
  private readonly listeners = new Set<() => void>()
  private sending: { id: number; upload: Upload } | undefined
  private lastId = 0

  constructor(startUpload: StartUpload) {
    this.startUpload = startUpload
  }

  /** Calls back after each change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Puts files at the end of the queue. */
  add(files: readonly File[]): void {
    const added = files.map((file): ImportItem => ({ id: ++this.lastId, file, step: 'waiting' }))
    this.show([...this.items, ...added])
    this.sendNext()
  }

  /** Stops a file that is being sent, and takes one that waits out of the queue. */
  stop(id: number): void {
    if (this.sending?.id === id) this.sending.upload.stop()
    else this.show(this.items.filter((item) => item.id !== id || item.step !== 'waiting'))
  }

  /** Stops what is being sent and forgets all files. */
  clear(): void {
    const { sending } = this
    this.sending = undefined
    this.show([])
    sending?.upload.stop()
  }

  private sendNext(): void {
    const next = this.items.find((item) => item.step === 'waiting')
    if (this.sending !== undefined || next === undefined) return
    const { id, file } = next
    const upload = this.startUpload(file, (sentRatio) => {
      if (this.sending?.id === id) this.put({ id, file, step: 'sending', sentRatio })
    })
    this.sending = { id, upload }
    this.put({ id, file, step: 'sending', sentRatio: 0 })
    const settle = (item: ImportItem) => {
      // The queue was cleared meanwhile, and may be sending another.
      if (this.sending?.id !== id) return
      this.sending = undefined
      this.put(item)
      this.sendNext()
    }
    upload.done.then(
      (result) => settle({ id, file, step: 'done', result }),
      (cause: unknown) => {
        const error = cause instanceof Error ? cause : new Error(String(cause))
        settle({ id, file, step: 'failed', error })
      },
    )
  }

  private put(item: ImportItem): void {
    this.show(this.items.map((known) => (known.id === item.id ? item : known)))
  }

  private show(items: readonly ImportItem[]): void {
    this.items = items
    for (const listener of this.listeners) listener()
  }
}
