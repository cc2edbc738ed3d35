// A call in, its sound out: as a file with ranges, as an outline, as a picture, and as a list of
// what was found in it. All of it is made in another thread, and kept for the next who asks.
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MEDIA_FINDING_KINDS } from '../../audio/findings/media-finding.ts'
import { levelFor, unpackPeaks } from '../../audio/peaks.ts'
import type { SoundLayout } from '../../audio/sound.ts'
import { Failure } from '../../base/failure.ts'
import { hideDigits } from '../../recorder/hidden-digits.ts'
import type { CallFindings } from '../../sound/call-findings.ts'
import { SOUND_FORMATS, SOUND_LAYOUTS } from '../../sound/sound-file.ts'
import type { SoundWish } from '../../sound/sound-order.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { RequestFailure } from '../http/request-failure.ts'
import { readRange } from '../vendor/range.ts'
import { callOf } from './calls.ts'
import { errorsOf, SOUND_ERRORS } from './error-body.ts'
import { OfCall } from './schemas.ts'

const tags = ['sound']
const types = { wav: 'audio/wav', mp3: 'audio/mpeg' } as const
const POINTS_MAX = 100_000

const layoutField = <Layout extends SoundLayout>(layouts: readonly Layout[], fallback: Layout) =>
  Type.Optional(
    Type.Unsafe<Layout>({
      type: 'string',
      enum: [...layouts],
      default: fallback,
      description: 'stereo: caller left, callee right; mixed: both in one; or one side alone',
    }),
  )
const oneChannel = ['mixed', 'caller', 'callee'] as const

// The serializer is not asked for streams; the schema is for the document.
const fileAnswers = (description: string, type: string) => {
  const content = { [type]: { schema: Type.String({ format: 'binary' }) } }
  return {
    200: { description, content },
    206: { description: 'The range of it that was asked for', content },
  }
}

const PeaksSchema = Type.Object({
  sampleRateHz: Type.Integer(),
  samples: Type.Integer({ description: 'Samples of one channel' }),
  samplesPerPeak: Type.Integer({ description: 'Samples that one pair stands for' }),
  channels: Type.Array(Type.Array(Type.Integer()), {
    description: 'Caller, callee: lowest, highest, lowest, highest … from -127 to 127',
  }),
})

const nullable = <Value>(type: string, description: string, values?: readonly Value[]) =>
  Type.Unsafe<Value | null>({
    type: [type, 'null'],
    description,
    ...(values === undefined ? {} : { enum: [...values, null] }),
  })
const sides = ['caller', 'callee'] as const

const FindingSchema = Type.Object({
  kind: Type.Unsafe<(typeof MEDIA_FINDING_KINDS)[number]>({
    type: 'string',
    enum: [...MEDIA_FINDING_KINDS],
  }),
  side: nullable('string', 'Whose sound it is in', sides),
  startUs: Type.Integer({ description: 'µs since 1970' }),
  endUs: Type.Integer({ description: 'µs since 1970' }),
  text: Type.String({ description: 'One sentence' }),
  digit: nullable<string>('string', 'Of a DTMF finding'),
  source: nullable('string', 'How the digit was sent', ['event', 'info', 'tone'] as const),
  measures: Type.Record(Type.String(), Type.Number(), { description: 'Figures, unit last' }),
})
const GapSchema = Type.Object({
  side: Type.Unsafe<(typeof sides)[number]>({ type: 'string', enum: [...sides] }),
  startUs: Type.Integer(),
  endUs: Type.Integer(),
  reason: Type.Unsafe<'lost' | 'unsent' | 'unheard'>({
    type: 'string',
    enum: ['lost', 'unsent', 'unheard'],
  }),
})
const FindingsSchema = Type.Object({
  startUs: nullable<number>('integer', 'Where the sound begins, µs since 1970'),
  findings: Type.Array(FindingSchema, { description: 'By their start' }),
  gaps: Type.Array(GapSchema, { description: 'Stretches without sound of their own' }),
  answeredBy: nullable('string', 'Who answered, by the sound', ['human', 'machine'] as const),
  reason: Type.String({ description: 'Why it is thought so' }),
  unheard: nullable<string>('string', 'Why nothing was heard; null where it was'),
  unread: Type.Array(Type.String(), {
    description:
      'Why some of its packets cannot be read. Where any cannot, their place is silent, and ' +
      'nothing is told that is made out in the sound',
  }),
})

export function registerSound(app: App, parts: ApiParts): void {
  for (const format of SOUND_FORMATS) registerFile(app, parts, format)
  registerPeaks(app, parts)
  registerSpectrogram(app, parts)
  registerFindings(app, parts)
}

function registerFile(app: App, parts: ApiParts, format: (typeof SOUND_FORMATS)[number]): void {
  app.get(
    `/api/v1/calls/:callKey/sound.${format}`,
    {
      config: { answerMsMax: apiLimits.transferMsMax },
      schema: {
        tags,
        summary: `The sound of a call as ${format.toUpperCase()}`,
        params: OfCall,
        querystring: Type.Object(
          { layout: layoutField(SOUND_LAYOUTS, 'stereo') },
          { additionalProperties: false },
        ),
        response: {
          ...fileAnswers('The sound', types[format]),
          ...errorsOf(...SOUND_ERRORS, 400, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const { layout = 'stereo' } = request.query
      const path = await made(request, parts, { kind: 'sound', format, layout })
      return sendRange(request, reply, { path, type: types[format] })
    },
  )
}

function registerPeaks(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/calls/:callKey/peaks',
    {
      config: { answerMsMax: apiLimits.transferMsMax },
      schema: {
        tags,
        summary: 'The outline of a call’s sound, for a waveform',
        description: 'The coarsest zoom that has as many points as asked for, or the finest.',
        params: OfCall,
        querystring: Type.Object(
          {
            points: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: POINTS_MAX,
                default: 1_000,
                description: 'Points that are wanted at least',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: PeaksSchema, ...errorsOf(400, 401, 403, 404, 409, 507) },
      },
    },
    async (request): Promise<Static<typeof PeaksSchema>> => {
      const path = await made(request, parts, { kind: 'peaks' })
      const peaks = unpackPeaks(await readFile(path))
      const level = peaks === undefined ? undefined : levelFor(peaks, request.query.points ?? 1_000)
      if (peaks === undefined || level === undefined) {
        throw new Failure('internal', 'the outline cannot be read back')
      }
      const { sampleRateHz, samples } = peaks
      const channels = level.channels.map((channel) => [...channel])
      return { sampleRateHz, samples, samplesPerPeak: level.samplesPerPeak, channels }
    },
  )

  app.get(
    '/api/v1/calls/:callKey/peaks.bin',
    {
      config: { answerMsMax: apiLimits.transferMsMax },
      schema: {
        tags,
        summary: 'The outline at every zoom, as bytes',
        description: 'The form is told in docs/protocols/sound.md.',
        params: OfCall,
        response: {
          ...fileAnswers('The outline', 'application/octet-stream'),
          ...errorsOf(...SOUND_ERRORS, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const path = await made(request, parts, { kind: 'peaks' })
      return sendRange(request, reply, { path, type: 'application/octet-stream' })
    },
  )
}

function registerSpectrogram(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/calls/:callKey/spectrogram',
    {
      config: { answerMsMax: apiLimits.transferMsMax },
      schema: {
        tags,
        summary: 'A picture of the frequencies of a call’s sound',
        params: OfCall,
        querystring: Type.Object(
          { layout: layoutField(oneChannel, 'mixed') },
          { additionalProperties: false },
        ),
        response: {
          ...fileAnswers('Time to the right, frequency upwards, grey by loudness', 'image/png'),
          ...errorsOf(...SOUND_ERRORS, 400, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const { layout = 'mixed' } = request.query
      const path = await made(request, parts, { kind: 'spectrogram', layout })
      return sendRange(request, reply, { path, type: 'image/png' })
    },
  )
}

function registerFindings(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/calls/:callKey/findings',
    {
      config: { answerMsMax: apiLimits.transferMsMax },
      schema: {
        tags,
        summary: 'What was heard in a call: digits, tones, silence, faults, who answered',
        params: OfCall,
        response: { 200: FindingsSchema, ...errorsOf(401, 403, 404, 507) },
      },
    },
    async (request): Promise<Static<typeof FindingsSchema>> => {
      const path = await made(request, parts, { kind: 'findings' })
      const found = JSON.parse(await readFile(path, 'utf8')) as CallFindings
      const { legs } = await callOf(finderOf(request, parts), request.params.callKey)
      const recordings = await parts.recordings?.ofLegs(legs.map(({ legKey }) => legKey))
      const findings = hideDigits(found.findings, recordings ?? [])
      return { ...found, findings: [...findings], gaps: [...found.gaps], unread: [...found.unread] }
    },
  )
}

/** The path of what is wished of the call that the request names. */
async function made(
  request: FastifyRequest<{ Params: Static<typeof OfCall> }>,
  parts: ApiParts,
  wish: SoundWish,
): Promise<string> {
  const finder = finderOf(request, parts)
  const call = await callOf(finder, request.params.callKey)
  if (parts.callSounds === undefined) {
    throw new Failure('unavailable', 'no sound is made here')
  }
  return parts.callSounds.file(finder, call, wish)
}

async function sendRange(
  request: FastifyRequest,
  reply: FastifyReply,
  file: { readonly path: string; readonly type: string },
): Promise<FastifyReply> {
  const { size } = await stat(file.path)
  const range = readRange(request, size)
  reply.header('accept-ranges', 'bytes').type(file.type)
  if (range === undefined) {
    reply.header('content-range', `bytes */${size}`)
    throw new RequestFailure('bad-input', 'the range lies beyond the end', { status: 416 })
  }
  const { start, end } = range ?? { start: 0, end: size }
  if (range !== null) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`)
  reply.header('content-length', end - start)
  return reply.send(createReadStream(file.path, { start, end: Math.max(start, end - 1) }))
}
