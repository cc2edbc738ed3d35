// A recording in, the vendor's resources of it out: the recording, and its transcriptions.
import type {
  Recording,
  RecordingState,
  Transcription,
  TranscriptionState,
} from '../../store/recordings/recording.ts'
import { callIdOf } from './call-id.ts'
import { bandwidthLimits } from './limits.ts'
import { type NamedMedia, recordingIdOf, transcriptionIdOf } from './media-name.ts'
import { formatTime } from './time-text.ts'

const stateNames: Readonly<Record<RecordingState, string>> = {
  recording: 'recording',
  paused: 'recording',
  processing: 'saving',
  completed: 'complete',
  failed: 'error',
  absent: 'error',
}

/** Makes the resource of a recording as one of the leg; of no call where there is none. */
export function toRecordingResource(
  recording: Recording,
  legKey: string | undefined,
  around: { readonly userUrl: string; readonly media: readonly NamedMedia[] },
) {
  const { userUrl } = around
  const first = around.media.find((one) => one.recording.recordingId === recording.recordingId)
  return {
    id: recordingIdOf(recording),
    startTime: formatTime(recording.startUs),
    ...(recording.endUs === null ? {} : { endTime: formatTime(recording.endUs) }),
    ...(legKey === undefined ? {} : { call: `${userUrl}/calls/${callIdOf(legKey)}` }),
    ...(first === undefined ? {} : { media: `${userUrl}/media/${first.mediaName}` }),
    state: stateNames[recording.state],
  }
}

const transcriptionStates: Readonly<Record<TranscriptionState, string>> = {
  pending: 'transcribing',
  running: 'transcribing',
  completed: 'completed',
  failed: 'error',
}

/** Makes the resource of a transcription. Its whole text is a media file. */
export function toTranscriptionResource(
  transcription: Transcription,
  recording: Recording,
  userUrl: string,
) {
  const id = transcriptionIdOf(recording.recordingId, transcription.transcriptionId)
  const minutes = Math.ceil((recording.durationMs ?? 0) / 60_000)
  const { text } = transcription
  return {
    id,
    state: transcriptionStates[transcription.state],
    time: formatTime(transcription.completedAtUs ?? transcription.createdAtUs),
    chargeableDuration: minutes * 60,
    ...(transcription.state === 'completed'
      ? {
          text: text.slice(0, bandwidthLimits.transcriptLengthMax),
          textSize: text.length,
          textUrl: `${userUrl}/media/${id}.txt`,
        }
      : {}),
  }
}
