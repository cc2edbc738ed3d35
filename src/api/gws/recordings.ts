// The recordings resource: the list with its search, one recording, and its sound. Only recordings
// whose sound is made are told of; the vendor knows no others.
import type { FastifyRequest } from 'fastify'
import type { Recording } from '../../store/recordings/recording.ts'
import type { App } from '../http/app.ts'
import { publicBaseOf } from '../http/public-url.ts'
import { RequestFailure } from '../http/request-failure.ts'
import { paramOf } from '../vendor/path-param.ts'
import { queryOf } from '../vendor/query-text.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import { sendSound } from '../vendor/send-sound.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import { noRecording, readOnly } from './errors.ts'
import type { GwsParts } from './gws-parts.ts'
import { gwsLimits } from './limits.ts'
import { recordingIdOf, type ShownWith, toRecordingResource } from './recording-resource.ts'
import { readRecordingSearch, type RecordingSearch } from './recording-search.ts'

export function registerRecordings(app: App, prefix: string, parts: GwsParts): void {
  const config = { permission: parts.permission }
  const base = `${prefix}/recordings`

  const list = async (request: FastifyRequest) => {
    const search = readRecordingSearch(queryOf(request), parts.vendor.numbers)
    const found = await findRecordings(seenBy(request, parts), search)
    const recordings = await Promise.all(found.map((one) => resourceOf(one, request, parts)))
    return { statusCode: 0, recordings }
  }
  app.get(base, { config }, list)
  // As the vendor's example has it.
  app.get(`${base}/recordings`, { config }, list)

  app.get(`${base}/:id`, { config }, async (request) => {
    const recording = await recordingOf(request, parts)
    return { statusCode: 0, recording: await resourceOf(recording, request, parts) }
  })

  app.get(`${base}/:id/play/:file`, { config }, async (request, reply) => {
    const { media } = await recordingOf(request, parts)
    const file = paramOf(request, 'file')
    const [, id, extension] = /^(.+)\.(mp3|wav)$/.exec(file) ?? []
    const found = media.find(({ mediaId }) => mediaId === id)
    if (found === undefined) throw noRecording(file)
    const format = extension === 'wav' ? 'wav' : 'mp3'
    const other = { format, otherFormats: parts.otherFormats } as const
    return sendSound(request, reply, { media: found, sounds: parts.sounds, other })
  })

  // Behind the guard, and before a body is read: what it holds makes no difference.
  const refused = { config, onRequest: refuse, handler: refuse }
  for (const url of [base, `${base}/*`]) {
    app.route({ url, method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ...refused })
  }
}

async function refuse(): Promise<never> {
  throw readOnly()
}

function seenBy(request: FastifyRequest, parts: GwsParts): SeenRecordings {
  return new SeenRecordings(parts.recordings, askerOf(request, parts))
}

async function recordingOf(request: FastifyRequest, parts: GwsParts): Promise<Recording> {
  const id = paramOf(request, 'id')
  const recordingId = recordingIdOf(id)
  const recording =
    recordingId === undefined ? undefined : await seenBy(request, parts).byId(recordingId)
  if (recording?.state !== 'completed') throw noRecording(id)
  return recording
}

/** The first that match, by their start. */
async function findRecordings(
  recordings: SeenRecordings,
  { filter, isWanted }: RecordingSearch,
): Promise<Recording[]> {
  const { recordingsMax, recordingsPerLook, recordingsLookedAtMax } = gwsLimits
  const found: Recording[] = []
  let cursor: string | null = null
  for (let looked = 0; looked < recordingsLookedAtMax; looked += recordingsPerLook) {
    const at: { cursor?: string } = cursor === null ? {} : { cursor }
    const page = { limit: recordingsPerLook, order: 'oldest', ...at } as const
    const { rows, next } = await recordings.find(filter, page)
    found.push(...rows.filter(isWanted))
    if (found.length >= recordingsMax || next === null) return found.slice(0, recordingsMax)
    cursor = next
  }
  throw new RequestFailure('too-large', 'the search looks at too many recordings, narrow its times')
}

/** A recording as one of the first of its legs that the asker sees. */
async function resourceOf(recording: Recording, request: FastifyRequest, parts: GwsParts) {
  const legKey = await seenBy(request, parts).shownLegOf(recording)
  return toRecordingResource(recording, legKey, shownWith(request, parts))
}

function shownWith(request: FastifyRequest, parts: GwsParts): ShownWith {
  return {
    baseUrl: `${publicBaseOf(request, parts.settings)}/api/v2`,
    region: parts.settings.gwsRegion,
    numbers: parts.vendor.numbers,
  }
}
