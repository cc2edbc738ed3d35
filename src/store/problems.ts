// The oddities that filing what was captured can show, each with a code.
import type { ProblemCatalogue } from '../base/problem.ts'

export const storeProblems = {
  'store.days.too-many': {
    severity: 'odd',
    meaning:
      'Frames of more days than one import may open; they are kept with their times and filed ' +
      'under the nearest day that it opened.',
  },
} as const satisfies ProblemCatalogue

export type StoreProblemCode = keyof typeof storeProblems
