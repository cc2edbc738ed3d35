// A stream's record in, bytes out, and back: bytes cross between threads for nothing, and a row of
// the store holds the same.
import type { ByteReader } from '../base/byte-reader.ts'
import type { ByteWriter } from '../base/byte-writer.ts'
import type { Day } from '../base/day.ts'
import { NO_FIGURES, type ReportFigures, type ReportSource } from '../rtp/media-report.ts'
import type { Protection, ReportSide } from './stream.ts'
import {
  COUNT_FIELDS,
  MS_FIELDS,
  type ReportSum,
  type StreamCounts,
  type StreamPayload,
  type StreamRecord,
  type StreamTimes,
  type Talk,
} from './stream-record.ts'

/** Append only, all of them: rows hold the numbers. */
const PROTECTIONS: readonly Protection[] = ['none', 'sdes', 'dtls', 'unknown']
const SENDERS = [null, 'caller', 'callee'] as const
const SOURCES: readonly ReportSource[] = ['rtcp', 'xr', 'vq-rtcpxr', 'hep-rtcp', 'hep-statistics']
const SIDES: readonly ReportSide[] = ['receiver', 'sender']
const FIGURES = Object.keys(NO_FIGURES) as readonly (keyof ReportFigures)[]

const NANOS_PER_MS = 1e6
/** Figures of reports are kept to a millionth: ratios, ms and scores alike. */
const FIGURE_STEPS = 1e6

/** What crosses: the record, and the day that it is filed under where that is not its start's. */
export interface PackedStream {
  readonly filedUnder: Day | null
  readonly record: StreamRecord
  /** The bytes that tell this record and no day, in place; null where there are none. */
  readonly body: Uint8Array | null
}

export function packStream(
  writer: ByteWriter,
  record: StreamRecord,
  filedUnder: Day | null = null,
): void {
  writeText(writer, filedUnder)
  writeText(writer, record.callId)
  writeText(writer, record.mediaType)
  writer.byte(SENDERS.indexOf(record.sender))
  writer.byte(PROTECTIONS.indexOf(record.protection))
  writer.text(record.src)
  writer.varint(record.srcPort)
  writer.text(record.dst)
  writer.varint(record.dstPort)
  writer.varint(record.ssrc)
  writer.signed(record.startUs)
  writer.signed(record.endUs - record.startUs)
  writer.varint(record.firstRef)
  writer.signed(record.lastRef - record.firstRef)
  for (const field of COUNT_FIELDS) writer.varint(record[field])
  for (const field of MS_FIELDS) writeFigure(writer, record[field], NANOS_PER_MS)
  writer.varint(record.payloads.length)
  for (const payload of record.payloads) writePayload(writer, payload)
  writer.varint(record.dscps.length)
  for (const { dscp, packets } of record.dscps) {
    writer.varint(dscp)
    writer.varint(packets)
  }
  writeNumbers(writer, record.arrivals)
  writeBlocks(writer, record.blocks)
  writer.varint(record.stretches.length)
  writer.bytes(record.stretches)
  writer.varint(record.reports.length)
  for (const report of record.reports) writeReport(writer, report)
  writer.varint(record.problems.length)
  for (const code of record.problems) writer.text(code)
  writer.byte(record.talk === null ? 0 : 1)
  if (record.talk === null) return
  writer.signed(record.talk.fromUs - record.startUs)
  writer.varint(record.talk.untilUs - record.talk.fromUs)
}

export function unpackStream(reader: ByteReader): PackedStream {
  const start = reader.at
  const filedUnder = readText(reader)
  const head = {
    callId: readText(reader),
    mediaType: readText(reader),
    sender: SENDERS[reader.byte()] ?? null,
    protection: PROTECTIONS[reader.byte()] ?? 'unknown',
    src: reader.text(),
    srcPort: reader.varint(),
    dst: reader.text(),
    dstPort: reader.varint(),
    ssrc: reader.varint(),
  }
  const startUs = reader.signed()
  const endUs = startUs + reader.signed()
  const firstRef = reader.varint()
  const lastRef = firstRef + reader.signed()
  const counts = readFields(COUNT_FIELDS, () => reader.varint()) as StreamCounts
  const times = readFields(MS_FIELDS, () => readFigure(reader, NANOS_PER_MS)) as StreamTimes
  const record: StreamRecord = {
    ...head,
    startUs,
    endUs,
    firstRef,
    lastRef,
    ...counts,
    ...times,
    payloads: readList(reader, () => readPayload(reader)),
    dscps: readList(reader, () => ({ dscp: reader.varint(), packets: reader.varint() })),
    arrivals: readList(reader, () => reader.varint()),
    blocks: readBlocks(reader),
    stretches: reader.bytes(reader.varint()).slice(),
    reports: readList(reader, () => readReport(reader)),
    problems: readList(reader, () => reader.text()),
    talk: readTalk(reader, startUs),
  }
  const body = filedUnder === null ? reader.between(start, reader.at) : null
  return { filedUnder, record, body }
}

/** Records of older versions end before it. */
function readTalk(reader: ByteReader, startUs: number): Talk | null {
  if (reader.isAtEnd || reader.byte() === 0) return null
  const fromUs = startUs + reader.signed()
  return { fromUs, untilUs: fromUs + reader.varint() }
}

function writePayload(writer: ByteWriter, payload: StreamPayload): void {
  writer.byte(payload.payloadType)
  writeText(writer, payload.codec)
  writer.varint(payload.clockRateHz)
  writer.varint(payload.channels)
  writeText(writer, payload.fmtp)
  writer.byte(payload.carries)
  writer.varint(payload.packets)
}

function readPayload(reader: ByteReader): StreamPayload {
  return {
    payloadType: reader.byte(),
    codec: readText(reader),
    clockRateHz: reader.varint(),
    channels: reader.varint(),
    fmtp: readText(reader),
    carries: reader.byte(),
    packets: reader.varint(),
  }
}

function writeReport(writer: ByteWriter, report: ReportSum): void {
  writer.byte(SOURCES.indexOf(report.source))
  writer.byte(SIDES.indexOf(report.side))
  writer.varint(report.reports)
  writer.signed(report.firstUs)
  writer.signed(report.lastUs - report.firstUs)
  for (const name of FIGURES) writeFigure(writer, report.figures[name], FIGURE_STEPS)
  writeFigure(writer, report.jitterMsSum, FIGURE_STEPS)
  writer.varint(report.jitters)
  writeFigure(writer, report.roundTripMsSum, FIGURE_STEPS)
  writer.varint(report.roundTrips)
  writeFigure(writer, report.roundTripMsMin, FIGURE_STEPS)
  writeFigure(writer, report.roundTripMsMax, FIGURE_STEPS)
  writeFigure(writer, report.mosListeningMin, FIGURE_STEPS)
  writer.varint(report.lostBefore)
}

function readReport(reader: ByteReader): ReportSum {
  const source = SOURCES[reader.byte()] ?? 'rtcp'
  const side = SIDES[reader.byte()] ?? 'receiver'
  const reports = reader.varint()
  const firstUs = reader.signed()
  const lastUs = firstUs + reader.signed()
  const figure = (): number | null => readFigure(reader, FIGURE_STEPS)
  return {
    source,
    side,
    reports,
    firstUs,
    lastUs,
    figures: readFields(FIGURES, figure) as ReportFigures,
    jitterMsSum: figure() ?? 0,
    jitters: reader.varint(),
    roundTripMsSum: figure() ?? 0,
    roundTrips: reader.varint(),
    roundTripMsMin: figure() ?? 0,
    roundTripMsMax: figure() ?? 0,
    mosListeningMin: figure(),
    lostBefore: reader.varint(),
  }
}

/** Blocks as steps from one to the next: most are one. */
function writeBlocks(writer: ByteWriter, blocks: readonly number[]): void {
  writer.varint(blocks.length)
  let before = 0
  for (const block of blocks) {
    writer.signed(block - before)
    before = block
  }
}

function readBlocks(reader: ByteReader): number[] {
  let before = 0
  return readList(reader, () => {
    before += reader.signed()
    return before
  })
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length)
  for (const number of numbers) writer.varint(number)
}

function readList<Item>(reader: ByteReader, read: () => Item): Item[] {
  const items: Item[] = []
  for (let left = reader.varint(); left > 0 && !reader.isShort; left--) items.push(read())
  return items
}

function readFields(names: readonly string[], read: () => number | null): object {
  return Object.fromEntries(names.map((name) => [name, read()]))
}

/** A null is 0; what is not finite, or beyond what a double holds in whole steps, is null too. */
function writeFigure(writer: ByteWriter, value: number | null, steps: number): void {
  const whole = value === null ? Number.NaN : Math.round(value * steps)
  if (!Number.isSafeInteger(whole * 2 + 2)) return writer.varint(0)
  writer.varint(whole >= 0 ? whole * 2 + 1 : -whole * 2)
}

function readFigure(reader: ByteReader, steps: number): number | null {
  const folded = reader.varint()
  if (folded === 0) return null
  return (folded % 2 === 1 ? (folded - 1) / 2 : -folded / 2) / steps
}

function writeText(writer: ByteWriter, text: string | null): void {
  writer.byte(text === null ? 0 : 1)
  if (text !== null) writer.text(text)
}

function readText(reader: ByteReader): string | null {
  return reader.byte() === 0 ? null : reader.text()
}
