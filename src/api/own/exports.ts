// Calls in, a file out as it is made: pcap, pcapng or text, byte for byte what was captured. No
// export is held in memory or on disk as a whole.
import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Failure } from '../../base/failure.ts'
import { limits } from '../../base/limits.ts'
import type { Call, Leg } from '../../calls/leg.ts'
import { exportFrames } from '../../query/export.ts'
import type { Finder, MediaWish } from '../../query/finder.ts'
import type { Stretch } from '../../query/media-places.ts'
import { pausesOfAll } from '../../recorder/hidden-digits.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { inTurns } from '../http/in-turns.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { callOf } from './calls.ts'
import { errorsOf } from './error-body.ts'
import { OfCall } from './schemas.ts'

const formats = {
  pcap: 'application/vnd.tcpdump.pcap',
  pcapng: 'application/x-pcapng',
  txt: 'text/plain; charset=utf-8',
} as const
type Format = keyof typeof formats

const FormatField = Type.Optional(
  Type.Unsafe<Format>({
    type: 'string',
    enum: Object.keys(formats),
    default: 'pcap',
    description: 'Kind of file',
  }),
)
const MediaField = Type.Optional(
  Type.Boolean({
    default: false,
    description:
      'With the packets of their media (RTP, RTCP), in a pcap or pcapng. Keys that were pressed ' +
      'while a recording was paused are left out',
  }),
)
const names = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), {
      maxItems: apiLimits.namedCallsMax,
      description,
    }),
  )

// The serializer is not asked for streams; the schema is for the document.
const fileAnswer = {
  200: {
    description: 'The file, as an attachment',
    content: Object.fromEntries(
      Object.values(formats).map((type) => [
        type.split(';')[0] ?? type,
        { schema: Type.String({ format: 'binary' }) },
      ]),
    ),
  },
}

export function registerExports(app: App, parts: ApiParts): void {
  const config = { answerMsMax: apiLimits.transferMsMax }
  const tags = ['export']
  app.get(
    '/api/v1/calls/:callKey/export',
    {
      config,
      schema: {
        tags,
        summary: 'The SIP of one call as a file, or its packets with media',
        params: OfCall,
        querystring: Type.Object(
          { format: FormatField, media: MediaField },
          { additionalProperties: false },
        ),
        response: { ...fileAnswer, ...errorsOf(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const finder = finderOf(request, parts)
      const call = await callOf(finder, request.params.callKey)
      const { format = 'pcap', media = false } = request.query
      const keysHidden = media ? await keysHiddenOf([call], parts) : undefined
      return sendFile(reply, finder, { calls: [call], format, keysHidden })
    },
  )

  app.get(
    '/api/v1/export',
    {
      config,
      schema: {
        tags,
        summary: 'The SIP of several calls as one file, or their packets with media',
        description: 'The whole calls that the named legs belong to, each once.',
        querystring: Type.Object(
          {
            callId: names('Call-ID, repeated for each'),
            callKey: names('Key of a call, repeated for each'),
            format: FormatField,
            media: MediaField,
          },
          { additionalProperties: false },
        ),
        response: { ...fileAnswer, ...errorsOf(400, 401, 403, 404, 413) },
      },
    },
    async (request, reply) => {
      const finder = finderOf(request, parts)
      const { callId = [], callKey = [], format = 'pcap', media = false } = request.query
      const keys = new Set<string>(callKey)
      for (const id of callId) {
        const legs = await finder.legsByCallId(id)
        if (legs.length === 0) throw new Failure('not-found', `there is no call with Call-ID ${id}`)
        for (const leg of legs) keys.add(leg.callKey)
      }
      if (keys.size === 0) throw new Failure('bad-input', 'name a callId or a callKey')
      if (keys.size > limits.exportCallsMax) {
        throw new Failure('too-large', `${keys.size} calls, at most ${limits.exportCallsMax}`)
      }
      const calls: Call[] = []
      for (const key of keys) calls.push(await callOf(finder, key))
      const keysHidden = media ? await keysHiddenOf(calls, parts) : undefined
      return sendFile(reply, finder, { calls, format, keysHidden })
    },
  )
}

type KeysHidden = NonNullable<MediaWish['keysHidden']>

/** When recordings of these calls were paused, by leg: media tells no keys then, as findings. */
async function keysHiddenOf(
  calls: readonly Call[],
  { recordings }: Pick<ApiParts, 'recordings'>,
): Promise<KeysHidden> {
  const hidden = new Map<string, readonly Stretch[]>()
  for (const { legs } of calls) {
    const legKeys = legs.map(({ legKey }) => legKey)
    const pauses = pausesOfAll((await recordings?.ofLegs(legKeys)) ?? [])
    for (const legKey of legKeys) hidden.set(legKey, pauses)
  }
  return hidden
}

interface WantedFile {
  readonly calls: readonly Call[]
  readonly format: Format
  /** Undefined for a file without media. */
  readonly keysHidden: KeysHidden | undefined
}

async function sendFile(
  reply: FastifyReply,
  finder: Finder,
  wanted: WantedFile,
): Promise<FastifyReply> {
  const { calls, format, keysHidden } = wanted
  const legs: readonly Leg[] = calls.flatMap((call) => call.legs)
  const media = keysHidden === undefined ? undefined : { keysHidden }
  const pieces = inTurns(exportFrames(finder, legs, format, { media }), (piece) => piece.length)
  // The first piece before the first header: a store that fails is still an error, not a file.
  const first = await pieces.next()
  const name = calls.length === 1 ? fileName(calls[0]) : `${calls.length}-calls`
  reply.type(formats[format])
  const ending = media === undefined ? format : `media.${format}`
  reply.header('content-disposition', `attachment; filename="${name}.${ending}"`)
  return reply.send(Readable.from(withFirst(first, pieces), { objectMode: false }))
}

async function* withFirst(
  first: IteratorResult<Buffer>,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (first.done !== true) yield first.value
  // Ends the rest too when the asker hangs up, and whatever the store has open for us with it.
  yield* rest
}

/** A Call-ID as part of a file name, whatever stands in it. */
function fileName(call: Call | undefined): string {
  const callId = call?.legs[0]?.callId ?? call?.callKey ?? ''
  return `call-${callId.replace(/[^\w.@-]+/g, '_').slice(0, 100)}`
}
