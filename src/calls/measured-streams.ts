// Streams as agents of ours measured them in, the same with their calls out. An agent that sees no
// SIP knows no call: the descriptions come from another one, before the stream is told or after.
// Whatever has no call is told at once, and again when it has.
import type { AddressTable } from '../base/address-table.ts'
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { PayloadProfiles } from '../rtp/payload-profile.ts'
import type { MediaEnd } from './media-leg.ts'
import { endKey, type MediaBinding, type MediaEnds, type MediaMap } from './media-map.ts'
import { defaultMediaTimes } from './media-times.ts'
import { mainPayload } from './stream-figures.ts'
import type { StreamRecord } from './stream-record.ts'
import { payloadOf } from './stream-snapshot.ts'

/** Who describes a stream so long after its end does not mean it, µs. */
const WAIT_US_MAX = defaultMediaTimes.idleUs

interface Waiting {
  readonly record: StreamRecord
  readonly ends: MediaEnds
}

export class MeasuredStreams {
  readonly #addresses: AddressTable
  readonly #map: MediaMap
  readonly #profiles: PayloadProfiles
  readonly #max: number
  readonly #emit: (record: StreamRecord) => void
  /** Those without a call by their ends and SSRC, the one that came first before all others. */
  readonly #waiting = new Map<string, Waiting>()
  /** The same by the places of both ends. */
  readonly #byPlace = new Map<number, Set<string>>()

  constructor(
    map: MediaMap,
    parts: {
      addresses: AddressTable
      profiles: PayloadProfiles
      limits?: Limits
      emit: (record: StreamRecord) => void
    },
  ) {
    this.#map = map
    this.#addresses = parts.addresses
    this.#profiles = parts.profiles
    this.#max = (parts.limits ?? houseLimits).measuredUnboundMax
    this.#emit = parts.emit
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  take(record: StreamRecord): void {
    const src = this.#addresses.idOf(record.src)
    const dst = this.#addresses.idOf(record.dst)
    if (record.callId !== null || src === undefined || dst === undefined) {
      this.#emit(record)
      return
    }
    const key = keyOf(record)
    this.#forget(key)
    const { srcPort, dstPort } = record
    const waiting = { record, ends: { src, srcPort, dst, dstPort } }
    if (this.#bind(waiting, record.endUs)) return
    this.#emit(record)
    this.#wait(key, waiting)
  }

  /** Takes word of places that a leg has named at `tUs`, all of one leg. */
  named([end]: readonly MediaEnd[], tUs: number): void {
    for (const [key, { record }] of this.#waiting) {
      if (tUs - record.endUs <= WAIT_US_MAX) break
      this.#forget(key)
    }
    if (end === undefined || !this.isWaiting) return
    const { ends } = end.leg
    // An offer alone does not say by which codecs.
    if ([...ends.values()].every(({ side }) => side === end.side)) return
    for (const place of ends.keys()) {
      for (const key of this.#byPlace.get(place) ?? []) {
        const waiting = this.#waiting.get(key)
        if (waiting !== undefined && this.#bind(waiting, tUs)) this.#forget(key)
      }
    }
  }

  /** Tells a stream with its call, which is known until `knownUs`; false where it has none. */
  #bind({ record, ends }: Waiting, knownUs: number): boolean {
    const { startUs, endUs } = record
    const binding = this.#map.findPast(ends, startUs, endUs)
    if (binding === undefined) return false
    const { leg } = binding
    leg.lastUs = Math.max(leg.lastUs, endUs)
    this.#emit(this.#described(record, binding, Math.min(endUs, knownUs)))
    return true
  }

  #described(record: StreamRecord, binding: MediaBinding, knownUs: number): StreamRecord {
    const profile = this.#profiles.get(this.#profiles.numberOf(this.#map.codecsOf(binding)))
    const payloads = record.payloads.map((known) => {
      const named = payloadOf(profile, known.payloadType, known.packets)
      // The figures are those of the clock that the agent took.
      const isMeasuredSo = known.clockRateHz === 0 || known.clockRateHz === named.clockRateHz
      return isMeasuredSo ? named : known
    })
    const main = mainPayload({ ...record, payloads })?.payloadType
    const hadClock = record.payloads.some(({ payloadType, clockRateHz }) => {
      return payloadType === main && clockRateHz > 0
    })
    return {
      ...record,
      payloads,
      callId: binding.leg.callId,
      sender: binding.sender,
      mediaType: this.#map.describe(binding.end, record.payloads[0]?.payloadType)?.type ?? null,
      protection: this.#map.protectionAt(binding.end, record.payloads[0]?.payloadType),
      adaptiveMsMean: hadClock ? record.adaptiveMsMean : null,
      talk: this.#map.talkOf(binding.leg, knownUs),
    }
  }

  #wait(key: string, waiting: Waiting): void {
    const [first] = this.#waiting.keys()
    if (first !== undefined && this.#waiting.size >= this.#max) this.#forget(first)
    this.#waiting.set(key, waiting)
    for (const place of placesOf(waiting.ends)) {
      this.#byPlace.set(place, (this.#byPlace.get(place) ?? new Set()).add(key))
    }
  }

  #forget(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    this.#waiting.delete(key)
    for (const place of placesOf(waiting.ends)) {
      const keys = this.#byPlace.get(place)
      keys?.delete(key)
      if (keys?.size === 0) this.#byPlace.delete(place)
    }
  }
}

function keyOf({ src, srcPort, dst, dstPort, ssrc }: StreamRecord): string {
  return `${src} ${srcPort} ${dst} ${dstPort} ${ssrc}`
}

function placesOf({ src, srcPort, dst, dstPort }: MediaEnds): readonly number[] {
  return [endKey(src, srcPort), endKey(dst, dstPort)]
}
