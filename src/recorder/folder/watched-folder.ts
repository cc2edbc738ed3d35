// A folder in which a PBX leaves its recordings in, recordings of ours out: each file once, when it
// has stopped growing, tied to its call where that is stored. The files stay as and where they are.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, readdir, readFile, rm, stat } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../base/clock.ts'
import { dayOf } from '../../base/day.ts'
import { isFailure } from '../../base/failure.ts'
import type { Call } from '../../calls/leg.ts'
import type { Finder } from '../../query/finder.ts'
import type { RecordingStore, SoundStore } from '../../store/recordings/contract.ts'
import type { Recording, RecordingMedia, SoundFormat } from '../../store/recordings/recording.ts'
import { recorderLimits } from '../limits.ts'
import { emptyRecording, ended, inOrder, participantsOf, withCall } from '../make-recording.ts'
import type { RecordingRule } from '../recording-rules.ts'
import { callOfFile } from './call-of-file.ts'
import { readFileName } from './pbx-file-name.ts'
import { convertToWav, readSoundFacts, type SoundFacts } from './sound-facts.ts'

export interface FolderParts {
  readonly folder: string
  readonly finder: Finder
  readonly recordings: RecordingStore
  readonly sounds: SoundStore
  readonly clock: Clock
  /** How the recordings of a call, or of none, are kept. */
  readonly ruleOf: (call: Call | undefined) => Promise<RecordingRule>
  /** Hears of a recording whose sound is there. */
  readonly onCompleted: (recording: Recording, rule: RecordingRule) => Promise<void>
}

/** Kinds of files that are sound; what only ffmpeg reads becomes WAV. */
const AS_IT_IS: ReadonlyMap<string, SoundFormat> = new Map([
  ['.wav', 'wav'],
  ['.mp3', 'mp3'],
])
const CONVERTED = new Set(['.wav49', '.gsm', '.ogg', '.opus', '.flac', '.m4a', '.g722', '.au'])

interface SeenFile {
  size: number
  mtimeMs: number
  /** Since when it has not changed. */
  quietSinceUs: number
  /** Since when it is complete and waits for its call. */
  completeUs: number | undefined
  isDone: boolean
}

export class WatchedFolder {
  readonly #parts: FolderParts
  readonly #seen = new Map<string, SeenFile>()
  #taken = 0
  #unreadable = 0
  #withoutCall = 0
  #turnedAway = 0

  constructor(parts: FolderParts) {
    this.#parts = parts
  }

  /** Looks through the folder once, and takes in what is complete. */
  async scan(): Promise<void> {
    const there = new Set<string>()
    for await (const path of filesBelow(this.#parts.folder, recorderLimits.watchedDepthMax)) {
      const ending = extname(path).toLowerCase()
      if (!AS_IT_IS.has(ending) && !CONVERTED.has(ending)) continue
      there.add(path)
      if (this.#seen.size >= recorderLimits.watchedFilesMax && !this.#seen.has(path)) {
        this.#turnedAway++
        continue
      }
      await this.#lookAt(path)
    }
    for (const path of this.#seen.keys()) if (!there.has(path)) this.#seen.delete(path)
  }

  stats(): Readonly<Record<string, number>> {
    return {
      folderFilesTaken: this.#taken,
      folderFilesUnreadable: this.#unreadable,
      folderFilesWithoutCall: this.#withoutCall,
      folderFilesTurnedAway: this.#turnedAway,
    }
  }

  async #lookAt(path: string): Promise<void> {
    const nowUs = this.#parts.clock.nowUs()
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) return
    const { size, mtimeMs } = found
    const seen = this.#seen.get(path)
    if (seen === undefined || seen.size !== size || seen.mtimeMs !== mtimeMs) {
      const fresh = { size, mtimeMs, quietSinceUs: nowUs, completeUs: undefined, isDone: false }
      this.#seen.set(path, fresh)
      return
    }
    if (seen.isDone || nowUs - seen.quietSinceUs < recorderLimits.fileQuietUs) return
    seen.completeUs ??= nowUs
    try {
      seen.isDone = await this.#take(path, seen, nowUs - seen.completeUs)
    } catch (error) {
      if (!isFailure(error, 'bad-input')) throw error
      this.#unreadable++
      seen.isDone = true
    }
  }

  /** Takes a file in; false while its call may still come. */
  async #take(path: string, seen: SeenFile, waitedUs: number): Promise<boolean> {
    const { folder, finder, recordings, ruleOf, onCompleted } = this.#parts
    const originName = relative(folder, path)
    const known = await recordings.ofOrigin(originName)
    if (known !== undefined || (await recordings.isRemovedOrigin(originName))) return true
    const facts = await readSoundFacts(path)
    const startUs = Math.round((seen.mtimeMs - facts.durationMs) * 1000)
    const zoneOffsetMs = -new Date(seen.mtimeMs).getTimezoneOffset() * 60_000
    const clues = readFileName(path, zoneOffsetMs)
    const callIds = [...(await notesOf(path)), ...clues.callIds]
    const { durationMs } = facts
    const call = await callOfFile(finder, { ...clues, callIds, startUs, durationMs })
    if (call === undefined && waitedUs < recorderLimits.fileWaitsUs) return false
    const rule = await ruleOf(call)
    const began = call === undefined ? (clues.startsUs[0] ?? startUs) : startUs
    const recording = this.#recordingOf({ originName, rule, call, startUs: began, durationMs })
    const media = await this.#keep(path, recording, facts)
    const completed: Recording = { ...recording, state: 'completed', media: [media] }
    await recordings.put(completed)
    this.#taken++
    if (call === undefined) this.#withoutCall++
    await onCompleted(completed, rule)
    return true
  }

  #recordingOf(parts: {
    readonly originName: string
    readonly rule: RecordingRule
    readonly call: Call | undefined
    readonly startUs: number
    readonly durationMs: number
  }): Recording {
    const { originName, rule, call, startUs, durationMs } = parts
    const nowUs = this.#parts.clock.nowUs()
    const empty = emptyRecording({ source: 'folder', cause: 'folder', rule, startUs, nowUs })
    const begun = { tUs: startUs, kind: 'started', participantId: null, by: 'folder' } as const
    const bare = { ...empty, originName, events: [begun], consent: 'not-required' } as const
    const tied = call === undefined ? bare : withCall(bare, call)
    const endUs = startUs + durationMs * 1000
    const over = ended(tied, { endUs, nowUs, retentionDays: rule.retentionDays })
    const participants = call === undefined ? [] : participantsOf(call)
    const joined = participants.map(({ participantId }) => {
      return { tUs: startUs, kind: 'joined', participantId, by: null } as const
    })
    return { ...over, participants, events: inOrder([...over.events, ...joined]) }
  }

  async #keep(path: string, recording: Recording, facts: SoundFacts): Promise<RecordingMedia> {
    const { sounds } = this.#parts
    const format = AS_IT_IS.get(extname(path).toLowerCase()) ?? 'wav'
    const mediaId = randomUUID()
    const work = join(await sounds.workFolder(), `${mediaId}.${format}`)
    try {
      if (AS_IT_IS.has(extname(path).toLowerCase())) await copyFile(path, work)
      else await convertToWav(path, work)
      const hash = createHash('sha256')
      await pipeline(createReadStream(work), hash)
      const { size } = await stat(work)
      const soundKey = `${dayOf(recording.startUs)}/${recording.recordingId}/${mediaId}.${format}`
      await sounds.take(soundKey, work)
      const everybody = recording.participants.map(({ participantId }) => participantId)
      return {
        mediaId,
        format,
        bytes: size,
        startUs: recording.startUs,
        ...facts,
        // Which side a PBX puts on which channel is not said anywhere.
        participants: Array.from({ length: facts.channels }, () => everybody),
        soundKey,
        digest: hash.digest('hex'),
      }
    } finally {
      await rm(work, { force: true })
    }
  }
}

/** Paths of the files of a folder and of those below it. One that cannot be read is passed over. */
async function* filesBelow(folder: string, depthLeft: number): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isFile()) yield path
    else if (entry.isDirectory() && depthLeft > 0) yield* filesBelow(path, depthLeft - 1)
  }
}

const NOTE_ENDINGS = ['.json', '.meta', '.txt', '.xml']
const NOTE_BYTES_MAX = 256 * 1024

/** Call-IDs that a file of notes beside a recording names: `"callId": "…"`, `call-id: …`. */
async function notesOf(path: string): Promise<string[]> {
  const bare = path.slice(0, -extname(path).length)
  const found: string[] = []
  for (const place of [bare, bare.replace(/-mix$/, '')]) {
    for (const ending of NOTE_ENDINGS) {
      const { size = 0 } = (await stat(place + ending).catch(() => undefined)) ?? {}
      if (size === 0 || size > NOTE_BYTES_MAX) continue
      const text = await readFile(place + ending, 'utf8')
      const pattern = /(?:sip[-_]?)?call[-_]?id["']?\s*[:=>]\s*["']?([^\s"'<>,]{1,256})/gi
      for (const [, callId = ''] of text.matchAll(pattern)) found.push(callId)
    }
  }
  return [...new Set(found)].slice(0, 16)
}
