// A recording of a leg in, the events that an application is told of it out: that its sound is
// there or could not be made, and each transcript. A recording that goes on has none yet.
import type { Recording, Transcription } from '../../../store/recordings/recording.ts'
import { callIdOf } from '../call-id.ts'
import { recordingIdOf } from '../media-name.ts'
import { toTranscriptionResource } from '../recording-resource.ts'
import { formatTime } from '../time-text.ts'
import type { Application } from './application.ts'
import type { CallbackEvent } from './callback-event.ts'
import { callbackLimits } from './limits.ts'

interface Around {
  readonly legKey: string
  readonly application: Pick<Application, 'tag'>
  /** `https://…/v1/users/{userId}`. */
  readonly userUrl: string
}

/** The events of a recording so far, oldest first. */
export function recordingEventsOf(recording: Recording, around: Around): CallbackEvent[] {
  const { state, endUs, startUs, recordingId } = recording
  if ((state !== 'completed' && state !== 'failed') || endUs === null) return []
  const id = recordingIdOf(recording)
  const status = state === 'completed' ? 'complete' : 'error'
  const body = {
    eventType: 'recording',
    callId: callIdOf(around.legKey),
    recordingId: id,
    recordingUri: `${around.userUrl}/recordings/${id}`,
    state: status,
    status,
    startTime: formatTime(startUs),
    endTime: formatTime(endUs),
    ...tagOf(around),
  }
  const transcripts = recording.transcriptions.flatMap((one) =>
    transcriptionEvent(one, recording, around),
  )
  const event = { eventType: 'recording', eventKey: `recording ${recordingId}` } as const
  return [{ ...event, tUs: endUs, body }, ...transcripts]
}

function transcriptionEvent(
  transcription: Transcription,
  recording: Recording,
  around: Around,
): CallbackEvent[] {
  const { state, completedAtUs, createdAtUs, transcriptionId } = transcription
  if (state !== 'completed' && state !== 'failed') return []
  const { userUrl } = around
  const resource = toTranscriptionResource(transcription, recording, userUrl)
  const recordingId = recordingIdOf(recording)
  const body = {
    eventType: 'transcription',
    transcriptionId: resource.id,
    transcriptionUri: `${userUrl}/recordings/${recordingId}/transcriptions/${resource.id}`,
    recordingId,
    state: resource.state,
    status: resource.state,
    ...(resource.textUrl === undefined
      ? {}
      : {
          text: transcription.text.slice(0, callbackLimits.transcriptLengthMax),
          textSize: resource.textSize,
          textUrl: resource.textUrl,
        }),
    ...tagOf(around),
  }
  const eventKey = `transcription ${transcriptionId}`
  return [{ eventType: 'transcription', eventKey, tUs: completedAtUs ?? createdAtUs, body }]
}

function tagOf({ application }: Around): { tag?: string } {
  return application.tag === null ? {} : { tag: application.tag }
}
