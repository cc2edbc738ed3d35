// An error of the API as a value that pages can show. Says what happened in words; never shows
// markup that a server or a proxy in between may have sent.

/** A request that failed. `kind` is the server's word, or `unreachable` where none answered. */
export class ApiError extends Error {
  readonly kind: string
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  /** The part of the request that the server refused, where it named one. */
  readonly field: string | undefined

  constructor(fault: { kind: string; message: string; status: number; field?: string }) {
    super(fault.message)
    this.name = 'ApiError'
    this.kind = fault.kind
    this.status = fault.status
    this.field = fault.field
  }
}

/** No answer came: the server stopped, the network broke, or the browser gave up. */
export function unreachable(): ApiError {
  return new ApiError({
    kind: 'unreachable',
    message: 'no answer came; the server may have stopped, or the network is down',
    status: 0,
  })
}

/** Reads `{"error":{kind,message,field?}}`; anything else is an error that names the status. */
export function errorFromBody(status: number, bodyText: string): ApiError {
  const body = parsed(bodyText)
  const error = isRecord(body) && isRecord(body.error) ? body.error : {}
  const kind = typeof error.kind === 'string' ? error.kind : kindOfStatus(status)
  const wordless = `the server answered ${status}, without words`
  const message = typeof error.message === 'string' ? error.message : wordless
  const field = typeof error.field === 'string' ? { field: error.field } : {}
  return new ApiError({ kind, message, status, ...field })
}

function kindOfStatus(status: number): string {
  if (status === 401) return 'unauthorized'
  if (status === 404) return 'not-found'
  if (status === 413) return 'too-large'
  if (status === 429) return 'busy'
  // A server that is just being stopped, or a proxy in front of one that has.
  if (status >= 502 && status <= 504) return 'unavailable'
  return status >= 500 ? 'internal' : 'bad-input'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
