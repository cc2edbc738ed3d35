// The import queue of this tab, for components.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { endSessionIfOver } from '../api/session.ts'
import { startUpload } from '../api/upload.ts'
import { ImportQueue } from './import-queue.ts'

const queue = new ImportQueue(startUpload)

/** The files of this tab, and how to add and to stop one. */
export function useImports() {
  const cache = useQueryClient()
  const imports = useSyncExternalStore(queue.subscribe, () => queue.items)
  const doneCount = imports.filter((item) => item.step === 'done').length
  useEffect(() => {
    // What lists and counters show is older than the import.
    if (doneCount > 0) void cache.invalidateQueries()
  }, [doneCount, cache])
  return {
    imports,
    add: (files: readonly File[]) => queue.add(files),
    stop: (id: number) => queue.stop(id),
  }
}

/**
 * Lets the files go with the session, for they are not for whoever logs in next, and the session
 * with a file that was refused because it is over.
 */
export function useImportsOfSession(isLoggedOut: boolean): void {
  const cache = useQueryClient()
  useEffect(() => {
    return queue.subscribe(() => {
      for (const item of queue.items) {
        if (item.step === 'failed') endSessionIfOver(cache, item.error)
      }
    })
  }, [cache])
  useEffect(() => {
    if (isLoggedOut) queue.clear()
  }, [isLoggedOut])
}
