// Ordered stretches of TCP streams in; out of those that are TLS or a WebSocket, the messages
// inside: opened with the secrets at hand, unmasked, put together. All other streams are left to
// the caller. A stream is taken for what its first bytes say, on whatever port.
import { type Limits, limits as defaults } from '../base/limits.ts'
import type { SecretSource } from '../source/key-log.ts'
import {
  type Datagram,
  type Ends,
  type StreamChunk,
  TRANSPORT_TLS,
  TRANSPORT_WS,
  TRANSPORT_WSS,
} from './datagram.ts'
import { MessageLayer, type OpenedStream } from './opened-stream.ts'
import type { DecodeProblemCode } from './problems.ts'
import { beginsRecord, TlsDirection, type TlsEnd } from './tls/tls-direction.ts'
import { TlsKeys } from './tls/tls-keys.ts'
import type { EmitWebSocketMessage, WebSocketProblem } from './websocket/websocket-direction.ts'

/** Receives what was inside, synchronously, in order. `pieces` mean nothing: see MessageLine. */
export interface OpenedSink {
  /** Bytes from inside TLS, in order, for a framer to cut. */
  streamChunk(chunk: StreamChunk): void
  /** A whole WebSocket message. */
  datagram(datagram: Datagram): void
}

const NO_SECRETS: SecretSource = { find: () => undefined, revision: 0, mayGrow: false }

const ENDS: Readonly<Record<TlsEnd, DecodeProblemCode>> = {
  'no-key': 'decode.tls.no-key',
  malformed: 'decode.tls.malformed',
  unreadable: 'decode.tls.unreadable',
  'turned-away': 'decode.tls.turned-away',
}
const WEBSOCKET_PROBLEMS: Readonly<Record<WebSocketProblem, DecodeProblemCode>> = {
  malformed: 'decode.websocket.malformed',
  'too-long': 'decode.websocket.too-long',
  'inflate-failed': 'decode.websocket.inflate-failed',
}

export class StreamOpener {
  readonly #secrets: SecretSource
  readonly #sink: OpenedSink
  readonly #limits: Limits
  /** By stream; `plain` ones are left to the caller, `closed` ones cannot be opened. */
  readonly #streams = new Map<number, OpenedStream | 'plain' | 'closed'>()
  /** By the ends of a direction, so that the other one finds the keys. */
  readonly #byEnds = new Map<string, TlsDirection>()
  /** TLS streams that hold bytes, the longest waiting first. */
  readonly #waiting = new Map<number, { stream: OpenedStream; ends: Ends }>()
  #heldBytes = 0
  /** Streams whose layers hold bytes, the longest silent first. */
  readonly #holding = new Set<OpenedStream>()
  #layerBytes = 0
  #seenRevision = 0
  readonly #problems = new Map<DecodeProblemCode, number>()
  readonly #datagram: Datagram
  readonly #chunk: StreamChunk

  constructor(parts: { sink: OpenedSink; secrets?: SecretSource; limits?: Limits }) {
    this.#sink = parts.sink
    this.#secrets = parts.secrets ?? NO_SECRETS
    this.#limits = parts.limits ?? defaults
    const ends = { src: 0, srcPort: 0, dst: 0, dstPort: 0 }
    const payload = { ...ends, tUs: 0, bytes: Buffer.alloc(0), start: 0, end: 0 }
    const nothing = { hep: undefined, problem: undefined, isCut: false, pieces: [] }
    this.#datagram = { ...payload, ...nothing, transport: TRANSPORT_WS, dscp: 0 }
    const piece = { ref: 0, offset: 0, length: 0 }
    const flags = { isAfterGap: false, isMidstream: false, isEnd: false }
    this.#chunk = { ...payload, streamId: 0, piece, ...flags }
  }

  /** Oddities by code. */
  problems(): ReadonlyMap<DecodeProblemCode, number> {
    return this.#problems
  }

  /** `heldBytes` wait for secrets, `layerBytes` for the rest of a head or a message. */
  stats(): { streams: number; heldBytes: number; layerBytes: number } {
    const { size: streams } = this.#streams
    return { streams, heldBytes: this.#heldBytes, layerBytes: this.#layerBytes }
  }

  /** Takes a chunk of a stream that is opened here; false where it is the caller's to read. */
  push(chunk: StreamChunk): boolean {
    let stream = this.#streams.get(chunk.streamId)
    if (stream === undefined) {
      stream = this.#begin(chunk)
      this.#streams.set(chunk.streamId, stream)
    }
    if (chunk.isEnd) this.#streams.delete(chunk.streamId)
    if (stream === 'plain') return false
    if (stream === 'closed') return true
    const isOurs =
      stream.tls === undefined
        ? this.#pushPlain(stream, chunk)
        : this.#pushTls(stream, stream.tls, chunk)
    if (chunk.isEnd) this.#letGo(stream)
    return isOurs
  }

  /** Tries again what waits for secrets, where some were learnt since. */
  tick(): void {
    const { revision } = this.#secrets
    if (revision === this.#seenRevision) return
    this.#seenRevision = revision
    for (const { stream, ends } of this.#waiting.values()) this.#resume(stream, ends)
  }

  /** Says that nothing more will come. */
  finish(): void {
    this.tick()
    for (const { stream } of this.#waiting.values()) {
      if (stream.tls !== undefined && !stream.tls.hasOpened) this.#note('decode.tls.no-key')
    }
    this.#waiting.clear()
  }

  #begin(chunk: StreamChunk): OpenedStream | 'plain' {
    const { streamId: id, bytes, start, end } = chunk
    const first = bytes.subarray(start, end)
    const layer = new MessageLayer(this.#limits, (problem) => {
      this.#note(WEBSOCKET_PROBLEMS[problem])
    })
    if (beginsRecord(first)) return { id, layer, tls: this.#beginTls(chunk) }
    // Most streams are plain: what decides is a few bytes.
    const mayBeSocket = beginsLikeHead(first[0]) || (chunk.isMidstream && (first[0] ?? 0) >= 0x80)
    return mayBeSocket ? { id, layer, tls: undefined } : 'plain'
  }

  #beginTls(chunk: StreamChunk): TlsDirection {
    const { src, srcPort, dst, dstPort } = chunk
    const there = this.#byEnds.get(
      endsKey({ src: dst, srcPort: dstPort, dst: src, dstPort: srcPort }),
    )
    const known = this.#byEnds.get(endsKey(chunk))
    // A direction that begins again belongs to a new connection: its other half does as well.
    const keys =
      there === undefined || there.keys === known?.keys ? new TlsKeys(this.#secrets) : there.keys
    const direction = new TlsDirection(keys, this.#limits.tlsPendingBytesPerStreamMax)
    this.#byEnds.set(endsKey(chunk), direction)
    return direction
  }

  #pushPlain(stream: OpenedStream, chunk: StreamChunk): boolean {
    const { layer } = stream
    const { tUs, isAfterGap, isMidstream } = chunk
    // Of a stream's end the caller must know too: it may have had what stood before the upgrade.
    if (chunk.end === chunk.start) return layer.kind === 'websocket' && !chunk.isEnd
    const bytes = chunk.bytes.subarray(chunk.start, chunk.end)
    const at = { tUs, isAfterGap, isMidstream }
    const isOurs = this.#pushLayer(stream, bytes, at, (message, messageUs) => {
      this.#emitMessage(chunk, message, messageUs, TRANSPORT_WS)
    })
    // What turned out to be none is the caller's from here on.
    if (layer.kind === 'plain' && !chunk.isEnd) this.#streams.set(stream.id, 'plain')
    return isOurs
  }

  #pushTls(stream: OpenedStream, tls: TlsDirection, chunk: StreamChunk): true {
    const { tUs, isAfterGap, isEnd } = chunk
    const before = tls.heldBytes
    const wasOpen = tls.end === undefined
    if (chunk.end > chunk.start) {
      const bytes = chunk.bytes.subarray(chunk.start, chunk.end)
      tls.push(bytes, tUs, isAfterGap, this.#dataSink(stream, chunk))
    }
    this.#settle(stream, chunk, before, wasOpen)
    // Its keys may have come with these bytes: the other direction may have waited for them.
    const reverse = this.#reverseOf(chunk, tls)
    if (reverse !== undefined) this.#resume(reverse.stream, reverse.ends)
    if (isEnd) this.#endTls(stream, tls, chunk)
    return true
  }

  /** The other direction of a connection, while it waits. */
  #reverseOf(
    { src, srcPort, dst, dstPort }: Ends,
    tls: TlsDirection,
  ): { stream: OpenedStream; ends: Ends } | undefined {
    if (this.#waiting.size === 0) return undefined
    const key = endsKey({ src: dst, srcPort: dstPort, dst: src, dstPort: srcPort })
    const there = this.#byEnds.get(key)
    if (there === undefined || there.keys !== tls.keys || there.heldBytes === 0) return undefined
    for (const waiting of this.#waiting.values()) {
      if (waiting.stream.tls === there) return waiting
    }
    return undefined
  }

  #resume(stream: OpenedStream, ends: Ends): void {
    const { tls } = stream
    if (tls === undefined) return
    const before = tls.heldBytes
    const wasOpen = tls.end === undefined
    tls.resume(this.#dataSink(stream, ends))
    this.#settle(stream, ends, before, wasOpen)
  }

  /** Counts what a direction holds now, notes its end, and keeps all of them within the bound. */
  #settle(stream: OpenedStream, ends: Ends, before: number, wasOpen: boolean): void {
    const { tls } = stream
    if (tls === undefined) return
    this.#heldBytes += tls.heldBytes - before
    if (wasOpen && tls.end !== undefined) this.#close(stream, ends, tls.end)
    if (tls.heldBytes === 0) this.#waiting.delete(stream.id)
    else if (!this.#waiting.has(stream.id)) {
      const { src, srcPort, dst, dstPort } = ends
      this.#waiting.set(stream.id, { stream, ends: { src, srcPort, dst, dstPort } })
    }
    while (this.#heldBytes > this.#limits.tlsPendingBytesMax) {
      const [oldest] = this.#waiting.values()
      if (oldest?.stream.tls === undefined) return
      this.#heldBytes -= oldest.stream.tls.heldBytes
      oldest.stream.tls.giveUp('turned-away')
      this.#close(oldest.stream, oldest.ends, 'turned-away')
      this.#waiting.delete(oldest.stream.id)
    }
  }

  /** Keeps no more of a stream than that it is not to be looked at. */
  #close(stream: OpenedStream, ends: Ends, why: TlsEnd): void {
    this.#note(ENDS[why])
    this.#letGo(stream)
    if (this.#streams.has(stream.id)) this.#streams.set(stream.id, 'closed')
    if (this.#byEnds.get(endsKey(ends)) === stream.tls) this.#byEnds.delete(endsKey(ends))
  }

  #endTls(stream: OpenedStream, tls: TlsDirection, chunk: StreamChunk): void {
    this.#heldBytes -= tls.heldBytes
    if (tls.end === undefined && tls.heldBytes > 0 && !tls.hasOpened) {
      this.#note('decode.tls.no-key')
    }
    tls.giveUp('no-key')
    this.#waiting.delete(stream.id)
    // The other direction may begin before or end after: it holds the keys by itself.
    if (this.#byEnds.get(endsKey(chunk)) === tls) this.#byEnds.delete(endsKey(chunk))
    this.#emitEnd(stream, chunk)
  }

  #dataSink(stream: OpenedStream, ends: Ends) {
    return {
      data: (bytes: Buffer, tUs: number, isAfterGap: boolean): void => {
        const at = { tUs, isAfterGap, isMidstream: isAfterGap }
        const isOurs = this.#pushLayer(stream, bytes, at, (message, messageUs) => {
          this.#emitMessage(ends, message, messageUs, TRANSPORT_WSS)
        })
        if (!isOurs) this.#emitChunk(stream, ends, { bytes, tUs, isAfterGap })
      },
    }
  }

  /** Gives bytes to the layer of a stream; keeps what all layers hold within the bound. */
  #pushLayer(
    stream: OpenedStream,
    bytes: Buffer,
    at: Parameters<MessageLayer['push']>[1],
    emit: EmitWebSocketMessage,
  ): boolean {
    const { layer } = stream
    const before = layer.heldBytes
    const isOurs = layer.push(bytes, at, emit)
    this.#layerBytes += layer.heldBytes - before
    this.#holding.delete(stream)
    if (layer.heldBytes > 0) this.#holding.add(stream)
    for (const silent of this.#holding) {
      if (this.#layerBytes <= this.#limits.webSocketPendingBytesMax) break
      this.#note('decode.websocket.turned-away')
      this.#letGo(silent)
    }
    return isOurs
  }

  /** Forgets what the layer of a stream holds. */
  #letGo(stream: OpenedStream): void {
    this.#layerBytes -= stream.layer.heldBytes
    stream.layer.giveUp()
    this.#holding.delete(stream)
  }

  #emitMessage(
    ends: Ends,
    bytes: Buffer,
    tUs: number,
    transport: typeof TRANSPORT_WS | typeof TRANSPORT_WSS,
  ): void {
    const datagram = this.#datagram
    copyEnds(ends, datagram)
    datagram.tUs = tUs
    datagram.transport = transport
    datagram.bytes = bytes
    datagram.start = 0
    datagram.end = bytes.length
    this.#sink.datagram(datagram)
  }

  #emitChunk(
    stream: OpenedStream,
    ends: Ends,
    { bytes, tUs, isAfterGap }: { bytes: Buffer; tUs: number; isAfterGap: boolean },
  ): void {
    const chunk = this.#chunk
    copyEnds(ends, chunk)
    chunk.tUs = tUs
    chunk.streamId = stream.id
    chunk.bytes = bytes
    chunk.start = 0
    chunk.end = bytes.length
    chunk.piece.length = bytes.length
    chunk.isAfterGap = isAfterGap
    chunk.isEnd = false
    this.#sink.streamChunk(chunk)
  }

  #emitEnd(stream: OpenedStream, { src, srcPort, dst, dstPort, tUs }: StreamChunk): void {
    const bytes = Buffer.alloc(0)
    this.#emitChunk(stream, { src, srcPort, dst, dstPort }, { bytes, tUs, isAfterGap: false })
    this.#chunk.isEnd = true
    this.#sink.streamChunk(this.#chunk)
  }

  #note(code: DecodeProblemCode): void {
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1)
  }
}

/** The transport of what `OpenedSink.streamChunk` gets. */
export const OPENED_STREAM_TRANSPORT = TRANSPORT_TLS

function copyEnds(from: Ends, to: Ends): void {
  to.src = from.src
  to.srcPort = from.srcPort
  to.dst = from.dst
  to.dstPort = from.dstPort
}

function endsKey({ src, srcPort, dst, dstPort }: Ends): string {
  return `${src} ${srcPort} ${dst} ${dstPort}`
}

/** A head begins with GET or HTTP, as requests of SIP may begin with a letter too. */
function beginsLikeHead(byte: number | undefined): boolean {
  return byte === 0x47 || byte === 0x48
}
