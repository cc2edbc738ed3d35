// One parameter of a query in, its text out. A parameter that is given twice, or far too long, is
// the asker's mistake and not ours to choose from.
import { RequestFailure } from '../http/request-failure.ts'

/** Characters of one value. The longest that means anything is a page's cursor. */
const VALUE_LENGTH_MAX = 1_000

export type QueryFields = Readonly<Record<string, unknown>>

/** The query of a request as fields. */
export function queryOf(request: { readonly query: unknown }): QueryFields {
  const { query } = request
  return typeof query === 'object' && query !== null ? { ...query } : {}
}

/** A parameter's text; undefined where it is absent. @throws RequestFailure `bad-input` */
export function textOf(fields: QueryFields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.length > VALUE_LENGTH_MAX) {
    throw new RequestFailure('bad-input', `${name}: expected one value`, { field: name })
  }
  return value
}

/** The same; undefined also where nothing stands after the `=`. */
export function filledOf(fields: QueryFields, name: string): string | undefined {
  return textOf(fields, name) || undefined
}

/** A whole number between two bounds. @throws RequestFailure `bad-input` */
export function wholeOf(
  fields: QueryFields,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = filledOf(fields, name)
  if (text === undefined) return bounds.fallback
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (value >= bounds.min && value <= bounds.max) return value
  throw new RequestFailure(
    'bad-input',
    `${name}: expected a whole number from ${bounds.min} to ${bounds.max}`,
    { field: name },
  )
}
