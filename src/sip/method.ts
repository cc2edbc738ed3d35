// The methods that have a code of their own. Bytes or text go in, a code comes out; every other
// method is code 0 and keeps its name in the message.
//
// RFC 3261 §27.4 and the registry that it began. Method names are case-sensitive (RFC 3261 §7.1).

/** Method names by code. Stored rows hold the code: append only, never reorder. */
export const METHODS = [
  '',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'REGISTER',
  'OPTIONS',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'MESSAGE',
  'INFO',
  'PRACK',
  'UPDATE',
  'REFER',
] as const

export const METHOD_OTHER = 0
export const METHOD_INVITE = 1
export const METHOD_ACK = 2
export const METHOD_BYE = 3
export const METHOD_CANCEL = 4
export const METHOD_INFO = 11
export const METHOD_UPDATE = 13
export const METHOD_REFER = 14

const LENGTH_MAX = 9

// Length and first letter together are different for every known method, so one look-up leaves
// one candidate to compare.
const candidates = new Uint8Array((LENGTH_MAX + 1) * 32)
for (let code = 1; code < METHODS.length; code++) {
  const name = METHODS[code] ?? ''
  candidates[name.length * 32 + (name.charCodeAt(0) & 31)] = code
}

/** Code of the method that stands in `bytes` from `start` to `end`; 0 for any other. */
export function methodCodeAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length > LENGTH_MAX || length < 1) return METHOD_OTHER
  const code = candidates[length * 32 + ((bytes[start] ?? 0) & 31)] ?? 0
  const name = METHODS[code] ?? ''
  if (name.length !== length) return METHOD_OTHER
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== name.charCodeAt(i)) return METHOD_OTHER
  }
  return code
}
