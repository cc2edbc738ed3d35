// Recordings for whoever asks: those of legs that the asker may see, and no others. A recording of
// several legs is shown where one of them is; one of no leg at all only to askers who see
// everything.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordingFilter, RecordingStore } from '../../store/recordings/contract.ts'
import type { Recording } from '../../store/recordings/recording.ts'
import { vendorLimits } from './limits.ts'
import type { Asker } from './leg-facts.ts'
import { openCursor, sealCursor } from './sealed-cursor.ts'

export class SeenRecordings {
  readonly #store: RecordingStore | undefined
  readonly #asker: Asker

  constructor(store: RecordingStore | undefined, asker: Asker) {
    this.#store = store
    this.#asker = asker
  }

  /** Undefined where there is none, or none that may be seen. */
  async byId(recordingId: string): Promise<Recording | undefined> {
    const recording = await this.#store?.byId(recordingId)
    if (recording === undefined) return undefined
    const [seen] = await this.#seen([recording])
    return seen
  }

  /** Recordings of legs that the asker was shown, oldest first. */
  async ofLegs(legKeys: readonly string[]): Promise<readonly Recording[]> {
    if (this.#store === undefined || legKeys.length === 0) return []
    return this.#store.ofLegs(legKeys)
  }

  /** The first leg of a recording that the asker sees: what it is shown as. */
  async shownLegOf({ legKeys }: Recording): Promise<string | undefined> {
    for (const legKey of legKeys) {
      if ((await this.#asker.finder.legByKey(legKey)) !== undefined) return legKey
    }
    return undefined
  }

  /**
   * A page of those that match and pass a test. It is short where very many others lie between, or
   * the asker has gone.
   * `limit` recordings are looked at once; `next` goes on after the last one that was looked at,
   * and is sealed for askers who may not know of it.
   */
  async find(
    filter: RecordingFilter,
    page: {
      readonly limit: number
      readonly cursor?: string
      readonly order?: 'newest' | 'oldest'
    },
    isWanted: (recording: Recording) => boolean = () => true,
  ): Promise<{ readonly rows: readonly Recording[]; readonly next: string | null }> {
    const rows: Recording[] = []
    const isLimited = this.#asker.rules !== undefined
    let cursor = page.cursor !== undefined && isLimited ? openCursor(page.cursor) : page.cursor
    for (let looked = 0; ; ) {
      if (this.#store === undefined) return { rows, next: null }
      const limit = page.limit - rows.length
      const wanted = { ...page, limit, ...(cursor === undefined ? {} : { cursor }) }
      const found = await this.#store.find(filter, wanted)
      rows.push(...(await this.#seen(found.rows.filter(isWanted))))
      looked += found.rows.length
      const isWaiting = this.#asker.isWaiting?.() ?? true
      if (found.next === null || !isWaiting) return { rows, next: null }
      if (rows.length >= page.limit || looked >= vendorLimits.legsScannedMax) {
        return { rows, next: isLimited ? sealCursor(found.next) : found.next }
      }
      cursor = found.next
      await nextTurn()
    }
  }

  async #seen(recordings: readonly Recording[]): Promise<readonly Recording[]> {
    const { finder, rules } = this.#asker
    if (rules === undefined) return recordings
    const legKeys = [...new Set(recordings.flatMap((one) => one.legKeys))]
    const visible = legKeys.length === 0 ? new Set() : await finder.legsObeying(legKeys, rules)
    return recordings.filter((one) => one.legKeys.some((legKey) => visible.has(legKey)))
  }
}
