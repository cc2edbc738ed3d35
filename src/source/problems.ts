// The oddities that a capture file can show, each with a code; and a tally that keeps the first of
// each code. Refuses to grow: one entry a code, whatever the file holds.
import type { Problem, ProblemCatalogue } from '../base/problem.ts'

export const sourceProblems = {
  'source.capture.unknown-format': {
    severity: 'broken',
    meaning: 'The file is no capture that we know (pcap or pcapng, plain, gzip or zstd).',
  },
  'source.capture.cut': {
    severity: 'broken',
    meaning: 'The capture ends in the middle of a record; everything before it was read.',
  },
  'source.capture.time-out-of-range': {
    severity: 'odd',
    meaning: 'A frame claims a time before 1970 or after 2255; it is filed at that bound.',
  },
  'source.pcap.record-too-long': {
    severity: 'broken',
    meaning: 'A record claims more bytes than any link carries; reading stopped before it.',
  },
  'source.pcapng.block-too-long': {
    severity: 'broken',
    meaning: 'A block claims more bytes than any real one has; reading stopped before it.',
  },
  'source.pcapng.block-too-short': {
    severity: 'broken',
    meaning: 'A block is shorter than its own fields; reading stopped before it.',
  },
  'source.pcapng.lengths-differ': {
    severity: 'broken',
    meaning: 'The two lengths of a block differ, so the next cannot be found; reading stopped.',
  },
  'source.pcapng.version-unknown': {
    severity: 'broken',
    meaning: 'A section has a version or byte order that no document defines; reading stopped.',
  },
  'source.pcapng.packet-too-long': {
    severity: 'broken',
    meaning: 'A packet claims more bytes than its block holds; it was skipped.',
  },
  'source.pcapng.interface-missing': {
    severity: 'broken',
    meaning: 'A packet names an interface that the section does not describe; it was skipped.',
  },
  'source.pcapng.too-many-interfaces': {
    severity: 'broken',
    meaning:
      'A section describes more interfaces than we follow; packets of the rest were skipped.',
  },
  'source.pcapng.options-broken': {
    severity: 'odd',
    meaning:
      'The options of an interface run beyond their block; those after the break are unread.',
  },
  'source.pcapng.no-time': {
    severity: 'odd',
    meaning: 'Simple packet blocks carry no time; their frames are filed at 1970.',
  },
  'source.pcapng.block-skipped': {
    severity: 'note',
    meaning: 'Blocks that carry no packets (statistics, names, comments) were skipped.',
  },
  'source.compression.damaged': {
    severity: 'broken',
    meaning: 'The compressed data is damaged; everything that could be unpacked before was read.',
  },
  'source.compression.cut': {
    severity: 'broken',
    meaning: 'The compressed data ends too early; everything up to there was read.',
  },
  'source.compression.trailing-bytes': {
    severity: 'odd',
    meaning: 'Other bytes follow the compressed data; they were not read.',
  },
} as const satisfies ProblemCatalogue

export type SourceProblemCode = keyof typeof sourceProblems

/** The first problem of a code, and how many there were. */
export interface CountedProblem extends Problem<SourceProblemCode> {
  readonly count: number
}

/** Keeps the first problem of each code and counts the rest. */
export class ProblemTally {
  readonly #byCode = new Map<
    SourceProblemCode,
    { first: Problem<SourceProblemCode>; count: number }
  >()

  add(code: SourceProblemCode, at: number, detail: string): void {
    const known = this.#byCode.get(code)
    if (known === undefined) this.#byCode.set(code, { first: { code, at, detail }, count: 1 })
    else known.count++
  }

  /** Counts one more of a code without making its text again. False where it is the first. */
  repeat(code: SourceProblemCode): boolean {
    const known = this.#byCode.get(code)
    if (known === undefined) return false
    known.count++
    return true
  }

  /** In the order in which they were first seen. */
  list(): CountedProblem[] {
    return [...this.#byCode.values()].map(({ first, count }) => ({ ...first, count }))
  }
}
