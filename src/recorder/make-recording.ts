// Calls, recording sessions and what happens to them in; recordings as they begin, go on and end
// out. Values alone.
import { DAY_US } from '../base/day.ts'
import { randomUUID } from 'node:crypto'
import type { Call, Leg } from '../calls/leg.ts'
import { tellingLeg } from '../calls/telling-leg.ts'
import { parseNameAddr } from '../sip/name-addr.ts'
import type { RecordedSession } from '../siprec/recorded-session.ts'
import type {
  Participant,
  Recording,
  RecordingCause,
  RecordingEvent,
  RecordingSource,
  Transcription,
} from '../store/recordings/recording.ts'
import { recorderLimits } from './limits.ts'
import type { RecordingRule } from './recording-rules.ts'

/** What all recordings begin with. */
export function emptyRecording(parts: {
  readonly source: RecordingSource
  readonly cause: RecordingCause
  readonly rule: RecordingRule
  readonly startUs: number
  readonly nowUs: number
}): Recording {
  const { source, cause, rule, startUs, nowUs } = parts
  return {
    recordingId: randomUUID(),
    callKey: null,
    legKeys: [],
    callIds: [],
    conversationId: null,
    from: null,
    to: null,
    startUs,
    endUs: null,
    durationMs: null,
    state: 'recording',
    failure: null,
    source,
    cause,
    channels: rule.channels,
    format: rule.format,
    rule: rule.name === '' ? null : rule.name,
    consent: rule.consent === null ? 'not-required' : 'missing',
    pin: null,
    deleteAfterUs: null,
    createdAtUs: nowUs,
    updatedAtUs: nowUs,
    media: [],
    participants: [],
    events: [],
    transcriptions: [],
    originName: null,
  }
}

/** A transcript that was asked for. */
export function emptyTranscription(transcriber: string, createdAtUs: number): Transcription {
  return {
    transcriptionId: randomUUID(),
    state: 'pending',
    transcriber,
    createdAtUs,
    completedAtUs: null,
    text: '',
    segments: [],
    attempts: 0,
    error: null,
  }
}

/** Ties a recording to its call; legs of its own (a recording session) stay the first ones. */
export function withCall(
  recording: Recording,
  call: Call,
  ownLegs: readonly Leg[] = [],
): Recording {
  const legs = [...ownLegs, ...call.legs]
  return {
    ...recording,
    callKey: call.callKey,
    legKeys: [...new Set(legs.map(({ legKey }) => legKey))],
    callIds: [...new Set(legs.flatMap(({ callId }) => (callId === null ? [] : [callId])))],
    conversationId: call.conversationId,
    from: call.from,
    to: call.to,
  }
}

/** The two ends of a call as those who are heard. */
export function participantsOf(call: Call): readonly Participant[] {
  const [leg] = call.legs
  const end = (role: 'caller' | 'callee', user: string | null, host: string | null) => ({
    participantId: role,
    role,
    aor: user === null ? null : `sip:${user}${host === null ? '' : `@${host}`}`,
    user,
    displayName: null,
  })
  return [
    end('caller', call.from, leg?.fromHost ?? null),
    end('callee', call.to, leg?.toHost ?? null),
  ]
}

/** What is said between the end of one leg and the beginning of the next is nothing. */
const HANDED_ON_US_MAX = 1_000_000

/** When a call ended, with those that it was handed on to; null where one of them goes on. */
export function endOfTalk(call: Call): number | null {
  let latestUs = call.endUs
  for (const { endUs } of handedOn(call)) {
    if (latestUs === null || endUs === null) return null
    latestUs = Math.max(latestUs, endUs)
  }
  return latestUs
}

/**
 * From when on a leg that its call was handed on to is in none of its recordings, which have ended;
 * undefined where they hold it, go on, or were stopped by somebody.
 */
export function beyond(recordings: readonly Recording[], leg: Leg, call: Call): number | undefined {
  if (!handedOn(call).some(({ legKey }) => legKey === leg.legKey)) return undefined
  let endedUs = leg.answerUs ?? leg.startUs
  for (const { endUs, events } of recordings) {
    if (endUs === null || events.some(({ kind, by }) => kind === 'stopped' && by !== null)) {
      return undefined
    }
    endedUs = Math.max(endedUs, endUs)
  }
  return (leg.endUs ?? leg.lastUs) > endedUs + HANDED_ON_US_MAX ? endedUs : undefined
}

/** Answered legs that began when a call was under way whose sides asked for a transfer. */
function handedOn({ legs, answerUs }: Call): Leg[] {
  if (answerUs === null || legs.every(({ transferBy }) => transferBy === null)) return []
  return legs.filter((leg) => leg.answerUs !== null && leg.startUs > answerUs)
}

/** How a call's recording began: both ends are there from its answer on. */
export function beginEvents(startUs: number, by: string): readonly RecordingEvent[] {
  return [
    { tUs: startUs, kind: 'started', participantId: null, by },
    { tUs: startUs, kind: 'joined', participantId: 'caller', by: null },
    { tUs: startUs, kind: 'joined', participantId: 'callee', by: null },
  ]
}

/** Whoever hung up left first. */
export function endEvents(call: Call, endUs: number): readonly RecordingEvent[] {
  const [leg] = call.legs
  const first = (leg && tellingLeg(leg, call.legs).endedBy) ?? 'caller'
  const second = first === 'caller' ? 'callee' : 'caller'
  return [
    { tUs: endUs, kind: 'left', participantId: first, by: null },
    { tUs: endUs, kind: 'left', participantId: second, by: null },
  ]
}

/** What a recording session tells of its participants, as far as it has come. */
export function withSession(recording: Recording, session: RecordedSession): Recording {
  const audio = session.media.filter(({ type }) => type === 'audio')
  const callers = new Set(audio[0]?.senders)
  const participants = session.participants
    .slice(0, recorderLimits.participantsMax)
    .map(({ participantId, aor, displayName }) => {
      const isHeard = audio.some(({ senders }) => senders.includes(participantId))
      const role = callers.has(participantId) ? 'caller' : isHeard ? 'callee' : 'other'
      return { participantId, role, aor, user: userOf(aor), displayName } as const
    })
  const told = session.events.map(({ tUs, kind, participantId }) => {
    return { tUs, kind, participantId, by: 'siprec' }
  })
  const begun = {
    tUs: session.startUs,
    kind: 'started',
    participantId: null,
    by: 'siprec',
  } as const
  const others = recording.events.filter(({ by, kind }) => by !== 'siprec' || kind === 'stopped')
  return {
    ...recording,
    startUs: session.startUs,
    from: recording.from ?? participants.find(({ role }) => role === 'caller')?.user ?? null,
    to: recording.to ?? participants.find(({ role }) => role === 'callee')?.user ?? null,
    // Everything on one section is one channel: nobody can be told from the others there.
    channels: audio.length === 1 ? 1 : recording.channels,
    participants,
    events: inOrder([begun, ...told, ...others]),
  }
}

function userOf(aor: string | null): string | null {
  if (aor === null) return null
  const { user, host } = parseNameAddr(aor).uri
  return user || host || null
}

/** The call is over: the sound is made next. */
export function ended(
  recording: Recording,
  end: { readonly endUs: number; readonly nowUs: number; readonly retentionDays: number | null },
): Recording {
  const { nowUs, retentionDays } = end
  const endUs = Math.max(end.endUs, recording.startUs)
  return {
    ...recording,
    state: 'processing',
    endUs,
    durationMs: Math.round((endUs - recording.startUs) / 1000),
    // Captures may be years old when they are imported; nothing is deleted before it was here.
    deleteAfterUs: retentionDays === null ? null : Math.max(endUs, nowUs) + retentionDays * DAY_US,
    updatedAtUs: nowUs,
    events: inOrder([
      ...recording.events,
      { tUs: endUs, kind: 'stopped', participantId: null, by: null },
    ]),
  }
}

/** Events by time, each once, as many as are kept. */
export function inOrder(events: readonly RecordingEvent[]): readonly RecordingEvent[] {
  const known = new Map(events.map((event) => [JSON.stringify(Object.values(event)), event]))
  return [...known.values()]
    .sort((a, b) => a.tUs - b.tUs)
    .slice(0, recorderLimits.eventsPerRecordingMax)
}

/** Adds one event. */
export function withEvent(recording: Recording, event: RecordingEvent, nowUs: number): Recording {
  return { ...recording, events: inOrder([...recording.events, event]), updatedAtUs: nowUs }
}
