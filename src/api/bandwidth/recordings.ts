// Recordings of a call and of a user, their transcriptions, and the media files behind them.
import type { FastifyRequest } from 'fastify'
import type { Recording } from '../../store/recordings/recording.ts'
import type { App } from '../http/app.ts'
import { type Asker } from '../vendor/leg-facts.ts'
import { paramOf } from '../vendor/path-param.ts'
import { queryOf } from '../vendor/query-text.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { readListPage } from './call-search.ts'
import { legOf } from './calls.ts'
import { notFound } from './errors.ts'
import { userUrlOf } from './gather.ts'
import { formatLinks } from './link-header.ts'
import { namedMediaOf, namedMediaOfNoCall } from './media-name.ts'
import { toRecordingResource, toTranscriptionResource } from './recording-resource.ts'

export function registerRecordings(app: App, base: string, parts: VendorParts): void {
  app.get(`${base}/calls/:callId/recordings`, async (request) => {
    const asker = askerOf(request, parts)
    const { legKey } = await legOf(asker, paramOf(request, 'callId'))
    const recordings = await seen(asker, parts).ofLegs([legKey])
    const around = { userUrl: userUrlOf(request, parts), media: namedMediaOf(legKey, recordings) }
    return recordings.map((one) => toRecordingResource(one, legKey, around))
  })

  app.get(`${base}/calls/:callId/transcriptions`, async (request) => {
    const asker = askerOf(request, parts)
    const { legKey } = await legOf(asker, paramOf(request, 'callId'))
    const recordings = await seen(asker, parts).ofLegs([legKey])
    return recordings.flatMap((one) => transcriptionsOf(one, request, parts))
  })

  app.get(`${base}/recordings`, async (request, reply) => {
    const asker = askerOf(request, parts)
    const { page, size, after } = readListPage(queryOf(request))
    const found = await pageOf(seen(asker, parts), { page, size, after })
    const userUrl = userUrlOf(request, parts)
    const links = { url: `${userUrl}/recordings`, query: {}, page, size, next: found.next }
    reply.header('link', formatLinks(links))
    return Promise.all(found.rows.map((one) => resourceOf(one, asker, request, parts)))
  })

  app.get(`${base}/recordings/:recordingId`, async (request) => {
    const asker = askerOf(request, parts)
    return resourceOf(await recordingOf(request, asker, parts), asker, request, parts)
  })

  app.get(`${base}/recordings/:recordingId/transcriptions`, async (request) => {
    const recording = await recordingOf(request, askerOf(request, parts), parts)
    return transcriptionsOf(recording, request, parts)
  })

  app.get(`${base}/recordings/:recordingId/transcriptions/:transcriptionId`, async (request) => {
    const recording = await recordingOf(request, askerOf(request, parts), parts)
    const wanted = paramOf(request, 'transcriptionId')
    const found = transcriptionsOf(recording, request, parts).find(({ id }) => id === wanted)
    if (found === undefined) throw notFound('transcription', wanted)
    return found
  })
}

function seen(asker: Asker, parts: VendorParts): SeenRecordings {
  return new SeenRecordings(parts.recordings, asker)
}

async function recordingOf(
  request: FastifyRequest,
  asker: Asker,
  parts: VendorParts,
): Promise<Recording> {
  const id = paramOf(request, 'recordingId')
  const recording = await seen(asker, parts).byId(id.replace(/^rec-/, ''))
  if (recording === undefined || !id.startsWith('rec-')) throw notFound('recording', id)
  return recording
}

/** A recording as one of the first of its legs that the asker sees. */
async function resourceOf(
  recording: Recording,
  asker: Asker,
  request: FastifyRequest,
  parts: VendorParts,
) {
  const recordings = seen(asker, parts)
  const legKey = await recordings.shownLegOf(recording)
  const media =
    legKey === undefined
      ? namedMediaOfNoCall(recording)
      : namedMediaOf(legKey, await recordings.ofLegs([legKey]))
  return toRecordingResource(recording, legKey, { userUrl: userUrlOf(request, parts), media })
}

function transcriptionsOf(recording: Recording, request: FastifyRequest, parts: VendorParts) {
  const userUrl = userUrlOf(request, parts)
  return recording.transcriptions.map((one) => toTranscriptionResource(one, recording, userUrl))
}

/** A page by its number, or where a link says that it begins. */
async function pageOf(
  recordings: SeenRecordings,
  wanted: { readonly page: number; readonly size: number; readonly after: string | undefined },
) {
  let cursor = wanted.after
  for (let page = cursor === undefined ? 0 : wanted.page; ; page++) {
    const at = cursor === undefined ? {} : { cursor }
    const found = await recordings.find({}, { limit: wanted.size, ...at })
    if (page >= wanted.page) return found
    if (found.next === null) return { rows: [], next: null }
    cursor = found.next
  }
}
