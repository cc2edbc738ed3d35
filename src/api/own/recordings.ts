// Recordings, searched, heard and read; and what may be done to them. An account that sees a part
// of the calls sees the recordings of those alone.
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import { readTimeText } from '../../query/time-text.ts'
import type { RecordingFilter } from '../../store/recordings/contract.ts'
import {
  type Recording,
  RECORDING_SOURCES,
  RECORDING_STATES,
  type RecordingSource,
  type RecordingState,
} from '../../store/recordings/recording.ts'
import type { App } from '../http/app.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { inField } from '../http/request-failure.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import { sendSound } from '../vendor/send-sound.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import { callOf } from './calls.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'
import { LimitField, OrderField, PAGE_ROWS_DEFAULT } from './filters.ts'
import { RecordingRef, type ShownRecording, TranscriptionSchema } from './recording-schemas.ts'
import { NextCursor, OfCall } from './schemas.ts'

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, description }))

const RecordingsQuery = Type.Object(
  {
    start: text('Beginning at or after this time: ISO 8601 with a zone, or µs since 1970'),
    end: text('Beginning before this time'),
    callKey: text('Of this call'),
    from: text('Caller, exact'),
    to: text('Callee, exact'),
    state: Type.Optional(
      Type.Unsafe<RecordingState>({ enum: [...RECORDING_STATES], description: 'In this state' }),
    ),
    source: Type.Optional(
      Type.Unsafe<RecordingSource>({ enum: [...RECORDING_SOURCES], description: 'From there' }),
    ),
    rule: text('The rule that wanted it'),
    isPinned: Type.Optional(
      Type.Boolean({ description: 'Only those that are held off from deletion, or only others' }),
    ),
    text: text('Words that were said, whole or their beginnings; all of them'),
    order: OrderField,
    limit: LimitField,
    cursor: text('`next` of the page before'),
  },
  { additionalProperties: false },
)

const tags = ['recordings']
const soundContent = {
  'audio/wav': { schema: Type.String({ format: 'binary' }) },
  'audio/mpeg': { schema: Type.String({ format: 'binary' }) },
}
const RecordingId = Type.String({ description: '`recordingId` of the recording' })
const OfRecording = Type.Object({ recordingId: RecordingId })

export function registerRecordings(app: App, parts: ApiParts): void {
  registerReading(app, parts)
  registerSound(app, parts)
  registerDoing(app, parts)
}

function registerReading(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/recordings',
    {
      schema: {
        tags,
        summary: 'Search recordings',
        querystring: RecordingsQuery,
        response: {
          200: Type.Object({
            recordings: Type.Unsafe<readonly ShownRecording[]>(Type.Array(RecordingRef)),
            next: NextCursor,
          }),
          ...errorsOf(400, 401, 403),
        },
      },
    },
    async (request) => {
      const { query } = request
      const filter = await filterOf(request, query, parts)
      const { rows, next } = await seenBy(request, parts).find(filter, {
        limit: query.limit ?? PAGE_ROWS_DEFAULT,
        order: query.order ?? 'newest',
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      })
      return { recordings: await Promise.all(rows.map((row) => shown(request, row, parts))), next }
    },
  )

  app.get(
    '/api/v1/recordings/:recordingId',
    {
      schema: {
        tags,
        summary: 'One recording',
        params: OfRecording,
        response: { 200: RecordingRef, ...errorsOf(401, 403, 404) },
      },
    },
    async (request) => shown(request, await recordingOf(request, parts), parts),
  )

  app.get(
    '/api/v1/recordings/:recordingId/transcriptions',
    {
      schema: {
        tags,
        summary: 'What was said',
        params: OfRecording,
        response: {
          200: Type.Object({ transcriptions: Type.Array(TranscriptionSchema) }),
          ...errorsOf(401, 403, 404),
        },
      },
    },
    async (request) => {
      return { transcriptions: [...(await recordingOf(request, parts)).transcriptions] }
    },
  )
}

function registerSound(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/recordings/:recordingId/media/:mediaId',
    {
      config: { answerMsMax: apiLimits.transferMsMax },
      schema: {
        tags,
        summary: 'The sound of a recording, or a range of its bytes',
        params: Type.Object({
          recordingId: RecordingId,
          mediaId: Type.String({ description: '`mediaId` of one of its `media`' }),
        }),
        response: {
          200: { description: 'The sound file', content: soundContent },
          206: { description: 'The range of it that was asked for', content: soundContent },
          ...errorsOf(401, 403, 404, 416),
        },
      },
    },
    async (request, reply) => {
      const { media } = await recordingOf(request, parts)
      const one = media.find(({ mediaId }) => mediaId === request.params.mediaId)
      if (one === undefined) throw new Failure('not-found', 'the recording has no such sound')
      return sendSound(request, reply, { media: one, sounds: parts.sounds })
    },
  )
}

function registerDoing(app: App, parts: ApiParts): void {
  const changed = { 200: RecordingRef, ...errorsOf(...CHANGE_ERRORS, 401, 403, 404) }
  const changedRunning = { ...changed, ...errorsOf(409) }
  const doing = (
    name: string,
    summary: string,
    permission: 'import' | 'admin',
    response = changed,
  ) => ({
    url: `/api/v1/recordings/:recordingId/${name}`,
    options: { config: { permission }, schema: { tags, summary, params: OfRecording, response } },
  })
  const turning = (name: string, summary: string) => doing(name, summary, 'import', changedRunning)
  const plain = [
    { ...turning('pause', 'What is said from now on will be silence'), act: 'pause' },
    { ...turning('resume', 'Lets a paused recording go on'), act: 'resume' },
    { ...turning('stop', 'Ends a recording before its call ends'), act: 'stop' },
    { ...doing('unpin', 'Lets a recording be deleted again', 'admin'), act: 'unpin' },
  ] as const
  for (const { url, options, act } of plain) {
    app.post(url, options, async (request) => {
      const { recordingId } = await recordingOf(request, parts)
      return shown(request, await recorderOf(parts)[act](recordingId, whoAsks(request)), parts)
    })
  }

  const pin = doing('pin', 'Keeps a recording from being deleted, for a reason', 'admin')
  const Reason = Type.Object(
    { reason: Type.String({ minLength: 1, maxLength: 1_000 }) },
    { additionalProperties: false },
  )
  app.post(
    pin.url,
    { ...pin.options, schema: { ...pin.options.schema, body: Reason } },
    async (request) => {
      const { recordingId } = await recordingOf(request, parts)
      const { reason } = request.body
      const pinned = await recorderOf(parts).pin(recordingId, whoAsks(request), reason)
      return shown(request, pinned, parts)
    },
  )

  const consent = doing('consent', 'Says whether those recorded agreed', 'import')
  const Given = Type.Object({ given: Type.Boolean() }, { additionalProperties: false })
  app.post(
    consent.url,
    { ...consent.options, schema: { ...consent.options.schema, body: Given } },
    async (request) => {
      const { recordingId } = await recordingOf(request, parts)
      const { given } = request.body
      const answered = await recorderOf(parts).consent(recordingId, given, whoAsks(request))
      return shown(request, answered, parts)
    },
  )
  registerBeginning(app, parts)
}

function registerBeginning(app: App, parts: ApiParts): void {
  app.post(
    '/api/v1/calls/:callKey/recordings',
    {
      config: { permission: 'import' },
      schema: {
        tags,
        summary: 'Records a call: from now on, or whole where it has ended',
        params: OfCall,
        response: { 201: RecordingRef, ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { finder } = askerOf(request, parts)
      const call = await callOf(finder, request.params.callKey)
      const recording = await recorderOf(parts).begin(call, whoAsks(request))
      return reply.code(201).send(await shown(request, recording, parts))
    },
  )

  app.post(
    '/api/v1/recordings/:recordingId/transcriptions',
    {
      config: { permission: 'import' },
      schema: {
        tags,
        summary: 'Asks for a transcript',
        params: OfRecording,
        response: { 201: TranscriptionSchema, ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { recordingId } = await recordingOf(request, parts)
      return reply.code(201).send(await recorderOf(parts).transcribe(recordingId))
    },
  )

  app.delete(
    '/api/v1/recordings/:recordingId',
    {
      config: { permission: 'admin' },
      schema: {
        tags,
        summary: 'Deletes a recording with its sound',
        params: OfRecording,
        response: { 204: Type.Null(), ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { recordingId } = await recordingOf(request, parts)
      await recorderOf(parts).remove(recordingId)
      return reply.code(204).send(null)
    },
  )
}

function seenBy(request: FastifyRequest, parts: ApiParts): SeenRecordings {
  return new SeenRecordings(parts.recordings, askerOf(request, parts))
}

/** @throws Failure `not-found` for one that is not there, or that the account may not see */
async function recordingOf(
  request: FastifyRequest<{ Params: { recordingId: string } }>,
  parts: ApiParts,
): Promise<Recording> {
  const recording = await seenBy(request, parts).byId(request.params.recordingId)
  if (recording === undefined) throw new Failure('not-found', 'there is no such recording')
  return recording
}

function recorderOf({ recorder }: ApiParts) {
  if (recorder === undefined) throw new Failure('unavailable', 'nothing is recorded here')
  return recorder
}

function whoAsks({ account }: FastifyRequest): string {
  return `account ${account?.id ?? ''}`
}

async function filterOf(
  request: FastifyRequest,
  query: Static<typeof RecordingsQuery>,
  parts: ApiParts,
): Promise<RecordingFilter> {
  const { start, end, callKey, order: _, limit: __, cursor: ___, ...plain } = query
  const legKeys =
    callKey === undefined
      ? undefined
      : ((await askerOf(request, parts).finder.callByKey(callKey))?.legs ?? []).map(
          ({ legKey }) => legKey,
        )
  return {
    ...plain,
    ...(start === undefined ? {} : { startUs: inField('start', () => readTimeText(start).us) }),
    ...(end === undefined ? {} : { endUs: inField('end', () => readTimeText(end).us) }),
    ...(legKeys === undefined ? {} : { legKeys }),
  }
}

/** Without where the sound lies; for who sees a part of the calls, without the names of others. */
async function shown(
  request: FastifyRequest,
  recording: Recording,
  parts: ApiParts,
): Promise<ShownRecording> {
  const { finder, rules } = askerOf(request, parts)
  const media = recording.media.map(({ soundKey: _, ...one }) => one)
  if (rules === undefined) return { ...recording, media }
  const visible = await finder.legsObeying(recording.legKeys, rules)
  const legs = await Promise.all([...visible].map((legKey) => finder.legByKey(legKey)))
  const [first] = legs
  return {
    ...recording,
    media,
    callKey: first?.callKey ?? null,
    conversationId: first?.conversationId ?? null,
    legKeys: [...visible],
    callIds: legs.flatMap((leg) => (leg?.callId ? [leg.callId] : [])),
  }
}
