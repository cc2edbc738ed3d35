// Whatever stopped a request in, one Failure out: ours as they are, the framework's and the
// validator's translated. It decides what is the asker's fault; it does not write answers.
import { Failure, type FailureKind, type FailureOptions } from '../../base/failure.ts'
import { isDiskFull } from '../../store/disk-full.ts'

/** A failure about a request: it may name a field, or a status that its kind does not tell. */
export class RequestFailure extends Failure {
  readonly field: string | undefined
  readonly status: number | undefined

  constructor(
    kind: FailureKind,
    message: string,
    options: FailureOptions & { readonly field?: string; readonly status?: number } = {},
  ) {
    super(kind, message, options)
    this.field = options.field
    this.status = options.status
  }
}

const statusOfKind: Readonly<Record<FailureKind, number>> = {
  'bad-input': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  busy: 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
  full: 507,
}

/** The HTTP status that a failure is answered with (RFC 9110 §15). */
export function statusOf(failure: Failure): number {
  const status = failure instanceof RequestFailure ? failure.status : undefined
  return status ?? statusOfKind[failure.kind]
}

/** Runs a reader of one field, so that its complaint names the field. */
export function inField<Result>(field: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure) || error instanceof RequestFailure) throw error
    throw new RequestFailure(error.kind, error.message, { field, cause: error })
  }
}

// Fastify's codes for what a request did wrong; the rest is told by the status alone.
const kindOfCode: ReadonlyMap<string, FailureKind> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'too-large'],
  ['FST_ERR_HANDLER_TIMEOUT', 'timeout'],
  ['FST_ERR_NOT_FOUND', 'not-found'],
])

/** Translates anything thrown. What we cannot name is `internal`, and its text stays inside. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isDiskFull(error)) return new Failure('full', 'the disk is full', { cause: error })
  if (!isFrameworkError(error)) return new Failure('internal', 'internal error', { cause: error })
  const validation = error.validation?.[0]
  if (validation !== undefined) return toValidationFailure(validation, error)
  const status = error.statusCode ?? 500
  const kind = kindOfCode.get(error.code ?? '')
  const message = plainMessage(error.message)
  if (kind !== undefined) return new RequestFailure(kind, message, { cause: error })
  if (status < 400 || status >= 500) {
    return new Failure('internal', 'internal error', { cause: error })
  }
  return new RequestFailure('bad-input', message, { status, cause: error })
}

interface FrameworkError extends Error {
  readonly code?: string
  readonly statusCode?: number
  readonly validation?: readonly ValidationError[]
  readonly validationContext?: string
}

interface ValidationError {
  readonly instancePath: string
  readonly message?: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
}

function isFrameworkError(error: unknown): error is FrameworkError {
  return error instanceof Error && ('statusCode' in error || 'validation' in error)
}

function toValidationFailure(validation: ValidationError, error: FrameworkError): Failure {
  const missing = validation.params.missingProperty
  const unknown = validation.params.additionalProperty
  const inside = validation.instancePath.slice(1).replaceAll('/', '.')
  const last = typeof missing === 'string' ? missing : typeof unknown === 'string' ? unknown : ''
  const field = [inside, last].filter((part) => part !== '').join('.')
  const what =
    typeof unknown === 'string'
      ? 'is not known here'
      : typeof missing === 'string'
        ? 'is required'
        : expectation(validation)
  const place = field === '' ? (error.validationContext ?? 'request') : field
  return new RequestFailure('bad-input', `${place} ${what}`, {
    cause: error,
    ...(field === '' ? {} : { field }),
  })
}

function expectation(validation: ValidationError): string {
  const allowed = validation.params.allowedValues
  if (Array.isArray(allowed)) return `must be one of ${allowed.join(', ')}`
  return validation.message ?? 'is not valid'
}

/** The framework's sentence in our form: short, no capital at its start, no stop at its end. */
function plainMessage(message: string): string {
  const short = message.length > 200 ? `${message.slice(0, 200)}…` : message
  return `${short.charAt(0).toLowerCase()}${short.slice(1)}`.replace(/\.$/, '')
}
