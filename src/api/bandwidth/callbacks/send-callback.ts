// One event and an address in, whether it was taken there out. Redirects are not followed, nothing
// of the answer is used but its status, and no more of it is read than is polite.
import { request as requestPlain, type RequestOptions } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { CallbackBody } from './callback-event.ts'
import { callbackLimits } from './limits.ts'
import { checkHost, outsideLookup } from './outside-addresses.ts'

export interface CallbackRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly body: CallbackBody
  readonly timeoutMs: number
  readonly userAgent: string
  /** Networks inside that may be sent to. */
  readonly allowed: readonly string[]
  readonly signal: AbortSignal
}

/** Undefined when the event was taken (2xx), else why not. Never throws. */
export async function sendCallback(wanted: CallbackRequest): Promise<string | undefined> {
  try {
    const status = await statusOf(wanted)
    return status >= 200 && status < 300 ? undefined : `answered with ${status}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function statusOf(wanted: CallbackRequest): Promise<number> {
  const url = new URL(wanted.url)
  checkHost(url.hostname, wanted.allowed)
  const isPost = wanted.method === 'POST'
  if (!isPost) {
    for (const [name, value] of Object.entries(wanted.body)) {
      url.searchParams.append(name, String(value))
    }
  }
  const payload = isPost ? Buffer.from(JSON.stringify(wanted.body)) : undefined
  const options: RequestOptions = {
    method: wanted.method,
    lookup: outsideLookup(wanted.allowed),
    // Every connection is looked up and checked anew.
    agent: false,
    signal: AbortSignal.any([wanted.signal, AbortSignal.timeout(wanted.timeoutMs)]),
    headers: {
      'user-agent': wanted.userAgent,
      accept: '*/*',
      ...(payload === undefined
        ? {}
        : {
            'content-type': 'application/json; charset=utf-8',
            'content-length': payload.length,
          }),
    },
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(
    url,
    options,
    (answer) => {
      let bytes = 0
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (bytes > callbackLimits.answerBytesMax) answer.destroy()
      })
      // A status that came counts, whatever happens to the rest of the answer.
      answer.on('error', () => resolve(answer.statusCode ?? 0))
      answer.on('close', () => resolve(answer.statusCode ?? 0))
    },
  )
  request.on('error', (error) => reject(reasonOf(error, wanted)))
  request.end(payload)
  return promise
}

function reasonOf(error: Error, { timeoutMs }: CallbackRequest): Error {
  const isTimeout = error.name === 'TimeoutError' || error.name === 'AbortError'
  return isTimeout ? new Error(`no answer within ${timeoutMs} ms`) : error
}
