// The media files of a user: the list of them, and each with its bytes. Only those of recordings
// that the account sees exist.
import type { Recording } from '../../store/recordings/recording.ts'
import type { App } from '../http/app.ts'
import { RequestFailure } from '../http/request-failure.ts'
import type { Asker } from '../vendor/leg-facts.ts'
import { paramOf } from '../vendor/path-param.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import { sendSound } from '../vendor/send-sound.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { notFound } from './errors.ts'
import { userUrlOf } from './gather.ts'
import { bandwidthLimits } from './limits.ts'
import {
  type MediaName,
  type NamedMedia,
  namedMediaOf,
  namedMediaOfNoCall,
  parseMediaName,
} from './media-name.ts'

export function registerMedia(app: App, base: string, parts: VendorParts): void {
  app.get(`${base}/media`, async (request) => {
    const asker = askerOf(request, parts)
    const named = await allMedia(new SeenRecordings(parts.recordings, asker))
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
    const named = name === undefined ? [] : await soundsBeside(name, asker, recordings)
    const found = named.find((one) => one.mediaName === mediaName)
    if (found === undefined) throw notFound('media', mediaName)
    return sendSound(request, reply, { media: found.media, sounds: parts.sounds })
  })
}

/** The sound files among which one of this name is to be found. */
async function soundsBeside(
  name: Exclude<MediaName, { kind: 'text' }>,
  asker: Asker,
  recordings: SeenRecordings,
): Promise<readonly NamedMedia[]> {
  if (name.kind === 'sound-of-no-call') {
    const recording = await recordings.byId(name.recordingId)
    return recording === undefined ? [] : namedMediaOfNoCall(recording)
  }
  // A recording is kept when its call is not any more, and so is the name that was given for it.
  const isSeen =
    asker.rules === undefined || (await asker.finder.legByKey(name.legKey)) !== undefined
  return isSeen ? namedMediaOf(name.legKey, await recordings.ofLegs([name.legKey])) : []
}

/** Every sound file, the newest recording's first: this list of the vendor's has no pages. */
async function allMedia(recordings: SeenRecordings): Promise<NamedMedia[]> {
  const { recordingsPerLook, recordingsLookedAtMax } = bandwidthLimits
  const named: NamedMedia[] = []
  let cursor: string | null = null
  for (let looked = 0; looked < recordingsLookedAtMax; looked += recordingsPerLook) {
    const at: { cursor?: string } = cursor === null ? {} : { cursor }
    const { rows, next } = await recordings.find({}, { limit: recordingsPerLook, ...at })
    named.push(...(await mediaOfEach(rows, recordings)))
    if (next === null) return named
    cursor = next
  }
  throw new RequestFailure('too-large', 'there are more media files than one list may hold')
}

/** The sound files of these recordings, in their order, named by the legs that are shown. */
async function mediaOfEach(
  rows: readonly Recording[],
  recordings: SeenRecordings,
): Promise<NamedMedia[]> {
  const shownAs = new Map<string, string>()
  for (const recording of rows) {
    const legKey = await recordings.shownLegOf(recording)
    if (legKey !== undefined) shownAs.set(recording.recordingId, legKey)
  }
  const legKeys = [...new Set(shownAs.values())]
  const ofLegs = await recordings.ofLegs(legKeys)
  const named = legKeys.flatMap((legKey) => {
    const ofLeg = ofLegs.filter((one) => one.legKeys.includes(legKey))
    const isShown = ({ recording }: NamedMedia) => shownAs.get(recording.recordingId) === legKey
    return namedMediaOf(legKey, ofLeg).filter(isShown)
  })
  const byRecording = Map.groupBy(named, ({ recording }) => recording.recordingId)
  return rows.flatMap((one) => {
    const isOfCall = shownAs.has(one.recordingId)
    return isOfCall ? (byRecording.get(one.recordingId) ?? []) : namedMediaOfNoCall(one)
  })
}
