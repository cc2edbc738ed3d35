// What somebody who passes messages on says of a call besides: a line of a log, a call record. Its
// shape, and how it is packed to cross between threads.
import type { ByteReader } from '../base/byte-reader.ts'
import type { ByteWriter } from '../base/byte-writer.ts'

export interface CallNote {
  /** What ties it to the call: a Call-ID, as a rule. */
  readonly correlationId: string
  readonly tUs: number
  /** The sender's number for what it is; of HEP 100 for logs, 60 for call records. */
  readonly protocolType: number
  readonly text: string
}

export function packNote(writer: ByteWriter, note: CallNote): void {
  writer.text(note.correlationId)
  writer.varint(Math.max(0, note.tUs))
  writer.varint(note.protocolType)
  writer.text(note.text)
}

export function unpackNote(reader: ByteReader): CallNote {
  return {
    correlationId: reader.text(),
    tUs: reader.varint(),
    protocolType: reader.varint(),
    text: reader.text(),
  }
}
