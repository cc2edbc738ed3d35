// What capture agents write as JSON in, its fields and their numbers out. Agents differ in how they
// write numbers and in what they leave out, so that every field may be anything.

const BRACE = 0x7b

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** The object that a payload's bytes are as JSON; undefined where they are none. */
export function jsonOf(bytes: Buffer, start: number, end: number): Fields | undefined {
  if (bytes[start] !== BRACE) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', start, end))
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A number, also one that is written as a text. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
