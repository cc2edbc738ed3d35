// The OpenAPI document in, the same with an example of each operation out: what the running program
// answered about the bundled captures. The examples are files, one an operation; `npm run docs`
// makes them, and a test asks again and holds them against the schemas (test/examples).
import { readdirSync, readFileSync } from 'node:fs'

export interface Example {
  /** Method and path with its query. */
  readonly asked: string
  readonly body?: object
  readonly answer?: unknown
}

/** Where they lie, named after their operations; `Error.json` is what any may answer instead. */
export const examplesFolder = new URL('./examples/', import.meta.url)

/** What of a document is looked at here. */
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, { examples?: unknown[] }>> }
}

interface Operation {
  readonly operationId?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema?: { readonly type?: unknown }
  example?: unknown
}

type Content = Readonly<Record<string, { example?: unknown }>>

/** Puts the examples into a document. */
export function addExamples({ paths = {}, components }: Document): void {
  const examples = readExamples()
  for (const [path, item] of Object.entries(paths)) {
    for (const operation of Object.values(item)) {
      const example = examples.get(operation.operationId ?? '')
      if (example !== undefined) addExample(operation, path, example)
    }
  }
  const failure = examples.get('Error')
  const { Error: schema } = components?.schemas ?? {}
  if (schema !== undefined && failure !== undefined) schema.examples = [failure.answer]
}

function readExamples(): ReadonlyMap<string, Example> {
  return new Map(
    readdirSync(examplesFolder).map((name) => {
      const text = readFileSync(new URL(name, examplesFolder), 'utf8')
      return [name.replace(/\.json$/, ''), JSON.parse(text) as Example]
    }),
  )
}

function addExample(operation: Operation, path: string, { asked, body, answer }: Example): void {
  const values = valuesOf(asked.replace(/^\S+ /, ''), path)
  for (const parameter of operation.parameters ?? []) {
    const value = values.get(`${parameter.in} ${parameter.name}`)
    const isNumber = ['integer', 'number'].includes(String(parameter.schema?.type))
    if (value !== undefined) parameter.example = isNumber ? Number(value) : value
  }
  put(operation.requestBody?.content, body)
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    if (status.startsWith('2')) put(response.content, answer)
  }
}

function put(content: Content | undefined, example: unknown): void {
  const json = content?.['application/json']
  if (json !== undefined && example !== undefined) json.example = example
}

/** What stood in a path and its query, by place and name. */
function valuesOf(asked: string, path: string): ReadonlyMap<string, string> {
  const url = new URL(asked, 'http://localhost')
  const segments = url.pathname.split('/')
  const inPath = path.split('/').flatMap((segment, at): [string, string][] => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    return name === undefined ? [] : [[`path ${name}`, decodeURIComponent(segments[at] ?? '')]]
  })
  const inQuery = [...url.searchParams].map(([name, value]): [string, string] => {
    return [`query ${name}`, value]
  })
  return new Map([...inPath, ...inQuery])
}
