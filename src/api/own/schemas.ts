// The rows of the own API as schemas: what the OpenAPI document tells and the serializer writes.
// They state the types of calls/ and query/ once more, and the compiler checks that both agree.
import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox'
import { allEvidence, type Evidence } from '../../calls/join-evidence.ts'
import type { Call, Identity, Join, Leg, MessageRow, Side } from '../../calls/leg.ts'
import type { StoreCounters } from '../../query/finder.ts'
import { LEG_KINDS, LEG_STATES } from '../../calls/leg-record-codec.ts'
import { IDENTITY_HEADERS } from '../../calls/leg-record.ts'
import { StreamSchema } from './stream-schema.ts'

// A type list instead of a union of schemas: the serializer writes those without trying each.
const nullableText = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })
const nullableInteger = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description })
const nullableNumber = (description: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], description })
const wordOf = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], description })
const listOf = <Item extends TSchema>(item: Item, description: string) =>
  Type.Unsafe<readonly Static<Item>[]>(Type.Array(item, { description }))
const timeUs = (description: string) =>
  Type.Integer({ description: `${description}, µs since 1970` })
const nullableTimeUs = (description: string) =>
  nullableInteger(`${description}, µs since 1970; null where unknown`)

/** What a path below a call names. */
export const OfCall = Type.Object({
  callKey: Type.String({ description: '`callKey` of the call, now or before an earlier leg came' }),
})

const IdentitySchema = Type.Object({
  header: wordOf(IDENTITY_HEADERS, 'Header that names the user'),
  side: wordOf<Side>(
    ['caller', 'callee'],
    'Whose user it is; a callee’s where the call was forwarded',
  ),
  user: Type.String({ description: 'User part of its URI, as written' }),
})

export const LegSchema = Type.Object(
  {
    legKey: Type.String({ description: 'Identifies the leg in this store' }),
    callId: nullableText('Call-ID; null for messages without one'),
    callKey: Type.String({ description: 'The call that the leg belongs to' }),
    conversationId: Type.String({ description: 'From a header that names one, else derived' }),
    kind: wordOf(LEG_KINDS, 'What the leg is about'),
    state: wordOf(LEG_STATES, 'How far it came, or how it ended'),
    from: nullableText('User part of the From URI'),
    to: nullableText('User part of the To URI'),
    fromHost: nullableText('Host part of the From URI'),
    toHost: nullableText('Host part of the To URI'),
    identities: listOf(
      IdentitySchema,
      'Users that its INVITE names beside those of From and To, each once',
    ),
    src: nullableText('Address that sent the first request'),
    srcPort: nullableInteger('Port that sent the first request'),
    dst: nullableText('Address that the first request went to'),
    dstPort: nullableInteger('Port that the first request went to'),
    transport: Type.String({ description: 'Transport of the first message' }),
    isOpened: Type.Boolean({ description: 'The request that began it was captured' }),
    startUs: timeUs('First message'),
    ringUs: nullableTimeUs('First 180 or 183'),
    answerUs: nullableTimeUs('The 2xx to the INVITE'),
    endUs: nullableTimeUs('The BYE, or the final answer that refused'),
    lastUs: timeUs('Last message'),
    status: nullableInteger('Last final answer to the request that began the leg'),
    endedBy: Type.Unsafe<'caller' | 'callee' | null>({
      type: ['string', 'null'],
      enum: ['caller', 'callee', null],
      description: 'The side that ended it; null where it was answered elsewhere',
    }),
    messages: Type.Integer({ description: 'Messages captured, each time counted' }),
    retransmissions: Type.Integer({ description: 'Messages that were sent again' }),
    copies: Type.Integer({ description: 'Messages that were captured twice' }),
    isAcknowledged: Type.Boolean({
      description: 'An ACK tells of a final answer that was not captured',
    }),
    isChallengedAgain: Type.Boolean({
      description:
        'Credentials were asked for again when some had been sent, and none were accepted',
    }),
    answerRepeats: Type.Integer({
      description: 'How often the 2xx to the INVITE was sent again, for want of an ACK',
    }),
    isCancelCrossed: Type.Boolean({
      description: 'The caller gave up (CANCEL), and the 2xx to the INVITE came all the same',
    }),
    refusedBy: nullableText('Address that the refusal of a call came from first'),
    transferBy: Type.Unsafe<'caller' | 'callee' | null>({
      type: ['string', 'null'],
      enum: ['caller', 'callee', null],
      description: 'The side that asked for a transfer (REFER), which the other one accepted',
    }),
    silentAt: nullableText('Address that the INVITE was sent to last and that answered nothing'),
    reason: nullableText('Reason header of what ended it, as written; null for a normal end'),
    userAgent: nullableText('User-Agent or Server of the caller'),
    problems: listOf(Type.String(), 'Codes of the problems seen in its messages'),
  },
  { $id: 'Leg', description: 'One Call-ID as seen at the capture points' },
)
export const LegRef = Type.Unsafe<Leg>(Type.Ref('Leg#'))

const JoinSchema = Type.Object({
  legKey: Type.String(),
  header: nullableText('Header that named the shared value; null where none did'),
  evidence: Type.Unsafe<readonly Evidence[]>({
    type: 'array',
    items: { type: 'string', enum: [...allEvidence] },
    description: 'What the legs have in common where no header said so; else empty',
  }),
  value: Type.String({
    description:
      'The value that both legs share; without a header, the Call-ID of the leg that went on',
  }),
})

export const CallSchema = Type.Object(
  {
    callKey: Type.String({ description: 'Identifies the call in this store' }),
    conversationId: Type.String({ description: 'Conversation of its first leg' }),
    legs: listOf(LegRef, 'Its legs, oldest first'),
    joins: listOf(JoinSchema, 'Why the legs after the first belong to it'),
    from: nullableText('Caller'),
    to: nullableText('Callee'),
    startUs: timeUs('First message'),
    ringUs: nullableTimeUs('First ringing'),
    answerUs: nullableTimeUs('Answer'),
    endUs: nullableTimeUs('End'),
    durationMs: nullableNumber('From answer to end, ms; null unless both are known'),
    status: nullableInteger('Last final answer to the INVITE'),
    state: wordOf(LEG_STATES, 'How far it came, or how it ended'),
    kind: wordOf(LEG_KINDS, 'What it is about'),
    verdict: Type.String({ description: 'What happened, in one sentence' }),
    mosMin: nullableNumber(
      'Lowest mean opinion score of its streams; of those of 50 packets or more where it has some',
    ),
    recordings: Type.Integer({ description: 'Recordings kept of it' }),
  },
  { $id: 'Call', description: 'Legs that carry one conversation' },
)
export const CallRef = Type.Unsafe<Call>(Type.Ref('Call#'))

export const messageRowFields = {
  messageId: Type.String({ description: 'Identifies the message in this store' }),
  legKey: Type.String(),
  callId: nullableText('Call-ID'),
  tUs: timeUs('When the frame that completed it was captured'),
  src: Type.String(),
  srcPort: Type.Integer(),
  dst: Type.String(),
  dstPort: Type.Integer(),
  transport: Type.String(),
  method: Type.String({ description: 'Of a response too, from its CSeq' }),
  status: nullableInteger('Null for a request'),
  cseq: nullableInteger('Number of the CSeq header'),
  isRetransmission: Type.Boolean(),
}
const MessageRowSchema = Type.Object(messageRowFields)

export const CountersSchema = Type.Object(
  {
    days: Type.Integer({ description: 'Days that something is stored of' }),
    legs: Type.Integer(),
    messages: Type.Integer(),
    streams: Type.Integer({ description: 'RTP streams' }),
    blocks: Type.Integer(),
    rawBytes: Type.Integer({ description: 'Captured frames before compression' }),
    blockBytes: Type.Integer({ description: 'Blocks on disk' }),
    indexBytes: Type.Integer({ description: 'Index on disk' }),
    firstUs: nullableTimeUs('Start of the oldest leg'),
    lastUs: nullableTimeUs('Start of the newest leg'),
  },
  { $id: 'StoreCounters' },
)

/** Schemas that others refer to by name. */
export const sharedSchemas = [LegSchema, CallSchema, StreamSchema, CountersSchema]

/** `next` of a page. */
export const NextCursor = nullableText('Cursor of the next page; null after the last')

// The compiler refuses these lines where a schema and its type differ, in either direction.
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false
type Plain<Row> = { [Field in keyof Row]: Row[Field] }
true satisfies Same<Static<typeof LegSchema>, Plain<Leg>>
true satisfies Same<Static<typeof IdentitySchema>, Plain<Identity>>
true satisfies Same<Static<typeof JoinSchema>, Plain<Join>>
true satisfies Same<Static<typeof CallSchema>, Plain<Call>>
true satisfies Same<Static<typeof MessageRowSchema>, Plain<MessageRow>>
true satisfies Same<Static<typeof CountersSchema>, Plain<StoreCounters>>
