// The events of a call: what its messages show of its life, in the order of time.
import type { Leg } from '../../calls/leg.ts'
import type { App } from '../http/app.ts'
import { paramOf } from '../vendor/path-param.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { legOf } from './calls.ts'
import { notFound } from './errors.ts'
import { hangupCauseOf } from './hangup-cause.ts'
import { formatTime } from './time-text.ts'

export interface CallEvent {
  readonly id: string
  readonly time: string
  readonly name: 'create' | 'answer' | 'hangup'
  readonly data: string
}

export function registerEvents(app: App, base: string, parts: VendorParts): void {
  app.get(`${base}/calls/:callId/events`, async (request) =>
    eventsOf(await legOf(askerOf(request, parts), paramOf(request, 'callId'))),
  )

  app.get(`${base}/calls/:callId/events/:eventId`, async (request) => {
    const leg = await legOf(askerOf(request, parts), paramOf(request, 'callId'))
    const eventId = paramOf(request, 'eventId')
    const event = eventsOf(leg).find(({ id }) => id === eventId)
    if (event === undefined) throw notFound('resource', eventId)
    return event
  })
}

/** The events of a leg so far. Their ids last: the leg's key and the event's name. */
export function eventsOf(leg: Leg): CallEvent[] {
  const event = (name: CallEvent['name'], tUs: number | null, data = '') =>
    tUs === null ? [] : [{ id: `ce-${leg.legKey}-${name}`, time: formatTime(tUs), name, data }]
  const cause = JSON.stringify({ cause: hangupCauseOf(leg) })
  return [
    ...event('create', leg.startUs),
    ...event('answer', leg.answerUs),
    ...event('hangup', leg.endUs, cause),
  ]
}
