// A recording in, the vendor's Recording resource out, every field of it: null where we do not
// know.
import type { Recording, RecordingCause, RecordingState } from '../../store/recordings/recording.ts'
import { accountPath, API_VERSION } from './call-resource.ts'
import { formatDate } from './date-text.ts'
import { sidOf } from './sid.ts'

const statusNames: Readonly<Record<RecordingState, string>> = {
  recording: 'in-progress',
  paused: 'paused',
  processing: 'stopped',
  completed: 'completed',
  failed: 'absent',
  absent: 'absent',
}

/** The vendor's nearest word for what began a recording. */
const sourceNames: Readonly<Record<RecordingCause, string>> = {
  rule: 'Trunking',
  demand: 'StartCallRecordingApi',
  siprec: 'Trunking',
  folder: 'RecordVerb',
}

/** Makes the resource of a recording as one of a leg that the asker sees; null for no leg. */
export function toRecordingResource(
  recording: Recording,
  legKey: string | null,
  accountSid: string,
) {
  const path = `${accountPath(accountSid)}/Recordings/${recording.recordingId}`
  return {
    sid: recording.recordingId,
    account_sid: accountSid,
    api_version: API_VERSION,
    call_sid: legKey === null ? null : sidOf(legKey),
    conference_sid: null,
    channel: String(recording.channels),
    channels: String(recording.channels),
    date_created: formatDate(recording.createdAtUs),
    date_updated: formatDate(recording.updatedAtUs),
    start_time: formatDate(recording.startUs),
    end_time: formatDate(recording.endUs),
    duration: Math.round((recording.durationMs ?? 0) / 1000),
    price: null,
    price_unit: 'USD',
    source: sourceNames[recording.cause],
    status: statusNames[recording.state],
    error_code: recording.state === 'failed' ? recording.failure : null,
    uri: `${path}.json`,
    subresource_uris: { transcriptions: `${path}/Transcriptions.json` },
    encryption_details: null,
    trim: 'do-not-trim',
  }
}
