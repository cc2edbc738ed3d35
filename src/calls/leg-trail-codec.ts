// A leg's trail as bytes and back: what one row keeps, about 18 bytes for a message.
// The lines are written in time order, each as the difference to the one before.
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter, putVarint, putWord, zigzag } from '../base/byte-writer.ts'
import type { Identity } from './leg.ts'
import {
  extraIndexOf,
  FACT_CODE,
  FACT_COPY,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_FROM_TAG,
  FACT_HASH,
  FACT_LENGTH,
  FACT_OFFSET,
  FACT_PATH,
  FACT_REF,
  FACT_T_US,
  FACT_TO_TAG,
  type GivenReason,
  IDENTITY_HEADERS,
  type LegTrail,
  NO_TRAIL,
  ordinalOf,
  type Path,
  packCopy,
  RESPONSE_CODE_BASE,
} from './leg-record.ts'

const VERSION = 1
/** Identities come first, which are read where nothing else of the trail is. */
const VERSION_IDENTITIES = 2
/** The CSeq's method is the request's own, or for a response that of the line before. */
const FLAG_PLAIN_METHOD = 1
const FLAG_HAS_COPY = 2
const FLAG_SAME_OFFSET = 4
const FLAG_SAME_CSEQ = 8
const FLAG_NEAR_REF = 16

/**
 * Bytes of a trail whose lines are in order. `refScale` is what a ref counts blocks in: refs in
 * one block differ by less than it, which is what makes them short.
 */
export function encodeTrail(trail: LegTrail, refScale: number): Buffer {
  const writer = new ByteWriter(1024)
  writeTrail(writer, trail, refScale)
  return writer.take()
}

/** Writes the bytes of such a trail. */
export function writeTrail(writer: ByteWriter, trail: LegTrail, refScale: number): void {
  if (trail.identities.length === 0) writer.byte(VERSION)
  else writeIdentities(writer, trail.identities)
  writePaths(writer, trail.paths)
  writer.varint(trail.tags.length)
  for (const tag of trail.tags) writer.word(tag)
  writer.varint(trail.methods.length)
  for (const method of trail.methods) writer.text(method)
  writer.varint(trail.extras.length)
  for (const extra of trail.extras) writeExtra(writer, extra)
  writeFacts(writer, trail.facts, refScale)
  if (trail.reasons.length === 0) return
  writer.varint(trail.reasons.length)
  for (const { hash, text } of trail.reasons) {
    writer.word(hash)
    writer.text(text)
  }
}

/** The trail that these bytes hold; what is damaged is left out. */
export function decodeTrail(bytes: Uint8Array, refScale: number): LegTrail {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  if (version !== VERSION && version !== VERSION_IDENTITIES) return NO_TRAIL
  const identities = version === VERSION ? [] : readList(reader, () => readIdentity(reader))
  const paths = readPaths(reader)
  const tags = readList(reader, () => reader.word())
  const methods = readList(reader, () => reader.text())
  const extras = readList(reader, () => readList(reader, () => reader.varint()))
  const facts = readFacts(reader, refScale)
  // Trails that no Reason was read for end here, those of earlier versions among them.
  const reasons = reader.isAtEnd ? [] : readList(reader, () => readGivenReason(reader))
  return { paths, tags, methods, extras, facts, reasons, identities }
}

/** The identities alone, which few trails have. */
export function identitiesOf(trail: Uint8Array): readonly Identity[] {
  if (trail[0] !== VERSION_IDENTITIES) return NO_TRAIL.identities
  const reader = new ByteReader(trail)
  reader.byte()
  return readList(reader, () => readIdentity(reader))
}

function readList<Item>(reader: ByteReader, read: () => Item): Item[] {
  const count = reader.varint()
  const items: Item[] = []
  for (let i = 0; i < count && !reader.isShort; i++) items.push(read())
  return items
}

function readGivenReason(reader: ByteReader): GivenReason {
  return { hash: reader.word(), text: reader.text() }
}

function writeIdentities(writer: ByteWriter, identities: readonly Identity[]): void {
  writer.byte(VERSION_IDENTITIES)
  writer.varint(identities.length)
  for (const { header, side, user } of identities) {
    writer.byte(IDENTITY_HEADERS.indexOf(header) * 2 + (side === 'caller' ? 0 : 1))
    writer.text(user)
  }
}

function readIdentity(reader: ByteReader): Identity {
  const number = reader.byte()
  return {
    header: IDENTITY_HEADERS[number >> 1] ?? 'P-Asserted-Identity',
    side: number % 2 === 0 ? 'caller' : 'callee',
    user: reader.text(),
  }
}

// ── paths: the distinct addresses first, since both directions share them ──────────────────────

function writePaths(writer: ByteWriter, paths: readonly Path[]): void {
  const addresses: string[] = []
  for (const path of paths) {
    if (!addresses.includes(path.src)) addresses.push(path.src)
    if (!addresses.includes(path.dst)) addresses.push(path.dst)
  }
  writer.varint(addresses.length)
  for (const address of addresses) writeAddress(writer, address)
  writer.varint(paths.length)
  for (const path of paths) {
    writer.byte(path.transport)
    writer.varint(addresses.indexOf(path.src))
    writer.varint(path.srcPort)
    writer.varint(addresses.indexOf(path.dst))
    writer.varint(path.dstPort)
  }
}

function readPaths(reader: ByteReader): Path[] {
  const addresses = readList(reader, () => readAddress(reader))
  return readList(reader, () => {
    const transport = reader.byte()
    const src = addresses[reader.varint()] ?? ''
    const srcPort = reader.varint()
    const dst = addresses[reader.varint()] ?? ''
    return { src, srcPort, dst, dstPort: reader.varint(), transport }
  })
}

/** Dotted decimal as 0 and four bytes, anything else as a text. */
function writeAddress(writer: ByteWriter, address: string): void {
  const bytes = writer.room(5)
  const from = writer.length
  const end = putIp4(bytes, from + 1, address)
  if (end < 0) {
    writer.text(address)
    return
  }
  bytes[from] = 0
  writer.wroteTo(end)
}

const DOT = 0x2e
const ZERO = 0x30

/**
 * Writes the four bytes of an address in dotted decimal and returns the offset after them; -1 for
 * any other text, and for one that would not come back as it was.
 */
function putIp4(bytes: Buffer, at: number, address: string): number {
  let to = at
  let value = -1
  for (let i = 0; i <= address.length; i++) {
    const unit = i === address.length ? DOT : address.charCodeAt(i)
    if (unit === DOT) {
      if (value < 0 || to === at + 4) return -1
      bytes[to++] = value
      value = -1
    } else {
      const digit = unit - ZERO
      // A zero in front would be lost.
      if (digit < 0 || digit > 9 || value === 0) return -1
      value = value < 0 ? digit : value * 10 + digit
      if (value > 255) return -1
    }
  }
  return to === at + 4 ? to : -1
}

function readAddress(reader: ByteReader): string {
  const text = reader.text()
  if (text !== '') return text
  return `${reader.byte()}.${reader.byte()}.${reader.byte()}.${reader.byte()}`
}

// ── facts ──────────────────────────────────────────────────────────────────────────────────────

function writeExtra(writer: ByteWriter, extra: readonly number[]): void {
  writer.varint(extra.length)
  for (const value of extra) writer.varint(value)
}

/** Bytes that one line takes at most. */
const LINE_BYTES_MAX = 96

/** Writes straight into the writer's memory: this runs for every message that is stored. */
function writeFacts(writer: ByteWriter, facts: ArrayLike<number>, refScale: number): void {
  const count = facts.length / FACT_FIELDS
  writer.varint(count)
  const bytes = writer.room(count * LINE_BYTES_MAX)
  let to = writer.length
  let lastTUs = 0
  let lastBlock = 0
  let lastCseq = 0
  let lastMethod = 0
  let lastOffset = 0
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    const tUs = facts[at + FACT_T_US] ?? 0
    const ref = facts[at + FACT_REF] ?? 0
    const code = facts[at + FACT_CODE] ?? 0
    const method = facts[at + FACT_CSEQ_METHOD] ?? 0
    const cseq = facts[at + FACT_CSEQ] ?? 0
    const offset = facts[at + FACT_OFFSET] ?? 0
    const copy = facts[at + FACT_COPY] ?? 0
    const block = Math.floor(ref / refScale)
    const plainMethod = code < RESPONSE_CODE_BASE ? code : lastMethod
    bytes[to++] =
      (method === plainMethod ? FLAG_PLAIN_METHOD : 0) |
      (copy !== 0 ? FLAG_HAS_COPY : 0) |
      (offset === lastOffset ? FLAG_SAME_OFFSET : 0) |
      (cseq === lastCseq ? FLAG_SAME_CSEQ : 0) |
      (block === lastBlock ? FLAG_NEAR_REF : 0)
    to = putVarint(bytes, to, zigzag(tUs - lastTUs))
    if (block !== lastBlock) to = putVarint(bytes, to, zigzag(block - lastBlock))
    to = putVarint(bytes, to, ref - block * refScale)
    to = putWord(bytes, to, facts[at + FACT_HASH] ?? 0)
    to = putVarint(bytes, to, code)
    if (cseq !== lastCseq) to = putVarint(bytes, to, cseq + 1)
    if (method !== plainMethod) bytes[to++] = method
    bytes[to++] = facts[at + FACT_PATH] ?? 0
    bytes[to++] = facts[at + FACT_FROM_TAG] ?? 0
    bytes[to++] = facts[at + FACT_TO_TAG] ?? 0
    if (offset !== lastOffset) to = putVarint(bytes, to, offset)
    to = putVarint(bytes, to, facts[at + FACT_LENGTH] ?? 0)
    if (copy !== 0) {
      to = putVarint(bytes, to, ordinalOf(copy))
      to = putVarint(bytes, to, extraIndexOf(copy) + 1)
    }
    lastTUs = tUs
    lastBlock = block
    lastCseq = cseq
    lastMethod = method
    lastOffset = offset
  }
  writer.wroteTo(to)
}

function readFacts(reader: ByteReader, refScale: number): number[] {
  const count = reader.varint()
  const facts: number[] = []
  let tUs = 0
  let block = 0
  let cseq = 0
  let method = 0
  let offset = 0
  for (let i = 0; i < count; i++) {
    const flags = reader.byte()
    tUs += reader.signed()
    if ((flags & FLAG_NEAR_REF) === 0) block += reader.signed()
    const ref = block * refScale + reader.varint()
    const hash = reader.word()
    const code = reader.varint()
    if ((flags & FLAG_SAME_CSEQ) === 0) cseq = reader.varint() - 1
    if ((flags & FLAG_PLAIN_METHOD) === 0) method = reader.byte()
    else if (code < RESPONSE_CODE_BASE) method = code
    const path = reader.byte()
    const fromTag = reader.byte()
    const toTag = reader.byte()
    if ((flags & FLAG_SAME_OFFSET) === 0) offset = reader.varint()
    const length = reader.varint()
    const copy = (flags & FLAG_HAS_COPY) === 0 ? 0 : packCopy(reader.varint(), reader.varint())
    if (reader.isShort) break
    facts.push(tUs, ref, hash, code, cseq, method, path, fromTag, toTag, offset, length, copy)
  }
  return facts
}
