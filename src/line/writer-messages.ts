// What crosses between a server's main thread and its storing thread.
import type { FileToImport } from './import-run.ts'
import type { ImportResult } from './import-result.ts'
import type { ReplayResult } from './replay.ts'

export type WriterRequest =
  | { readonly kind: 'import'; readonly id: number; readonly file: FileToImport }
  | { readonly kind: 'close' }

export type WriterAnswer =
  | { readonly kind: 'ready'; readonly recovery: ReplayResult }
  | { readonly kind: 'failed'; readonly failureKind: string; readonly reason: string }
  | { readonly kind: 'imported'; readonly id: number; readonly result: ImportResult }
  | {
      readonly kind: 'import-failed'
      readonly id: number
      readonly failureKind: string
      readonly reason: string
    }
