// A recording in, the vendor's recording out: numbers, media files with addresses to play them, and
// who joined and left when. docs/protocols/gws.md has a row for each field.
import { conversationOfCall } from '../../calls/keys.ts'
import type { Participant, Recording } from '../../store/recordings/recording.ts'
import { type NumberRules, phoneNumberOf } from '../vendor/phone-number.ts'
import { formatTime } from './time-text.ts'

/** What recordings are shown with, the same for all of an answer. */
export interface ShownWith {
  /** `https://earshot.example/api/v2`. */
  readonly baseUrl: string
  readonly region: string
  readonly numbers: NumberRules
}

export interface Contact {
  readonly type: 'User' | 'External'
  readonly phoneNumber?: string
  readonly userName?: string
  readonly firstName?: string
  readonly lastName?: string
}

/** Makes the resource of a recording that has ended, as one of a leg that the asker sees. */
export function toRecordingResource(
  recording: Recording,
  legKey: string | undefined,
  shown: ShownWith,
) {
  const id = idOf(recording.recordingId)
  const callUUID = legKey === undefined ? recording.recordingId : conversationOfCall(legKey)
  return {
    id,
    callerPhoneNumber: numberOf(recording.from, shown.numbers),
    dialedPhoneNumber: numberOf(recording.to, shown.numbers),
    startTime: formatTime(recording.startUs),
    stopTime: formatTime(recording.endUs ?? recording.startUs),
    mediaFiles: recording.media.map(({ mediaId, startUs, durationMs }) => ({
      startTime: formatTime(startUs),
      stopTime: formatTime(startUs + durationMs * 1000),
      callUUID,
      mediaUri: `${shown.baseUrl}/recordings/${id}/play/${mediaId}.mp3`,
    })),
    eventHistory: historyOf(recording, shown.numbers),
    region: shown.region,
  }
}

/** 32 upper-case letters and digits: the UUID without its dashes. */
export function idOf(recordingId: string): string {
  return recordingId.replaceAll('-', '').toUpperCase()
}

/** The UUID that an id stands for; undefined for a text that is none. */
export function recordingIdOf(id: string): string | undefined {
  const match = /^([\dA-F]{8})([\dA-F]{4})([\dA-F]{4})([\dA-F]{4})([\dA-F]{12})$/i.exec(id)
  return match?.slice(1).join('-').toLowerCase()
}

/** A user part as a number where it is one, else as it was written. */
export function numberOf(user: string | null, numbers: NumberRules): string {
  return user === null ? '' : (phoneNumberOf(user, numbers) ?? user)
}

const eventNames = new Map([
  ['joined', 'Joined'],
  ['left', 'Left'],
])

function historyOf(recording: Recording, numbers: NumberRules) {
  return recording.events.flatMap(({ kind, tUs, participantId }) => {
    const event = eventNames.get(kind)
    const who = recording.participants.find((one) => one.participantId === participantId)
    if (event === undefined || who === undefined) return []
    return [{ occurredAt: formatTime(tUs), contact: contactOf(who, numbers), event }]
  })
}

/** Who has a name of their own in the network is a user of it; a bare phone number is outside. */
export function contactOf(participant: Participant, numbers: NumberRules): Contact {
  const { user, aor, displayName } = participant
  const number = user === null ? undefined : phoneNumberOf(user, numbers)
  const names = (displayName ?? '').split(/\s+/).filter((name) => name !== '')
  const lastName = names.length > 1 ? names.pop() : undefined
  const userName = aor?.replace(/^[a-z]+:/i, '').replace(/[;?].*$/, '') ?? user
  return {
    type: number === undefined ? 'User' : 'External',
    ...(number === undefined ? {} : { phoneNumber: number }),
    ...(number !== undefined || userName === null ? {} : { userName }),
    ...(names.length === 0 ? {} : { firstName: names.join(' ') }),
    ...(lastName === undefined ? {} : { lastName }),
  }
}

/** Every name by which somebody in a recording can be found. */
export function namesOf(recording: Recording, numbers: NumberRules): string[] {
  return recording.participants.flatMap((participant) => {
    const { userName, firstName, lastName } = contactOf(participant, numbers)
    return [userName, firstName, lastName].filter((name) => name !== undefined)
  })
}
