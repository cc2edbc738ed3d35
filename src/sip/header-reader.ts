// The kernel's side of a message: its bytes in; where its header lines stand and the values that
// every message is asked for out, as index-fields.ts lays them out, and hashes of its parts. The
// kernel goes over the bytes; here they are put where it finds them. Makes no strings.
import { limits } from '../base/limits.ts'
import { Kernel } from '../kernel/kernel.ts'
import { TOKEN } from './chars.ts'
import {
  HEADER_CALL_ID,
  HEADER_CONTENT_LENGTH,
  HEADER_CONTENT_TYPE,
  HEADER_CSEQ,
  HEADER_FROM,
  HEADER_NAMES_AT,
  HEADER_TO,
  HEADER_VIA,
  HEADER_LINES,
  INDEX_BYTES,
  METHOD_NAMES_AT,
  NAME_BYTES,
  NAME_CANDIDATES,
  TABLES_BYTES,
  TOKENS_AT,
} from './index-fields.ts'
import { METHODS } from './method.ts'
import type { StartLine } from './start-line.ts'

const ROUNDING_BYTES = 256

/** Memory of a kernel that a reader takes; what is never read costs nothing. */
export function headerReaderBytes(): number {
  return TABLES_BYTES + INDEX_BYTES + limits.messageBytesMax + ROUNDING_BYTES
}

/** A message that is being read: see MessageIndex. */
interface IndexedMessage {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  keepLines(): void
}

export class HeaderReader {
  readonly doubles: Float64Array
  readonly words: Int32Array
  /** The header lines among the words. */
  readonly lines: Int32Array
  readonly #kernel: Kernel
  readonly #indexAt: number
  /** Where bytes go that lie in other memory. */
  readonly #room: Buffer
  readonly #roomAt: number
  #reading: IndexedMessage | undefined
  /** The last bytes that were read, and where the kernel finds them. */
  #bytes: Buffer | undefined
  #bytesAt = -1
  /** Where the kernel would find their first byte, of the message that is being read. */
  #at = 0

  /** `kernel` with `headerReaderBytes` left; bytes in its memory are read where they lie. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel
    const tablesAt = kernel.reserve(TABLES_BYTES)
    fillTables(kernel.bytesAt(tablesAt, TABLES_BYTES))
    kernel.call.placeNames(tablesAt)
    this.#indexAt = kernel.reserve(INDEX_BYTES)
    this.doubles = new Float64Array(kernel.buffer, this.#indexAt, INDEX_BYTES / 8)
    this.words = new Int32Array(kernel.buffer, this.#indexAt, INDEX_BYTES / 4)
    this.lines = this.words.subarray(HEADER_LINES)
    this.#roomAt = kernel.reserve(limits.messageBytesMax)
    this.#room = kernel.bytesAt(this.#roomAt, limits.messageBytesMax)
  }

  /**
   * Reads the header lines of a message, whose bytes and start line are known. What lies beyond
   * `limits.messageBytesMax` is not looked at. The fields are good until another message is read:
   * the one before is told to keep its lines.
   */
  read(message: IndexedMessage, { next, lineEndByte }: StartLine): void {
    this.#turnTo(message)
    const end = Math.min(message.end, this.#lastEnd(message))
    this.#kernel.call.readHeaders(this.#at, next, end, lineEndByte, this.#indexAt)
  }

  /** Hash of a span of the message (kernel/hash.ts), as far as it is looked at. */
  hash32(message: IndexedMessage, start: number, end: number): number {
    if (message !== this.#reading) this.#turnTo(message)
    const last = Math.min(end, this.#lastEnd(message))
    return this.#kernel.call.hash32(this.#at + start, this.#at + last) >>> 0
  }

  hash53(message: IndexedMessage, start: number, end: number, seed: number): number {
    if (message !== this.#reading) this.#turnTo(message)
    return this.#kernel.call.hash53(this.#at + start, this.#at + end, seed)
  }

  #lastEnd(message: IndexedMessage): number {
    return message.start + limits.messageBytesMax
  }

  /** Makes the kernel see the bytes of a message. */
  #turnTo(message: IndexedMessage): void {
    if (message !== this.#reading) {
      this.#reading?.keepLines()
      this.#reading = message
    }
    const { bytes, start } = message
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#bytesAt = this.#kernel.addressOf(bytes)
    }
    this.#at = this.#bytesAt
    if (this.#at >= 0) return
    bytes.copy(this.#room, 0, start, Math.min(message.end, this.#lastEnd(message)))
    this.#at = this.#roomAt - start
  }
}

let ofThread: HeaderReader | undefined

/** A reader for whoever has no kernel of its own; made when the first message is read. */
export function headerReader(): HeaderReader {
  ofThread ??= new HeaderReader(new Kernel(headerReaderBytes()))
  return ofThread
}

/** Hash of all of these bytes, as of a message that they are. */
export function hashBytes32(bytes: Buffer): number {
  return headerReader().hash32(asMessage(bytes), 0, bytes.length)
}

/** The same with 53 bits, as `MessageIndex.hash53` hashes a span. */
export function hashBytes53(bytes: Buffer, seed: number): number {
  return headerReader().hash53(asMessage(bytes), 0, bytes.length, seed)
}

function asMessage(bytes: Buffer): IndexedMessage {
  return { bytes, start: 0, end: bytes.length, keepLines: () => {} }
}

// ── tables ─────────────────────────────────────────────────────────────────────────────────────

/** Lower-case names by code. */
const headerNames: Readonly<Record<string, number>> = {
  via: HEADER_VIA,
  from: HEADER_FROM,
  to: HEADER_TO,
  'call-id': HEADER_CALL_ID,
  cseq: HEADER_CSEQ,
  'content-length': HEADER_CONTENT_LENGTH,
  'content-type': HEADER_CONTENT_TYPE,
  // Compact forms, RFC 3261 §7.3.3.
  v: HEADER_VIA,
  f: HEADER_FROM,
  t: HEADER_TO,
  i: HEADER_CALL_ID,
  l: HEADER_CONTENT_LENGTH,
  c: HEADER_CONTENT_TYPE,
}

function fillTables(tables: Buffer): void {
  tables.set(TOKEN, TOKENS_AT)
  const headers = tables.subarray(HEADER_NAMES_AT)
  for (const [name, code] of Object.entries(headerNames)) enterName(headers, name, code)
  const methods = tables.subarray(METHOD_NAMES_AT)
  for (const [code, name] of METHODS.entries()) if (code > 0) enterName(methods, name, code)
}

function enterName(table: Buffer, name: string, code: number): void {
  table[name.length * 32 + (name.charCodeAt(0) & 31)] = code
  if (name.length > 1) table.write(name, NAME_CANDIDATES + code * NAME_BYTES, 'latin1')
}
