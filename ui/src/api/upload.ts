// Sends one capture file to the server and tells how far it is. By XMLHttpRequest, because fetch
// does not report the progress of an upload.
import { ApiError, errorFromBody, unreachable } from './api-error.ts'
import type { ImportResult } from './types.ts'

/** An upload under way. */
export interface Upload {
  readonly done: Promise<ImportResult>
  /** Stops it; `done` is then rejected with an ApiError of kind `stopped`. */
  stop(): void
}

/** Starts to send a file. `onSent` is told the share of its bytes that has left, 0 to 1. */
export function startUpload(file: File, onSent: (sentRatio: number) => void): Upload {
  const request = new XMLHttpRequest()
  const done = new Promise<ImportResult>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      onSent(event.total > 0 ? event.loaded / event.total : 0)
    }
    request.upload.onload = () => onSent(1)
    request.onload = () => {
      if (request.status !== 200) {
        reject(errorFromBody(request.status, request.responseText))
        return
      }
      resolve(JSON.parse(request.responseText) as ImportResult)
    }
    request.onerror = () => reject(unreachable())
    request.onabort = () => {
      reject(new ApiError({ kind: 'stopped', message: 'stopped by you', status: 0 }))
    }
  })
  request.open('POST', `/api/v1/imports?name=${encodeURIComponent(file.name)}`)
  request.setRequestHeader('content-type', 'application/octet-stream')
  request.send(file)
  return { done, stop: () => request.abort() }
}
