// CSeq: text in, number and method out.
//
//     CSeq = 1*DIGIT LWS Method, the number below 2^31                 RFC 3261 §20.16, §8.1.1.5
import { type Note, noteNothing } from './problems.ts'
import { brief } from './uri.ts'

const NUMBER_MAX = 2 ** 31

export interface CSeq {
  /** -1 where it is missing or no 32-bit number. */
  readonly number: number
  /** As written; '' where missing. */
  readonly method: string
}

/** Parses the value of a CSeq header. */
export function parseCSeq(text: string, note: Note = noteNothing): CSeq {
  const trimmed = text.trim()
  const digits = /^[0-9]*/.exec(trimmed)?.[0] ?? ''
  const method = trimmed.slice(digits.length).trim()
  const number = digits === '' ? -1 : Number(digits)
  if (number < 0 || number >= NUMBER_MAX) {
    note('sip.cseq.number', `number below 2^31 expected, found ${brief(digits || text)}`)
  }
  if (method === '') note('sip.cseq.method-missing', 'method expected, found nothing')
  return { number: number < 2 * NUMBER_MAX ? number : -1, method }
}
