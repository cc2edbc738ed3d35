// Legs in, what this vendor tells of their calls out: the common facts, whether they are recorded
// and transcribed, and, of one call, what its INVITE says.
import type { FastifyRequest } from 'fastify'
import type { Leg } from '../../calls/leg.ts'
import type { Recording } from '../../store/recordings/recording.ts'
import { SipMessage } from '../../sip/message.ts'
import { publicBaseOf } from '../http/public-url.ts'
import { type Asker, factsOf } from '../vendor/leg-facts.ts'
import { SeenRecordings } from '../vendor/seen-recordings.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import type { BandwidthFacts, CallSettings } from './call-resource.ts'
import { bandwidthLimits } from './limits.ts'

/** Gathers the facts of these legs, in their order. */
export async function gatherFacts(
  legs: readonly Leg[],
  asker: Asker,
  parts: VendorParts,
): Promise<BandwidthFacts[]> {
  const legKeys = legs.map(({ legKey }) => legKey)
  const recordings = await new SeenRecordings(parts.recordings, asker).ofLegs(legKeys)
  const transferring = await transferringOf(legs, asker)
  const facts = await factsOf(legs, asker, parts.vendor, { calls: 'all' })
  const settings = await settingsOf(legKeys, asker, parts)
  return facts.map((one) => ({
    ...one,
    ...withSettings(settings?.get(one.leg.legKey)),
    isTransferring: transferring.has(one.leg.legKey),
    ...recordingFacts(recordings.filter(({ legKeys: keys }) => keys.includes(one.leg.legKey))),
  }))
}

function settingsOf(legKeys: readonly string[], asker: Asker, { callbacks }: VendorParts) {
  return asker.account === undefined ? undefined : callbacks?.settingsOf(legKeys, asker.account)
}

function withSettings(settings: CallSettings | undefined): { settings?: CallSettings } {
  return settings === undefined ? {} : { settings }
}

function recordingFacts(recordings: readonly Recording[]) {
  return {
    isRecorded: recordings.length > 0,
    isTranscribed: recordings.some(({ transcriptions }) => transcriptions.length > 0),
    recordingFormat: recordings[0]?.format ?? null,
  }
}

/** Legs that go on, and in which a REFER was sent (RFC 3515): most lists have none of either. */
async function transferringOf(legs: readonly Leg[], asker: Asker): Promise<ReadonlySet<string>> {
  const open = legs.filter(({ state }) => state === 'in-call')
  if (open.length === 0) return new Set()
  const messages = await asker.finder.messagesOf(open)
  const refers = messages.filter(({ method, status }) => method === 'REFER' && status === null)
  return new Set(refers.map(({ legKey }) => legKey))
}

/** The X- headers of the INVITE that began a leg, as many as the vendor shows. */
export async function sipHeadersOf(leg: Leg, asker: Asker): Promise<Record<string, string>> {
  const messages = await asker.finder.messagesOf([leg])
  const invite = messages.find(({ method, status }) => method === 'INVITE' && status === null)
  if (invite === undefined) return {}
  const stored = await asker.finder.message(leg.legKey, invite.messageId)
  if (stored === undefined) return {}
  const { bytes, transport } = stored
  const message = new SipMessage()
  message.read(bytes, 0, bytes.length, { isDatagram: transport === 'udp' })
  const headers: Record<string, string> = {}
  for (let i = 0; i < message.headerCount; i++) {
    const name = message.headerName(i)
    const value = message.headerValue(i)
    if (!/^x-/i.test(name) || Object.hasOwn(headers, name)) continue
    if (Math.max(name.length, value.length) > bandwidthLimits.sipHeaderLengthMax) continue
    headers[name] = value
    if (Object.keys(headers).length === bandwidthLimits.sipHeadersMax) break
  }
  return headers
}

/** What links in answers begin with: `https://…/v1/users/{userId}`. */
export function userUrlOf(request: FastifyRequest, parts: VendorParts): string {
  const userId = encodeURIComponent(request.account?.userId ?? '')
  return `${publicBaseOf(request, parts.settings)}/v1/users/${userId}`
}
