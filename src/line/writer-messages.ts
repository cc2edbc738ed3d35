// What crosses between a server's main thread and its storing thread.
import type { Day } from '../base/day.ts'
import type { LiveState } from './arrival.ts'
import type { FileToImport } from './import-run.ts'
import type { ImportResult } from './import-result.ts'
import type { SourceOrders } from './live-sources.ts'
import type { ReplayResult } from './replay.ts'
import type { StoredHashes } from '../store/stored-calls.ts'

export type WriterRequest =
  | { readonly kind: 'import'; readonly id: number; readonly file: FileToImport }
  | { readonly kind: 'start-live'; readonly sources: readonly SourceOrders[] }
  | { readonly kind: 'close' }

export type WriterAnswer =
  | { readonly kind: 'ready'; readonly recovery: ReplayResult }
  | { readonly kind: 'failed'; readonly failureKind: string; readonly reason: string }
  /** Days that are kept no longer; `reason` where one could not be dropped. */
  | { readonly kind: 'dropped'; readonly days: readonly Day[]; readonly reason?: string }
  /** Readers can see these calls anew or further on: see StoredListener. */
  | { readonly kind: 'stored'; readonly hashes: StoredHashes }
  | { readonly kind: 'live-started'; readonly state: LiveState }
  | { readonly kind: 'live-state'; readonly state: LiveState }
  /** Why live traffic is lost from here on; without a reason it is stored again. */
  | { readonly kind: 'live-lost'; readonly reason?: string }
  | { readonly kind: 'live-died'; readonly reason: string }
  | { readonly kind: 'imported'; readonly id: number; readonly result: ImportResult }
  | {
      readonly kind: 'import-failed'
      readonly id: number
      readonly failureKind: string
      readonly reason: string
    }
