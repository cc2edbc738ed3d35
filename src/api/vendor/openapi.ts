// What a vendor's API answers here, as an OpenAPI 3.1 document: operations and schemas in, the
// document out. A test asks every operation of it and holds the answers against the schemas.
import type { TSchema } from '@fastify/type-provider-typebox'

export interface VendorParameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly description: string
  /** Of the query; those of the path always are. */
  readonly isRequired?: boolean
}

export interface VendorOperation {
  readonly path: string
  /** `get` where nothing is said. */
  readonly method?: 'post'
  /** The schema of its body, by name. */
  readonly body?: string
  readonly summary: string
  readonly parameters?: readonly VendorParameter[]
  /** What 200 brings: a schema by name, a list of one, or a file of these types, and its ranges. */
  readonly answer:
    | { readonly schema: string }
    | { readonly listOf: string }
    | { readonly types: readonly string[] }
    /** Nothing, with this status instead of 200. */
    | { readonly empty: 202 }
  /** Statuses of refusals that it has beside those of all. */
  readonly errors?: readonly number[]
  /** Answers without credentials. */
  readonly isOpen?: boolean
}

export interface VendorApi {
  readonly title: string
  readonly description: string
  readonly securityScheme: Readonly<Record<string, string>>
  /** By name, `Error` among them. */
  readonly schemas: Readonly<Record<string, TSchema>>
  readonly operations: readonly VendorOperation[]
}

/** What every operation can answer; with 401, where it wants credentials. */
const COMMON_ERRORS = [429, 500, 503, 504]

/** The document of an API. */
export function openApiOf(api: VendorApi, version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: api.title,
      version,
      description: api.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    components: { securitySchemes: { credentials: api.securityScheme }, schemas: api.schemas },
    security: [{ credentials: [] }],
    paths: Object.fromEntries(
      api.operations.map((operation) => [
        operation.path,
        { [operation.method ?? 'get']: operationOf(operation) },
      ]),
    ),
  }
}

function operationOf(operation: VendorOperation): object {
  const { errors: own = [], isOpen = false } = operation
  const errors = [...COMMON_ERRORS, ...own, ...(isOpen ? [] : [401])].toSorted((a, b) => a - b)
  const failure = { description: 'Why not', content: contentOf({ schema: 'Error' }) }
  return {
    operationId: operation.path.replace(/\W+/g, '-').replace(/^-|-$/g, ''),
    summary: operation.summary,
    ...(isOpen ? { security: [] } : {}),
    parameters: [...pathParameters(operation.path), ...(operation.parameters ?? [])].map(
      ({ name, in: place, description, isRequired = false }) => ({
        name,
        in: place,
        description,
        required: place === 'path' || isRequired,
        schema: { type: 'string' },
      }),
    ),
    ...(operation.body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf({ schema: operation.body }) } }),
    responses: {
      ...successOf(operation.answer),
      ...Object.fromEntries(errors.map((status) => [status, failure])),
    },
  }
}

function successOf(answer: VendorOperation['answer']): object {
  if ('empty' in answer) return { [answer.empty]: { description: 'Taken on; no body' } }
  const content = contentOf(answer)
  return {
    200: { description: 'What was asked for', content },
    ...('types' in answer ? { 206: { description: 'The range of it', content } } : {}),
  }
}

function pathParameters(path: string): VendorParameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    description: `The ${name}`,
  }))
}

function contentOf(answer: Exclude<VendorOperation['answer'], { readonly empty: 202 }>): object {
  if ('types' in answer) {
    const schema = { type: 'string', format: 'binary' }
    return Object.fromEntries(answer.types.map((type) => [type, { schema }]))
  }
  const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  const schema =
    'schema' in answer ? refTo(answer.schema) : { type: 'array', items: refTo(answer.listOf) }
  return { 'application/json': { schema } }
}
