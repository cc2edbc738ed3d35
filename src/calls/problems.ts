// What following calls and their media may meet, each with a code. What a message itself shows is
// in the catalogue of sip, what packets show in that of rtp.
import type { ProblemCatalogue } from '../base/problem.ts'

export const callsProblems = {
  'calls.report.unmatched': {
    severity: 'note',
    meaning: 'Reports by RTCP on a stream of which no packet was captured; they are told nowhere.',
    rule: 'RFC 3550 §6.4',
  },
  'calls.descriptions.forgotten': {
    severity: 'note',
    meaning: 'Session descriptions that were forgotten before any media came to ask for them.',
  },
} as const satisfies ProblemCatalogue

export type CallsProblemCode = keyof typeof callsProblems
