// What each vendor's API would answer about one call, made by the same functions that answer there:
// so that a user of those APIs sees which field of theirs comes from what.
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { Call } from '../../calls/leg.ts'
import { gatherFacts, sipHeadersOf } from '../bandwidth/gather.ts'
import { callIdOf } from '../bandwidth/call-id.ts'
import { toCallResource as toBandwidthCall } from '../bandwidth/call-resource.ts'
import { toHomerRecord } from '../genesys-cloud/homer-record.ts'
import { toRecordingResource } from '../gws/recording-resource.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { publicBaseOf } from '../http/public-url.ts'
import { accountPath, toCallResource as toSignalwireCall } from '../signalwire/call-resource.ts'
import { sidOf } from '../signalwire/sid.ts'
import { foundAnswer } from '../vendor/answered-by.ts'
import { type Asker, factsOf } from '../vendor/leg-facts.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import { callOf } from './calls.ts'
import { errorsOf } from './error-body.ts'
import { OfCall } from './schemas.ts'

/** Stands where the id of the asking account would. */
const ACCOUNT = 'ACCOUNT'
/** Messages that are shown as the vendor's records; the rest is left to the message list. */
const RECORDS_MAX = 50

const VendorAnswer = Type.Object({
  dialect: Type.String({ description: 'signalwire, bandwidth, gws or genesys-cloud' }),
  path: Type.String({ description: 'What to ask for' }),
  body: Type.Unknown({ description: 'What is answered there' }),
})
type VendorAnswer = Static<typeof VendorAnswer>

export function registerVendorAnswers(app: App, parts: VendorParts): void {
  app.get(
    '/api/v1/calls/:callKey/vendors',
    {
      schema: {
        tags: ['vendors'],
        summary: 'What each vendor’s API would answer about a call',
        description: `An answer for each leg; ${ACCOUNT} stands for the account that would ask.`,
        params: OfCall,
        response: {
          200: Type.Object({
            answers: Type.Unsafe<readonly VendorAnswer[]>(Type.Array(VendorAnswer)),
          }),
          ...errorsOf(401, 403, 404),
        },
      },
    },
    async (request) => {
      const call = await callOf(finderOf(request, parts), request.params.callKey)
      const asker = askerOf(request, parts)
      const baseUrl = publicBaseOf(request, parts.settings)
      return {
        answers: [
          ...(await signalwireAnswers(call, asker, parts)),
          ...(await bandwidthAnswers(call, asker, { ...parts, baseUrl })),
          ...(await gwsAnswers(call, asker, { ...parts, baseUrl })),
          ...(await genesysCloudAnswers(call, request, parts)),
        ],
      }
    },
  )
}

async function signalwireAnswers(
  call: Call,
  asker: Asker,
  parts: VendorParts,
): Promise<VendorAnswer[]> {
  const facts = await factsOf(call.legs, asker, parts.vendor)
  return Promise.all(
    facts.map(async (one) => ({
      dialect: 'signalwire',
      path: `${accountPath(ACCOUNT)}/Calls/${sidOf(one.leg.legKey)}`,
      body: toSignalwireCall(one, ACCOUNT, await foundAnswer(one, asker, parts.callSounds)),
    })),
  )
}

async function bandwidthAnswers(
  call: Call,
  asker: Asker,
  parts: VendorParts & { readonly baseUrl: string },
): Promise<VendorAnswer[]> {
  const facts = await gatherFacts(call.legs, asker, parts)
  return Promise.all(
    facts.map(async (one) => ({
      dialect: 'bandwidth',
      path: `/v1/users/${ACCOUNT}/calls/${callIdOf(one.leg.legKey)}`,
      body: toBandwidthCall(
        { ...one, sipHeaders: await sipHeadersOf(one.leg, asker) },
        `${parts.baseUrl}/v1/users/${ACCOUNT}`,
      ),
    })),
  )
}

async function gwsAnswers(
  call: Call,
  asker: Asker,
  parts: VendorParts & { readonly baseUrl: string },
): Promise<VendorAnswer[]> {
  const legKeys = call.legs.map(({ legKey }) => legKey)
  const recordings = new SeenRecordings(parts.recordings, asker)
  const shown = {
    baseUrl: `${parts.baseUrl}/api/v2`,
    region: parts.settings.gwsRegion,
    numbers: parts.vendor.numbers,
  }
  const ended = (await recordings.ofLegs(legKeys)).filter(({ state }) => state === 'completed')
  return Promise.all(
    ended.map(async (one) => {
      const recording = toRecordingResource(one, await recordings.shownLegOf(one), shown)
      const path = `/api/v2/recordings/${recording.id}`
      return { dialect: 'gws', path, body: { statusCode: 0, recording } }
    }),
  )
}

async function genesysCloudAnswers(
  call: Call,
  request: FastifyRequest,
  parts: VendorParts,
): Promise<VendorAnswer[]> {
  const data: object[] = []
  const [first] = call.legs
  const byKey = new Map(call.legs.map((leg) => [leg.legKey, leg]))
  for await (const message of finderOf(request, parts).messagesWithBytes(call.legs)) {
    if (data.length === RECORDS_MAX) break
    if (message.bytes.length === 0) continue
    const leg = byKey.get(message.legKey)
    if (leg !== undefined) data.push(toHomerRecord(message, leg, first ?? leg))
  }
  const timeOf = (tUs: number) => new Date(Math.floor(tUs / 1000)).toISOString()
  const lastUs = Math.max(...call.legs.map((leg) => leg.lastUs))
  const query = new URLSearchParams({
    dateStart: timeOf(call.startUs),
    dateEnd: timeOf(lastUs + 1_000),
    conversationId: call.conversationId,
  })
  const path = `/api/v2/telephony/siptraces?${query.toString()}`
  return [{ dialect: 'genesys-cloud', path, body: { status: 200, data, count: data.length } }]
}
