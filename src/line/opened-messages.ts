// Streams that are TLS or WebSockets in, the SIP messages inside out, each with the place of the
// frame that was made of it: what was opened lies in no captured frame as it is. Without somewhere
// to keep such frames (in stored blocks that are read again they are there already) nothing comes
// out.
import type { AddressTable } from '../base/address-table.ts'
import { limits } from '../base/limits.ts'
import type { Ends, FramePiece, StreamChunk, TransportNumber } from '../decode/datagram.ts'
import { columnOf } from '../decode/exported-pdu.ts'
import type { DecodeProblemCode } from '../decode/problems.ts'
import { OPENED_STREAM_TRANSPORT, StreamOpener } from '../decode/stream-opener.ts'
import { looksLikeSip } from '../sip/detect.ts'
import { StreamFramer } from '../sip/stream-framer.ts'
import { ExportedPduWriter, PDU_HEADER_BYTES_MAX } from '../source/exported-pdu.ts'
import type { Frame } from '../source/frame.ts'
import type { SecretSource } from '../source/key-log.ts'

/** What a line needs to open streams. */
export interface Opening {
  /** Secrets of TLS connections; without them only WebSockets are opened. */
  readonly secrets?: SecretSource | undefined
  /** Stores a frame made of an opened message, and says where. */
  keep(frame: Frame): number
}

/** A message taken out of a stream. Good until the call returns. */
export interface OpenedMessage extends Ends {
  readonly tUs: number
  readonly transport: TransportNumber
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

const MESSAGE_BYTES_MAX = limits.frameBytesMax - PDU_HEADER_BYTES_MAX

export class OpenedMessages {
  readonly #addresses: AddressTable
  readonly #keep: ((frame: Frame) => number) | undefined
  readonly #opener: StreamOpener
  readonly #framer: StreamFramer
  readonly #writer = new ExportedPduWriter()

  constructor(parts: {
    addresses: AddressTable
    opening: Opening | undefined
    emit: (message: OpenedMessage) => void
  }) {
    const { opening, emit } = parts
    this.#addresses = parts.addresses
    this.#keep = opening === undefined ? undefined : (frame) => opening.keep(frame)
    this.#framer = new StreamFramer((framed) => {
      emit({ ...framed, transport: OPENED_STREAM_TRANSPORT })
    })
    this.#opener = new StreamOpener({
      ...(opening?.secrets === undefined ? {} : { secrets: opening.secrets }),
      sink: {
        streamChunk: (chunk) => this.#framer.push(chunk),
        datagram: (datagram) => {
          if (looksLikeSip(datagram.bytes, datagram.start, datagram.end)) emit(datagram)
        },
      },
    })
  }

  /** False where the stream is plain, and for others to read. */
  push(chunk: StreamChunk): boolean {
    return this.#opener.push(chunk)
  }

  /** Tries what waits for secrets again. */
  tick(): void {
    this.#opener.tick()
  }

  finish(): void {
    this.#opener.finish()
  }

  problems(): ReadonlyMap<DecodeProblemCode, number> {
    return this.#opener.problems()
  }

  /** Stores a message as a frame and says where it lies; undefined where nothing is stored. */
  keep(message: OpenedMessage): readonly FramePiece[] | undefined {
    if (this.#keep === undefined) return undefined
    const { tUs, srcPort, dstPort, transport, bytes, start } = message
    const end = Math.min(message.end, start + MESSAGE_BYTES_MAX)
    const { frame, bodyOffset } = this.#writer.write({
      tUs,
      src: this.#addresses.bytes(message.src),
      srcPort,
      dst: this.#addresses.bytes(message.dst),
      dstPort,
      column: columnOf(transport),
      bytes,
      start,
      end,
    })
    return [{ ref: this.#keep(frame), offset: bodyOffset, length: end - start }]
  }
}
