// The media files of a user: the list of them, and each with its bytes. Only those of calls that
// the account sees exist.
import type { App } from '../http/app.ts'
import { paramOf } from '../vendor/path-param.ts'
import { queryOf } from '../vendor/query-text.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import { sendSound } from '../vendor/send-sound.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { readListPage } from './call-search.ts'
import { notFound } from './errors.ts'
import { userUrlOf } from './gather.ts'
import { type NamedMedia, namedMediaOf, parseMediaName } from './media-name.ts'

export function registerMedia(app: App, base: string, parts: VendorParts): void {
  app.get(`${base}/media`, async (request) => {
    const asker = askerOf(request, parts)
    const { size, after } = readListPage(queryOf(request))
    const recordings = new SeenRecordings(parts.recordings, asker)
    const found = await recordings.find({}, { limit: size, ...(after && { cursor: after }) })
    const named: NamedMedia[] = []
    for (const { recordingId, legKeys } of found.rows) {
      const [legKey] = legKeys
      if (legKey === undefined) continue
      const all = namedMediaOf(legKey, await recordings.ofLegs([legKey]))
      named.push(...all.filter((one) => one.recording.recordingId === recordingId))
    }
    const userUrl = userUrlOf(request, parts)
    return named.map(({ mediaName, media }) => ({
      mediaName,
      contentLength: media.bytes,
      content: `${userUrl}/media/${mediaName}`,
    }))
  })

  app.get(`${base}/media/:mediaName`, async (request, reply) => {
    const asker = askerOf(request, parts)
    const mediaName = paramOf(request, 'mediaName')
    const name = parseMediaName(mediaName)
    const recordings = new SeenRecordings(parts.recordings, asker)
    if (name?.kind === 'text') {
      const recording = await recordings.byId(name.recordingId)
      const transcription = recording?.transcriptions.find(
        ({ transcriptionId }) => transcriptionId === name.transcriptionId,
      )
      if (transcription?.state !== 'completed') throw notFound('media', mediaName)
      return reply.type('text/plain; charset=utf-8').send(transcription.text)
    }
    const leg = name === undefined ? undefined : await asker.finder.legByKey(name.legKey)
    if (leg === undefined) throw notFound('media', mediaName)
    const named = namedMediaOf(leg.legKey, await recordings.ofLegs([leg.legKey]))
    const found = named.find((one) => one.mediaName === mediaName)
    if (found === undefined) throw notFound('media', mediaName)
    return sendSound(request, reply, { media: found.media, sounds: parts.sounds })
  })
}
