// What arrives live and from whom, with a word on what is wrong: the answer to "why do I see no
// calls?".
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { Arrival, Intake, LiveState } from '../../line/arrival.ts'
import type { App } from '../http/app.ts'
import { refuseLimited } from '../http/finder-of.ts'
import type { ApiParts } from '../http/parts.ts'
import { type Finding, findingsOf } from './arrival-words.ts'
import { errorsOf } from './error-body.ts'

const nullable = <Value>(type: 'string' | 'integer' | 'number', description: string) =>
  Type.Unsafe<Value | null>({ type: [type, 'null'], description })
const counts = (description: string) =>
  Type.Unsafe<Readonly<Record<string, number>>>({
    type: 'object',
    additionalProperties: { type: 'number' },
    description,
  })
const timeUs = (description: string) =>
  Type.Integer({ description: `${description}, µs since 1970` })
const transport = Type.Unsafe<Arrival['transport']>({
  type: 'string',
  enum: ['udp', 'tcp', 'tls', 'websocket', 'interface', 'siprec'],
})

const ArrivalSchema = Type.Object({
  source: Type.String({ description: 'Which source took it' }),
  transport,
  address: nullable<string>('string', 'Of the peer; null for an interface of this machine'),
  agentId: nullable<number>('integer', "HEP's capture agent id"),
  node: nullable<string>('string', "HEP's node name"),
  firstUs: timeUs('First packet'),
  lastUs: timeUs('Last packet'),
  packets: Type.Integer(),
  bytes: Type.Integer(),
  packetsPerSecond: Type.Number({ description: 'Over the last ten seconds' }),
  protocols: counts('Packets by what they carry'),
  auth: Type.Unsafe<Arrival['auth']>({
    type: 'string',
    enum: ['not-asked', 'good', 'missing', 'wrong'],
  }),
  packetsRefused: Type.Integer({ description: 'Turned away for the key that they lacked' }),
  clockOffsetMs: nullable<number>('number', 'Median of time written less time of arrival'),
  timesReplaced: Type.Integer({ description: 'Packets that got the time of arrival instead' }),
  problems: counts('Oddities by code'),
  packetsMissing: nullable<number>('integer', 'Sequence numbers that never came'),
  packetsDroppedBySender: nullable<number>('integer', 'As the sender itself counts'),
  packetsDropped: Type.Integer({ description: 'Dropped here because the line was full' }),
})

const IntakeSchema = Type.Object({
  source: Type.String(),
  transport,
  place: Type.String({ description: 'Address and port, or interface' }),
  isOpen: Type.Boolean(),
  reason: nullable<string>('string', 'Why it is not open, and the remedy'),
  connections: nullable<number>('integer', 'Open now'),
  refused: counts('Connections cut off, by the bound that they met'),
  receiveBufferBytesAsked: nullable<number>('integer', 'Of the kernel, asked for'),
  receiveBufferBytes: nullable<number>('integer', 'Of the kernel, granted'),
  packetsDroppedByKernel: nullable<number>('integer', 'Because its buffer was full'),
})

const FindingSchema = Type.Object({
  level: Type.Unsafe<Finding['level']>({ type: 'string', enum: ['wrong', 'odd', 'well'] }),
  code: Type.String(),
  text: Type.String({ description: 'A sentence for a person' }),
})

const liveFields = {
  tUs: timeUs('When this was counted'),
  intakes: Type.Unsafe<readonly Intake[]>(Type.Array(IntakeSchema)),
  arrivals: Type.Unsafe<readonly Arrival[]>(Type.Array(ArrivalSchema)),
  arrivalsForgotten: Type.Integer({ description: 'Senders beyond the bound' }),
  frames: Type.Integer({ description: 'Taken in since the start' }),
  messages: Type.Integer({ description: 'SIP messages in them' }),
  problems: counts('Oddities in them, by code'),
  batchesWaiting: Type.Integer({ description: 'For the storing thread' }),
  framesFailed: Type.Integer({ description: 'Stored, and not followed up: a mistake of ours' }),
  framesLost: Type.Integer({ description: 'Taken in, and lost because the store failed' }),
}

const nothingTaken: LiveState = {
  tUs: 0,
  intakes: [],
  arrivals: [],
  arrivalsForgotten: 0,
  frames: 0,
  messages: 0,
  problems: {},
  batchesWaiting: 0,
  framesFailed: 0,
  framesLost: 0,
}

/** The body of an answer, for the pages. */
export interface ArrivalsBody extends LiveState {
  readonly findings: readonly Finding[]
}

export function registerArrivals(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/arrivals',
    {
      schema: {
        tags: ['arrivals'],
        summary: 'Who sends what, live',
        description:
          'Listeners and interfaces, senders with their rates, clocks and losses, and sentences ' +
          'that say what is wrong. About a second old.',
        response: {
          200: Type.Object({
            findings: Type.Unsafe<readonly Finding[]>(Type.Array(FindingSchema)),
            ...liveFields,
          }),
          ...errorsOf(401, 403),
        },
      },
    },
    async (request): Promise<ArrivalsBody> => {
      refuseLimited(request)
      const state = parts.liveState?.()
      const findings = findingsOf(state, parts.clock.nowUs())
      return { ...(state ?? { ...nothingTaken, tUs: parts.clock.nowUs() }), findings }
    },
  )
}

// The compiler refuses these lines where a schema and its type differ, in either direction.
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false
type Plain<Row> = { [Field in keyof Row]: Row[Field] }
true satisfies Same<Static<typeof ArrivalSchema>, Plain<Arrival>>
true satisfies Same<Static<typeof IntakeSchema>, Plain<Intake>>
