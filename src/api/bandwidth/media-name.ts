// Names of media files, both ways: `c-…-2.wav` is the second sound file of a call, `rec-…-1.wav`
// the first of a recording of no call, `t-….txt` the text of a transcription. They are made from
// keys; nothing is looked up by path.
import type { Recording, RecordingMedia } from '../../store/recordings/recording.ts'
import { callIdOf, legKeyOf } from './call-id.ts'

export type MediaName =
  | { readonly kind: 'sound'; readonly legKey: string }
  | { readonly kind: 'sound-of-no-call'; readonly recordingId: string }
  | { readonly kind: 'text'; readonly recordingId: string; readonly transcriptionId: string }

/** Reads a name; undefined for one that we never gave out. */
export function parseMediaName(name: string): MediaName | undefined {
  const sound = /^(c-.{1,64})-\d{1,6}\.(?:wav|mp3)$/.exec(name)
  const legKey = sound === null ? undefined : legKeyOf(sound[1] ?? '')
  if (legKey !== undefined) return { kind: 'sound', legKey }
  const recordingId = /^rec-([\w-]{1,64})-\d{1,6}\.(?:wav|mp3)$/.exec(name)?.[1]
  if (recordingId !== undefined) return { kind: 'sound-of-no-call', recordingId }
  const text = /^t-([\w-]{1,64})_([\w-]{1,64})\.txt$/.exec(name)
  if (text === null) return undefined
  return { kind: 'text', recordingId: text[1] ?? '', transcriptionId: text[2] ?? '' }
}

/** A sound file with its name. */
export interface NamedMedia {
  readonly mediaName: string
  readonly recording: Recording
  readonly media: RecordingMedia
}

/** The sound files of a leg's recordings, numbered from 1 in the order in which they began. */
export function namedMediaOf(legKey: string, recordings: readonly Recording[]): NamedMedia[] {
  return numbered(callIdOf(legKey), recordings)
}

/** The sound files of a recording that is of no call, such as a PBX's that matched none. */
export function namedMediaOfNoCall(recording: Recording): NamedMedia[] {
  return numbered(recordingIdOf(recording), [recording])
}

function numbered(stem: string, recordings: readonly Recording[]): NamedMedia[] {
  return recordings
    .flatMap((recording) => recording.media.map((media) => ({ recording, media })))
    .map((one, index) => ({ ...one, mediaName: `${stem}-${index + 1}.${one.media.format}` }))
}

/** `rec-…`. */
export function recordingIdOf({ recordingId }: Pick<Recording, 'recordingId'>): string {
  return `rec-${recordingId}`
}

export function transcriptionIdOf(recordingId: string, transcriptionId: string): string {
  return `t-${recordingId}_${transcriptionId}`
}
