// The index pass: the header lines of one message in; where each stands, and the values that every
// message is asked for, out, as index-fields.ts lays them out. The kernel goes over the bytes; here
// they are put where it finds them. Makes no strings and keeps no message.
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
    if (message !== this.#reading) {
      this.#reading?.keepLines()
      this.#reading = message
    }
    const { bytes } = message
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#bytesAt = this.#kernel.addressOf(bytes)
    }
    const end = Math.min(message.end, next + limits.messageBytesMax)
    let at = this.#bytesAt
    if (at < 0) {
      bytes.copy(this.#room, 0, next, end)
      at = this.#roomAt - next
    }
    this.#kernel.call.readHeaders(at, next, end, lineEndByte, this.#indexAt)
  }
}

let ofThread: HeaderReader | undefined

/** A reader for whoever has no kernel of its own; made when the first message is read. */
export function headerReader(): HeaderReader {
  ofThread ??= new HeaderReader(new Kernel(headerReaderBytes()))
  return ofThread
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
