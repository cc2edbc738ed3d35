// The ordered bytes of one direction of a TLS connection in, its application data out, record by
// record. Holds the beginning of a record whose end is missing, and whole records while their key
// is; never more than its bound. Finds the next record after a hole where a segment begins with it.
// Rules: RFC 8446 §5.1 (5246 §6.2.1):  | type | version 3.x | length | that many bytes |
import { ByteQueue } from '../../base/byte-queue.ts'
import { u16be } from '../../source/integers.ts'
import {
  RECORD_APPLICATION_DATA,
  RECORD_CHANGE_CIPHER_SPEC,
  RecordOpener,
} from './record-opener.ts'
import type { TlsKeys } from './tls-keys.ts'

const HEADER_BYTES = 5
/** RFC 5246 §6.2.3: what protection may add to 2^14 bytes. */
const BODY_BYTES_MAX = 16_384 + 2_048

/** Why a direction is not read any further. */
export type TlsEnd = 'no-key' | 'malformed' | 'unreadable' | 'turned-away'

export interface TlsDirectionSink {
  /** Application data of one record, in order; `tUs` is when its last byte came. */
  data(bytes: Buffer, tUs: number, isAfterGap: boolean): void
}

export class TlsDirection {
  readonly keys: TlsKeys
  readonly #opener: RecordOpener
  readonly #pendingBytesMax: number
  readonly #held = new ByteQueue()
  /** When the held bytes came: each mark tells of those up to `end`, counted from the beginning. */
  #marks: { readonly end: number; readonly tUs: number }[] = []
  #pushedBytes = 0
  #isAfterGap = false
  /** The next chunk must begin with a record: where we stand in the stream is not known. */
  #isLost = false
  end: TlsEnd | undefined

  constructor(keys: TlsKeys, pendingBytesMax: number) {
    this.keys = keys
    this.#opener = new RecordOpener(keys)
    this.#pendingBytesMax = pendingBytesMax
  }

  get heldBytes(): number {
    return this.#held.length
  }

  get hasOpened(): boolean {
    return this.#opener.hasOpened
  }

  push(bytes: Buffer, tUs: number, isAfterGap: boolean, sink: TlsDirectionSink): void {
    if (this.end !== undefined) return
    if (isAfterGap) {
      this.#held.clear()
      this.#isLost = true
      this.#isAfterGap = true
      this.#opener.noteGap()
    }
    if (this.#isLost) {
      if (!beginsRecord(bytes)) return
      this.#isLost = false
    }
    this.#held.push(bytes)
    this.#pushedBytes += bytes.length
    this.#marks.push({ end: this.#pushedBytes, tUs })
    this.resume(sink)
  }

  /** Goes on with what is held; something may have become known. */
  resume(sink: TlsDirectionSink): void {
    let at = 0
    const held = this.#held.bytes
    const origin = this.#pushedBytes - held.length
    while (held.length - at >= HEADER_BYTES && this.end === undefined) {
      const length = u16be(held, at + 3)
      if (!isRecordHeader(held, at)) {
        this.giveUp('malformed')
        return
      }
      if (held.length - at < HEADER_BYTES + length) break
      const outcome = this.#opener.take({
        type: held[at] ?? 0,
        version: u16be(held, at + 1),
        body: held.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length),
      })
      if (outcome === 'wait') break
      if (outcome === 'none') {
        this.giveUp('no-key')
        return
      }
      at += HEADER_BYTES + length
      if (this.#opener.isUnreadable) this.giveUp('unreadable')
      else if (outcome !== 'nothing' && outcome.length > 0) {
        sink.data(outcome, this.#arrivalOf(origin + at), this.#isAfterGap)
        this.#isAfterGap = false
      }
    }
    if (this.end !== undefined) return
    this.#held.drop(at)
    if (this.#held.length === 0) this.#marks = []
    else if (at > 0) this.#marks = this.#marks.filter(({ end }) => end > origin + at)
    if (this.#held.length > this.#pendingBytesMax) this.giveUp('turned-away')
  }

  /** When the byte before `position` came: that completed what ends there. */
  #arrivalOf(position: number): number {
    return this.#marks.find(({ end }) => end >= position)?.tUs ?? this.#marks.at(-1)?.tUs ?? 0
  }

  giveUp(why: TlsEnd): void {
    this.end ??= why
    this.#marks = []
    this.#held.clear()
  }
}

/** True where a record may begin: the question asked of a stream's first bytes. */
export function beginsRecord(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES && isRecordHeader(bytes, 0)
}

function isRecordHeader(bytes: Buffer, at: number): boolean {
  const type = bytes[at] ?? 0
  const isKnown = type >= RECORD_CHANGE_CIPHER_SPEC && type <= RECORD_APPLICATION_DATA
  return isKnown && bytes[at + 1] === 3 && u16be(bytes, at + 3) <= BODY_BYTES_MAX
}
