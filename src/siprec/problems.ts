// The oddities that recording clients can show, each with a code.
import type { ProblemCatalogue } from '../base/problem.ts'

export const siprecProblems = {
  'siprec.metadata.too-long': {
    severity: 'broken',
    meaning: 'The recording metadata is larger than any real one; it was not read.',
  },
  'siprec.metadata.unreadable': {
    severity: 'broken',
    meaning: 'The recording metadata is no XML of a recording; who spoke is not known from it.',
    rule: 'RFC 7865 §6',
  },
  'siprec.metadata.doctype': {
    severity: 'broken',
    meaning: 'The recording metadata declares entities of its own; it was not read.',
    rule: 'RFC 7865 §10',
  },
  'siprec.metadata.too-many': {
    severity: 'odd',
    meaning:
      'The recording metadata lists more elements than are kept; the later ones are left out.',
  },
  'siprec.metadata.id-missing': {
    severity: 'odd',
    meaning: 'An element of the recording metadata has no id; it was passed over.',
    rule: 'RFC 7865 §6.10',
  },
  'siprec.metadata.time': {
    severity: 'note',
    meaning:
      'A time in the recording metadata is none that can be read; that of the message counts.',
    rule: 'RFC 7865 §6.9',
  },
  'siprec.label.unknown': {
    severity: 'odd',
    meaning:
      'The recording metadata has a stream whose label stands at no media section; its sound ' +
      'cannot be told from that of others.',
    rule: 'RFC 7866 §7.1.1',
  },
} as const satisfies ProblemCatalogue

export type SiprecProblemCode = keyof typeof siprecProblems
export type Note = (code: SiprecProblemCode, detail: string) => void
export const noteNothing: Note = () => {}
