// Typed functions over /api/v1: arguments in, the answer or an ApiError out. Keeps nothing and
// never retries; that is the caller's choice.
import type { Outline } from '../media/waveform-shape.ts'
import { ApiError, errorFromBody, unreachable } from './api-error.ts'
import type {
  Arrivals,
  CallDetail,
  CallFindings,
  CallPage,
  CallStreams,
  Counters,
  MessageDetail,
  RecordingPage,
  Session,
  ShownRecording,
  VendorAnswers,
} from './types.ts'

const BASE = '/api/v1'
/** Enough for a wide window on a screen with two pixels in one. */
const OUTLINE_POINTS = 4_000

/** The session of this browser, null when nobody is logged in. */
export async function fetchSession(signal?: AbortSignal): Promise<Session | null> {
  try {
    return await getJson<Session>(`${BASE}/session`, signal)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** Begins a session; the server keeps it in a cookie that scripts cannot read. */
export async function logIn(account: { id: string; secret: string }): Promise<Session> {
  const response = await send(`${BASE}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  return (await response.json()) as Session
}

/** Ends the session. */
export async function logOut(): Promise<void> {
  await send(`${BASE}/session`, { method: 'DELETE' })
}

/** One page of calls. `query` holds the filters, see search-state.ts. */
export function fetchCalls(query: URLSearchParams, signal?: AbortSignal): Promise<CallPage> {
  return getJson<CallPage>(`${BASE}/calls?${query.toString()}`, signal)
}

/** One call with its messages. */
export function fetchCall(callKey: string, signal?: AbortSignal): Promise<CallDetail> {
  return getJson<CallDetail>(callUrl(callKey), signal)
}

/** The RTP streams of a call. */
export function fetchStreams(callKey: string, signal?: AbortSignal): Promise<CallStreams> {
  return getJson<CallStreams>(`${callUrl(callKey)}/streams`, signal)
}

/** What each vendor's API would answer about a call. */
export function fetchVendorAnswers(callKey: string, signal?: AbortSignal): Promise<VendorAnswers> {
  return getJson<VendorAnswers>(`${BASE}/calls/${encodeURIComponent(callKey)}/vendors`, signal)
}

/** The outline of a call's sound, for its waveform. */
export function fetchOutline(callKey: string, signal?: AbortSignal): Promise<Outline> {
  return getJson<Outline>(`${callUrl(callKey)}/peaks?points=${OUTLINE_POINTS}`, signal)
}

/** What was heard in a call. */
export function fetchFindings(callKey: string, signal?: AbortSignal): Promise<CallFindings> {
  return getJson<CallFindings>(`${callUrl(callKey)}/findings`, signal)
}

/** Where the sound of a call is. */
export function soundUrl(callKey: string, format: 'wav' | 'mp3'): string {
  return `${callUrl(callKey)}/sound.${format}`
}

/** The recordings of a call, newest first. */
export function fetchRecordings(callKey: string, signal?: AbortSignal): Promise<RecordingPage> {
  return getJson<RecordingPage>(`${BASE}/recordings?${new URLSearchParams({ callKey })}`, signal)
}

/** Keeps the sound of a call: from now on, or whole where it has ended. */
export function recordCall(callKey: string): Promise<ShownRecording> {
  return postJson<ShownRecording>(`${callUrl(callKey)}/recordings`)
}

/** Asks for a transcript of a recording. */
export function transcribe(recordingId: string): Promise<unknown> {
  return postJson(`${recordingUrl(recordingId)}/transcriptions`)
}

/** Where a sound file of a recording is. */
export function recordingMediaUrl(recordingId: string, mediaId: string): string {
  return `${recordingUrl(recordingId)}/media/${encodeURIComponent(mediaId)}`
}

/** One message, parsed and raw. */
export function fetchMessage(
  message: { legKey: string; messageId: string },
  signal?: AbortSignal,
): Promise<MessageDetail> {
  return getJson<MessageDetail>(messagePath(message), signal)
}

/** What the server holds and has done. */
export function fetchCounters(signal?: AbortSignal): Promise<Counters> {
  return getJson<Counters>(`${BASE}/counters`, signal)
}

/** What arrives live, and from whom. */
export function fetchArrivals(signal?: AbortSignal): Promise<Arrivals> {
  return getJson<Arrivals>(`${BASE}/arrivals`, signal)
}

/** Where a message's exact bytes are. */
export function rawMessageUrl(message: { legKey: string; messageId: string }): string {
  return `${messagePath(message)}/raw`
}

/** The forms in which a call can be taken away. */
export type ExportFormat = 'pcap' | 'pcapng' | 'txt'

/** Where a call's export is, of its SIP alone or with its media. */
export function exportUrl(callKey: string, format: ExportFormat, hasMedia: boolean): string {
  return `${callUrl(callKey)}/export?format=${format}${hasMedia ? '&media=true' : ''}`
}

/** Fetches a file whole. The name is the server's, or the given one where it says none. */
export async function fetchFile(
  url: string,
  nameElse: string,
): Promise<{ name: string; blob: Blob }> {
  const response = await send(url, {})
  const disposition = response.headers.get('content-disposition') ?? ''
  const name = /filename="?([^";]+)"?/.exec(disposition)?.[1] ?? nameElse
  return { name, blob: await response.blob() }
}

function messagePath({ legKey, messageId }: { legKey: string; messageId: string }): string {
  return `${BASE}/legs/${encodeURIComponent(legKey)}/messages/${encodeURIComponent(messageId)}`
}

function callUrl(callKey: string): string {
  return `${BASE}/calls/${encodeURIComponent(callKey)}`
}

function recordingUrl(recordingId: string): string {
  return `${BASE}/recordings/${encodeURIComponent(recordingId)}`
}

async function postJson<Answer>(url: string): Promise<Answer> {
  return (await (await send(url, { method: 'POST' })).json()) as Answer
}

/** The answer to a GET. @throws ApiError */
export async function getJson<Answer>(url: string, signal?: AbortSignal): Promise<Answer> {
  const response = await send(url, signal === undefined ? {} : { signal })
  return (await response.json()) as Answer
}

/** Sends a request; an answer that is an error is thrown. @throws ApiError */
export async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    // An abort is the page's own doing and no fault to show.
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (!response.ok) throw errorFromBody(response.status, await response.text())
  return response
}
