// Recordings as the own API shows them: schemas that state the types of store/recordings once more,
// less where the sound lies; the compiler checks that both agree.
import { type Static, Type } from '@fastify/type-provider-typebox'
import {
  type Participant,
  type Pin,
  type Recording,
  RECORDING_EVENT_KINDS,
  RECORDING_SOURCES,
  RECORDING_STATES,
  type RecordingEvent,
  type RecordingMedia,
  type Transcription,
  TRANSCRIPTION_STATES,
  type TranscriptSegment,
} from '../../store/recordings/recording.ts'

const nullableText = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })
const nullableInteger = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description })
const wordOf = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], description })
const timeUs = (description: string) =>
  Type.Integer({ description: `${description}, µs since 1970` })
const nullableTimeUs = (description: string) =>
  nullableInteger(`${description}, µs since 1970; null where unknown`)
const listOf = <Item>(item: object, description: string) =>
  Type.Unsafe<readonly Item[]>({ type: 'array', items: item, description })

const ParticipantSchema = Type.Object({
  participantId: Type.String(),
  role: wordOf(['caller', 'callee', 'other'], 'Side of the call'),
  aor: nullableText('Address of record'),
  user: nullableText('User part of it'),
  displayName: nullableText('Name as shown'),
})

const EventSchema = Type.Object({
  tUs: timeUs('When it happened'),
  kind: wordOf(RECORDING_EVENT_KINDS, 'What happened'),
  participantId: nullableText('Whom it happened to'),
  by: nullableText('What did it: a rule, an account, keys, the recording client'),
})

const MediaSchema = Type.Object({
  mediaId: Type.String(),
  format: wordOf(['wav', 'mp3'], 'Form of the file'),
  bytes: Type.Integer(),
  startUs: timeUs('First sample'),
  durationMs: Type.Integer(),
  channels: Type.Integer({ description: '2: caller left, callee right' }),
  sampleRateHz: Type.Integer(),
  participants: Type.Unsafe<RecordingMedia['participants']>({
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
    description: 'By channel, who is heard on it',
  }),
  digest: Type.String({ description: 'SHA-256 of the file, hexadecimal' }),
})
type ShownMedia = Omit<RecordingMedia, 'soundKey'>

const PinSchema = Type.Object({
  tUs: timeUs('Since when'),
  by: Type.String(),
  reason: Type.String(),
})

const SegmentSchema = Type.Object({
  startMs: Type.Integer({ description: 'From the beginning of the sound' }),
  endMs: Type.Integer(),
  channel: nullableInteger('Channel that it was heard on, from 0; null where they were mixed'),
  text: Type.String(),
})

export const TranscriptionSchema = Type.Object({
  transcriptionId: Type.String(),
  state: wordOf(TRANSCRIPTION_STATES, 'How far it is'),
  transcriber: Type.String({ description: 'Name or command of what makes it' }),
  createdAtUs: timeUs('When it was asked for'),
  completedAtUs: nullableTimeUs('When it was there'),
  text: Type.String({ description: 'All that was said, a line for each segment' }),
  segments: listOf<TranscriptSegment>(SegmentSchema, 'What was said, in order of time'),
  attempts: Type.Integer(),
  error: nullableText('Why the last attempt failed'),
})

export const RecordingSchema = Type.Object(
  {
    recordingId: Type.String(),
    callKey: nullableText('The call; null while none is known'),
    legKeys: Type.Unsafe<readonly string[]>({ type: 'array', items: { type: 'string' } }),
    callIds: Type.Unsafe<readonly string[]>({ type: 'array', items: { type: 'string' } }),
    conversationId: nullableText('Conversation of the call'),
    from: nullableText('Caller'),
    to: nullableText('Callee'),
    startUs: timeUs('Beginning'),
    endUs: nullableTimeUs('End'),
    durationMs: nullableInteger('From beginning to end; null while it runs'),
    state: wordOf(RECORDING_STATES, 'How far it is'),
    failure: nullableText('Why it failed or is absent'),
    source: wordOf(RECORDING_SOURCES, 'Where the sound comes from'),
    cause: wordOf(['rule', 'demand', 'siprec', 'folder'], 'What began it'),
    channels: Type.Integer(),
    format: wordOf(['wav', 'mp3'], 'Form of its sound files'),
    rule: nullableText('The rule that wanted it'),
    consent: wordOf(
      ['not-required', 'missing', 'given', 'refused'],
      'Whether those recorded agreed',
    ),
    pin: Type.Unsafe<Pin | null>({ anyOf: [PinSchema, { type: 'null' }] }),
    deleteAfterUs: nullableTimeUs('When it will be deleted; null: kept'),
    createdAtUs: timeUs('When it was made'),
    updatedAtUs: timeUs('When it changed last'),
    media: listOf<ShownMedia>(MediaSchema, 'Its sound files'),
    participants: listOf<Participant>(ParticipantSchema, 'Who can be heard'),
    events: listOf<RecordingEvent>(EventSchema, 'What happened, in order of time'),
    transcriptions: listOf<Transcription>(TranscriptionSchema, 'What was said'),
    originName: nullableText('Of a file of a PBX, its name'),
  },
  { $id: 'Recording', description: 'Sound kept of a call' },
)
export type ShownRecording = Omit<Recording, 'media'> & { readonly media: readonly ShownMedia[] }
export const RecordingRef = Type.Unsafe<ShownRecording>(Type.Ref('Recording#'))

// The compiler refuses these lines where a schema and its type differ, in either direction.
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false
type Plain<Row> = { [Field in keyof Row]: Row[Field] }
true satisfies Same<Static<typeof ParticipantSchema>, Plain<Participant>>
true satisfies Same<Static<typeof EventSchema>, Plain<RecordingEvent>>
true satisfies Same<Static<typeof MediaSchema>, Plain<ShownMedia>>
true satisfies Same<Static<typeof SegmentSchema>, Plain<TranscriptSegment>>
true satisfies Same<Static<typeof TranscriptionSchema>, Plain<Transcription>>
true satisfies Same<Static<typeof RecordingSchema>, Plain<ShownRecording>>
