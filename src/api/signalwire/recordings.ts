// The Recordings resource: lists of an account and of a call, one recording, and its sound. The
// sound needs no credentials, as the vendor has it: whoever holds the address may hear it, and the
// id in it is not to be guessed.
import { DAY_US } from '../../base/day.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { Recording, SoundFormat } from '../../store/recordings/recording.ts'
import type { App } from '../http/app.ts'
import type { Asker } from '../vendor/leg-facts.ts'
import { paramOf } from '../vendor/path-param.ts'
import { filledOf, type QueryFields, queryOf } from '../vendor/query-text.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import { sendSound } from '../vendor/send-sound.ts'
import { askerFor, askerOf } from '../vendor/vendor-rules.ts'
import { accountPath } from './call-resource.ts'
import { accountSidOf, legOf } from './calls.ts'
import { readDate } from './date-text.ts'
import { pageRequestOf, readListPage, tokensOf, wrapPage } from './list-page.ts'
import { toRecordingResource } from './recording-resource.ts'
import type { SignalwireParts } from './signalwire-parts.ts'
import { legKeyOf } from './sid.ts'

export function registerRecordings(app: App, base: string, parts: SignalwireParts): void {
  const config = { permission: parts.permission }

  const list = async (request: FastifyRequest) => listFor(request, parts)
  app.get(`${base}/Recordings`, { config }, list)
  app.get(`${base}/Recordings.json`, { config }, list)

  const listOfCall = async (request: FastifyRequest) => {
    const { legKey } = await legOf(askerOf(request, parts), paramOf(request, 'sid'))
    return listFor(request, parts, legKey)
  }
  app.get(`${base}/Calls/:sid/Recordings`, { config }, listOfCall)
  app.get(`${base}/Calls/:sid/Recordings.json`, { config }, listOfCall)

  app.get(`${base}/Recordings/:sid.json`, { config }, async (request) => {
    const asker = askerOf(request, parts)
    const recording = await recordingOf(request, asker, parts)
    return resourceOf(recording, seenBy(asker, parts), accountSidOf(request))
  })

  const play = (format: SoundFormat) => async (request: FastifyRequest, reply: FastifyReply) => {
    const recording = await recordingOf(request, pathAsker(request, parts), parts)
    const media = recording.media.find((one) => one.format === format) ?? recording.media[0]
    if (media === undefined) throw noRecording()
    const other = { format, otherFormats: parts.otherFormats }
    return sendSound(request, reply, { media, sounds: parts.sounds, other })
  }
  const open = { config: { isOpen: true } }
  app.get(`${base}/Recordings/:sid`, open, play('wav'))
  app.get(`${base}/Recordings/:sid.wav`, open, play('wav'))
  app.get(`${base}/Recordings/:sid.mp3`, open, play('mp3'))
}

function noRecording(): Failure {
  return new Failure('not-found', 'the recording was not found')
}

/** Who asks where no credentials are needed: the account in the path, with what it may see. */
function pathAsker(request: FastifyRequest, parts: SignalwireParts): Asker {
  const id = paramOf(request, 'account')
  const account = parts.accounts.list().find((one) => one.dialect === 'signalwire' && one.id === id)
  if (account === undefined) throw noRecording()
  return askerFor(account, parts)
}

function seenBy(asker: Asker, parts: SignalwireParts): SeenRecordings {
  return new SeenRecordings(parts.recordings, asker)
}

async function recordingOf(
  request: FastifyRequest,
  asker: Asker,
  parts: SignalwireParts,
): Promise<Recording> {
  // A UUID, which may be asked for in capitals (RFC 9562 §4).
  const recording = await seenBy(asker, parts).byId(paramOf(request, 'sid').toLowerCase())
  if (recording === undefined) throw noRecording()
  return recording
}

async function listFor(request: FastifyRequest, parts: SignalwireParts, legKey?: string) {
  const asker = askerOf(request, parts)
  const fields = queryOf(request)
  const page = readListPage(fields)
  const wanted = readSearch(fields, legKey)
  const recordings = seenBy(asker, parts)
  const found = wanted.isEmpty
    ? { rows: [], next: null }
    : await recordings.find(wanted.filter, pageRequestOf(page), wanted.isWanted)
  const accountSid = accountSidOf(request)
  const path = accountPath(accountSid)
  const below = legKey === undefined ? path : `${path}/Calls/${paramOf(request, 'sid')}`
  // Pages go on, not back: the client never asks for the page before.
  const tokens = tokensOf(page, found.next, () => null)
  return wrapPage(
    `${below}/Recordings`,
    { fields, page, tokens },
    {
      recordings: await Promise.all(
        found.rows.map((one) => resourceOf(one, recordings, accountSid, legKey)),
      ),
    },
  )
}

function readSearch(fields: QueryFields, legKey: string | undefined) {
  const callSid = filledOf(fields, 'CallSid')
  const asked = callSid === undefined ? undefined : legKeyOf(callSid)
  const legKeys = [legKey, asked].filter((key) => key !== undefined)
  const read = (name: string) => {
    const text = filledOf(fields, name)
    return text === undefined ? undefined : readDate(name, text)
  }
  const [on, before, after] = [read('DateCreated'), read('DateCreated<'), read('DateCreated>')]
  return {
    filter: legKeys.length === 0 ? {} : { legKeys },
    // Nothing in SIP says what a conference is, so no recording is of one.
    isEmpty:
      filledOf(fields, 'ConferenceSid') !== undefined ||
      (callSid !== undefined && asked === undefined) ||
      (legKeys.length === 2 && legKeys[0] !== legKeys[1]),
    isWanted: ({ createdAtUs }: Recording) => {
      const secondUs = createdAtUs - (createdAtUs % SECOND_US)
      return (
        (on === undefined || dayOf(secondUs) === dayOf(on)) &&
        (before === undefined || secondUs <= before) &&
        (after === undefined || secondUs >= after)
      )
    },
  }
}

const SECOND_US = 1_000_000

function dayOf(tUs: number): number {
  return Math.floor(tUs / DAY_US)
}

/** A recording as one of the leg that was asked for, else of the first that the asker sees. */
async function resourceOf(
  recording: Recording,
  recordings: SeenRecordings,
  accountSid: string,
  legKey?: string,
) {
  const shown = legKey ?? (await recordings.shownLegOf(recording)) ?? null
  return toRecordingResource(recording, shown, accountSid)
}
