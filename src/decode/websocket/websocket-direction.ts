// The ordered bytes of one direction of a WebSocket in, whole messages out: unmasked, put together
// from their frames, unpacked. Control frames between the frames of a message are passed over.
// Holds at most one message, and gives a stream up that does not look like frames any more.
// Rules: RFC 6455 §5.4 (fragments), RFC 7118 §5 (one SIP message in one WebSocket message).
import { ByteQueue } from '../../base/byte-queue.ts'
import { Inflater } from './inflater.ts'
import {
  emptyHeader,
  type FrameHeader,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  readFrameHeader,
  unmasked,
} from './websocket-frame.ts'

export type EmitWebSocketMessage = (bytes: Buffer, tUs: number) => void

/** What happened to the stream beside its messages. */
export type WebSocketProblem = 'malformed' | 'too-long' | 'inflate-failed'

export class WebSocketDirection {
  readonly #header: FrameHeader = emptyHeader()
  readonly #messageBytesMax: number
  readonly #note: (problem: WebSocketProblem) => void
  readonly #held = new ByteQueue()
  /** The frames of a message so far, without their headers. */
  readonly #parts = new ByteQueue()
  #isDeflated = false
  #inflater: Inflater | undefined
  /** Bytes of a frame that is too long to be kept, still to be passed over. */
  #skip = 0
  /** The next chunk must begin with a frame: where we stand in the stream is not known. */
  #isLost = false

  constructor(messageBytesMax: number, note: (problem: WebSocketProblem) => void) {
    this.#messageBytesMax = messageBytesMax
    this.#note = note
  }

  /** Bytes of memory that it takes until the rest comes. */
  get heldBytes(): number {
    return this.#held.capacity + this.#parts.capacity + (this.#inflater?.heldBytes ?? 0)
  }

  push(
    bytes: Buffer,
    { tUs, isAfterGap }: { tUs: number; isAfterGap: boolean },
    emit: EmitWebSocketMessage,
  ): void {
    if (isAfterGap) this.lose()
    const skipped = Math.min(this.#skip, bytes.length)
    this.#skip -= skipped
    this.#held.push(bytes.subarray(skipped))
    this.#held.drop(this.#walk(this.#held.bytes, tUs, emit))
  }

  /** Forgets what it holds: the next chunk must begin with a frame. */
  lose(): void {
    this.#isLost = true
    this.#held.clear()
    this.#skip = 0
    this.#forgetMessage()
    this.#inflater?.forget()
  }

  /** Reads whole frames; returns where the first incomplete one begins. */
  #walk(bytes: Buffer, tUs: number, emit: EmitWebSocketMessage): number {
    const header = this.#header
    let at = 0
    while (at < bytes.length) {
      const outcome = readFrameHeader(bytes, at, bytes.length, header)
      if (outcome === 'incomplete') return at
      if (outcome === 'none') {
        if (!this.#isLost) this.#note('malformed')
        this.lose()
        return bytes.length
      }
      const frameBytes = header.headerBytes + header.payloadBytes
      if (header.payloadBytes > this.#messageBytesMax) {
        this.#note('too-long')
        this.#forgetMessage()
        this.#skip = Math.max(0, frameBytes - (bytes.length - at))
        at = Math.min(bytes.length, at + frameBytes)
      } else {
        if (bytes.length - at < frameBytes) return at
        this.#isLost = false
        if (header.opcode < OPCODE_CLOSE) this.#take(unmasked(bytes, at, header), tUs, emit)
        at += frameBytes
      }
    }
    return at
  }

  #take(payload: Buffer, tUs: number, emit: EmitWebSocketMessage): void {
    const { opcode, isFinal, isDeflated } = this.#header
    if (opcode !== OPCODE_CONTINUATION) {
      this.#forgetMessage()
      this.#isDeflated = isDeflated
    }
    const isInOneFrame = isFinal && this.#parts.length === 0
    if (!isInOneFrame) this.#parts.push(payload)
    if (this.#parts.length > this.#messageBytesMax) {
      this.#note('too-long')
      this.#forgetMessage()
      return
    }
    if (!isFinal) return
    const whole = isInOneFrame ? payload : this.#parts.bytes
    this.#forgetMessage()
    const message = this.#isDeflated ? this.#inflate(whole) : whole
    if (message !== undefined) emit(message, tUs)
  }

  #inflate(bytes: Buffer): Buffer | undefined {
    this.#inflater ??= new Inflater()
    const message = this.#inflater.inflate(bytes)
    if (message === undefined) this.#note('inflate-failed')
    return message
  }

  #forgetMessage(): void {
    this.#parts.clear()
  }
}
