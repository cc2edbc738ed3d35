// The oddities that media can show, each with a code. A stream lists those of its packets; what
// belongs to no stream is counted by code.
import type { ProblemCatalogue } from '../base/problem.ts'

export const rtpProblems = {
  'rtp.payload-type.too-many': {
    severity: 'odd',
    meaning: 'A stream shows more payload types than any real one; only the first few are told.',
    rule: 'RFC 3550 §5.1',
  },
  'rtp.sequence.restart': {
    severity: 'odd',
    meaning:
      'A sender began a new sequence under the same SSRC; losses are counted anew from there.',
    rule: 'RFC 3550 A.1',
  },
  'rtp.sequence.stray': {
    severity: 'odd',
    meaning: 'A packet stands alone, far off the sequence of its stream; it counts as no loss.',
    rule: 'RFC 3550 A.1',
  },
  'rtp.timestamp.jump': {
    severity: 'note',
    meaning:
      'Timestamps and time parted by more than a second: a pause, or a sender that began anew.',
    rule: 'RFC 3550 §5.1',
  },
  'rtp.streams.too-many': {
    severity: 'broken',
    meaning: 'More streams at once than are followed; the longest silent ones were stored first.',
  },
  'rtp.rtcp.malformed': {
    severity: 'odd',
    meaning:
      'A packet on a media port begins like RTCP and does not go on like it; nothing was read.',
    rule: 'RFC 3550 A.2',
  },
  'rtp.xr.malformed': {
    severity: 'odd',
    meaning: 'A block of an extended report is shorter than its kind must be; it was passed over.',
    rule: 'RFC 3611 §3',
  },
} as const satisfies ProblemCatalogue

export type RtpProblemCode = keyof typeof rtpProblems
