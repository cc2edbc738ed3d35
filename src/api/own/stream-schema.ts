// The rows of streams as schemas: what calls/stream.ts says, once more, for the OpenAPI document
// and the serializer. The compiler checks that both agree.
import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox'
import {
  BUFFER_NAMES,
  MOS_MODELS,
  type MosFigures,
  type Stream,
  type StreamInterval,
  type StreamReport,
} from '../../calls/stream.ts'

const text = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })
const integer = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description })
const number = (description: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], description })
const count = (description: string) => Type.Integer({ description })
const word = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], description })
const listOf = <Item extends TSchema>(item: Item, description: string) =>
  Type.Unsafe<readonly Static<Item>[]>(Type.Array(item, { description }))

/** Figures of a report, by what each of them is; all may be null. */
const reportFigures = {
  packetsExpected: integer('Packets sent, or expected by the receiver'),
  packetsReceived: integer('Packets that the receiver got'),
  packetsLost: integer('Packets lost as the receiver counts them; RTCP may go below zero'),
  lossRatio: number('Share lost, 0 to 1'),
  discardRatio: number('Share that came too late, 0 to 1'),
  packetsDuplicated: integer('Packets that came twice, of those that the last report covers'),
  jitterMs: number('Interarrival jitter, ms'),
  jitterMsMax: number('Largest jitter, ms'),
  roundTripMs: number('Round trip, ms'),
  endSystemDelayMs: number('Delay inside the receiver, ms'),
  burstDensity: number('Share lost within bursts, 0 to 1'),
  burstMs: number('Mean burst, ms'),
  gapDensity: number('Share lost within gaps, 0 to 1'),
  gapMs: number('Mean gap, ms'),
  rFactor: number('Transmission rating, 0 to 100'),
  mosListening: number('Listening quality, 1 to 5'),
  mosConversational: number('Conversational quality, 1 to 5'),
  signalDbm: number('Signal level, dBm0'),
  noiseDbm: number('Noise level, dBm0'),
  echoReturnLossDb: number('Residual echo return loss, dB'),
  bufferMsNominal: number('Usual delay of the jitter buffer, ms'),
  bufferMsMax: number('Largest delay of the jitter buffer, ms'),
}

const StreamReportSchema = Type.Object({
  ...reportFigures,
  source: word(
    ['rtcp', 'xr', 'vq-rtcpxr', 'hep-rtcp', 'hep-statistics'] as const,
    'Where it came from',
  ),
  side: word(['receiver', 'sender'] as const, 'Who reports'),
  reports: count('Reports of this source'),
  firstUs: count('First report, µs since 1970'),
  lastUs: count('Last report, µs since 1970'),
  jitterMsMean: number('Mean of the reported jitter, ms'),
  roundTripMsMean: number('Mean round trip, ms'),
  roundTripMsMin: number('Shortest round trip, ms'),
  roundTripMsMax: number('Longest round trip, ms'),
  mosListeningMin: number('Lowest listening quality'),
})

const MosInputsSchema = Type.Object({
  codec: text('Encoding name'),
  clockRateHz: integer('Clock of the timestamps'),
  ptimeMs: number('Packet time, ms'),
  packetsExpected: count('By sequence numbers'),
  packetsLost: count('Missing sequence numbers'),
  packetsDiscarded: count('Too late for the buffer'),
  lossRuns: count('Runs of packets lost or discarded'),
  jitterMsMean: number('Mean jitter, ms'),
  buffer: word(BUFFER_NAMES, 'Jitter buffer that was simulated'),
  bufferDelayMs: Type.Number({ description: 'Delay of the buffer, ms' }),
  rttMs: number('Round trip; null where no report tells it'),
})

const MosFiguresSchema = Type.Object({
  model: word(MOS_MODELS, 'How it was computed'),
  isConversational: Type.Boolean({ description: 'Delay is in it; else listening quality' }),
  rFactor: Type.Number({ description: 'Transmission rating, narrowband scale' }),
  mos: Type.Number({ description: 'Mean opinion score, 1 to 4.5' }),
  rWideband: number('Rating on the wideband scale, to 129'),
  mosWideband: number('Score on the wideband scale'),
  rFullband: number('Rating on the fullband scale, to 148'),
  mosFullband: number('Score on the fullband scale'),
  inputs: MosInputsSchema,
})

const IntervalSchema = Type.Object({
  sinceMs: Type.Number({ description: 'Start, ms after the stream’s' }),
  packets: count('Packets captured'),
  lost: count('Packets lost'),
  jitterMsMean: Type.Number(),
  jitterMsMax: Type.Number(),
  deltaMsMax: Type.Number({ description: 'Longest time between two packets, ms' }),
  mos: number('Score of these five seconds'),
})

export const StreamSchema = Type.Object(
  {
    streamKey: Type.String({ description: 'Identifies the stream in this store' }),
    callId: text('Call-ID of the leg that announced it'),
    legKey: text('That leg'),
    callKey: text('Its call'),
    direction: Type.Unsafe<Stream['direction']>({
      type: ['string', 'null'],
      enum: ['from-caller', 'from-callee', null],
      description: 'Who sends it',
    }),
    mediaType: text('audio, video …'),
    src: Type.String(),
    srcPort: Type.Integer(),
    dst: Type.String(),
    dstPort: Type.Integer(),
    ssrc: count('Synchronization source'),
    payloadType: count('Payload type of most packets'),
    codec: text('What it stands for'),
    clockRateHz: integer('Clock of its timestamps'),
    channels: integer('Channels'),
    ptimeMs: number('Packet time, ms'),
    payloadTypes: listOf(
      Type.Object({
        payloadType: Type.Integer(),
        codec: text('Encoding name'),
        clockRateHz: integer('Clock'),
        channels: integer('Channels'),
        fmtp: text('Format parameters'),
        packets: Type.Integer(),
      }),
      'Payload types seen',
    ),
    protection: word(['none', 'sdes', 'dtls', 'unknown'] as const, 'How it is protected'),
    isEncrypted: Type.Boolean(),
    packets: count('Packets captured, copies included'),
    payloadBytes: count('Bytes of their payloads'),
    lost: count('Expected less distinct sequence numbers'),
    duplicates: count('Packets that came again'),
    reordered: count('Packets that came after one with a higher sequence number'),
    late: count('Packets too late for a buffer of 60 ms'),
    jitterMsMean: number('Mean of the smoothed jitter, ms'),
    jitterMsMax: number('Largest, ms'),
    jitterMsMin: number('Smallest, ms'),
    deltaMsMean: number('Mean time between packets, ms'),
    deltaMsMax: number('Longest, ms'),
    arrivals: listOf(Type.Integer(), 'Packets by the time since the one before'),
    bursts: Type.Object({
      bursts: Type.Integer(),
      burstDensity: number('Share lost within bursts'),
      gapDensity: number('Share lost within gaps'),
      burstMsMean: number('Mean burst, ms'),
      gapMsMean: number('Mean gap, ms'),
      lossRuns: count('Runs of packets not played'),
      lossRunMax: count('The longest of them'),
    }),
    buffers: listOf(
      Type.Object({
        buffer: word(BUFFER_NAMES, 'Which buffer'),
        discarded: count('Packets too late for it'),
        delayMsMean: Type.Number({ description: 'Delay that it adds, ms' }),
      }),
      'What simulated jitter buffers would have thrown away',
    ),
    comfortNoise: Type.Integer(),
    telephoneEvents: Type.Integer(),
    redundant: Type.Integer(),
    errorCorrection: Type.Integer(),
    timestampJumps: Type.Integer(),
    restarts: Type.Integer(),
    dscps: listOf(Type.Integer(), 'Code points seen, the most frequent first'),
    reports: Type.Unsafe<readonly StreamReport[]>(Type.Array(StreamReportSchema)),
    rttMs: number('Mean round trip that reports tell, ms'),
    lossPlace: Type.Object({
      before: count('Lost before the capture point'),
      after: integer('Lost behind it; null where no report tells'),
    }),
    isCaptureSuspect: Type.Boolean({ description: 'The capture may be what lost' }),
    mos: number('Mean opinion score, narrowband scale'),
    quality: Type.Unsafe<MosFigures | null>({
      anyOf: [MosFiguresSchema, { type: 'null' }],
      description: 'The score and all that it was computed from',
    }),
    intervals: Type.Unsafe<readonly StreamInterval[]>(Type.Array(IntervalSchema)),
    startUs: count('First packet, µs since 1970'),
    endUs: count('Last packet, µs since 1970'),
    problems: listOf(Type.String(), 'Codes of what was odd about its packets'),
  },
  { $id: 'Stream', description: 'One SSRC in one direction between two ends' },
)
export const StreamRef = Type.Unsafe<Stream>(Type.Ref('Stream#'))

// The compiler refuses these lines where a schema and its type differ, in either direction.
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false
type Plain<Row> = { [Field in keyof Row]: Row[Field] }
true satisfies Same<Static<typeof StreamSchema>, Plain<Stream>>
true satisfies Same<Static<typeof StreamReportSchema>, Plain<StreamReport>>
true satisfies Same<Static<typeof MosFiguresSchema>, Plain<MosFigures>>
true satisfies Same<Static<typeof IntervalSchema>, Plain<StreamInterval>>
