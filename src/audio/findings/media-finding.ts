// What was heard in a call and is worth knowing, as types: each with its side and its place in
// time. docs/protocols/sound.md defines every kind; the files beside this one find them.
import type { SoundSide } from '../sound.ts'

export const MEDIA_FINDING_KINDS = [
  'dtmf',
  'ringback',
  'busy',
  'congestion',
  'dial-tone',
  'silence',
  'no-packets',
  'one-way',
  'clipping',
  'low-level',
  'echo',
  'fax-calling',
  'fax-answering',
  't38',
  'hold',
] as const
export type MediaFindingKind = (typeof MEDIA_FINDING_KINDS)[number]

/** How a digit was sent. */
export type DtmfSource = 'event' | 'info' | 'tone'

export interface MediaFinding {
  readonly kind: MediaFindingKind
  /** Whose sound it is in; null for what both have. */
  readonly side: SoundSide | null
  /** µs since 1970. */
  readonly startUs: number
  readonly endUs: number
  /** One sentence for a person. */
  readonly text: string
  /** Of a DTMF finding: 0-9, *, #, A-D, or `flash`; null for all others. */
  readonly digit: string | null
  readonly source: DtmfSource | null
  /** Figures by name, unit last: `delayMs`, `levelDb`, `rings`. */
  readonly measures: Readonly<Record<string, number>>
}

/** Who answered, as far as the sound tells. */
export interface AnsweredBy {
  /** Null where the sound is too short or could be either. */
  readonly answeredBy: 'human' | 'machine' | null
  /** Why, in a sentence. */
  readonly reason: string
}

export function finding(
  found: Pick<MediaFinding, 'kind' | 'side' | 'startUs' | 'endUs' | 'text'> &
    Partial<Pick<MediaFinding, 'digit' | 'source' | 'measures'>>,
): MediaFinding {
  return { digit: null, source: null, measures: {}, ...found }
}
