// One TCP stream that is not plain SIP, from the point of view of who opens it: what it is taken
// for, and what its layers hold. Layers lie in each other: TLS, then HTTP that turns into a
// WebSocket, be it at its first exchange or later, or SIP at once. Each direction is taken for what
// it says itself: the other one may not have been captured.
import { ByteQueue } from '../base/byte-queue.ts'
import type { Limits } from '../base/limits.ts'
import type { TlsDirection } from './tls/tls-direction.ts'
import { beginsHead, readUpgradeHead } from './websocket/upgrade-head.ts'
import {
  type EmitWebSocketMessage,
  WebSocketDirection,
  type WebSocketProblem,
} from './websocket/websocket-direction.ts'
import { emptyHeader, readFrameHeader, unmasked } from './websocket/websocket-frame.ts'

/**
 * What the bytes of a layer are: in a head of HTTP, between two of them, a WebSocket, or SIP or
 * something else that is not ours.
 */
export type LayerKind = 'unknown' | 'head' | 'between' | 'websocket' | 'plain'

type LayerLimits = Pick<Limits, 'messageBytesMax' | 'upgradeHeadBytesMax' | 'plainHttpBytesMax'>

/** When bytes came, and what is known of their place in the stream. */
interface Arrival {
  readonly tUs: number
  readonly isAfterGap: boolean
  readonly isMidstream: boolean
}

const SIP_TEXT = /^(?:SIP\/2\.0 |[A-Z]{3,16} (?:sips?|tel|im|pres):)/

/**
 * What may lie on TCP or inside TLS. Bytes go in as they come; what is a WebSocket's is read, and
 * all else is the caller's.
 */
export class MessageLayer {
  kind: LayerKind = 'unknown'
  #head: ByteQueue | undefined
  #socket: WebSocketDirection | undefined
  /** The WebSocket has sent something: no answer has refused it. */
  #hasFrames = false
  /** Bytes of HTTP that turned into nothing. */
  #plainBytes = 0
  readonly #limits: LayerLimits
  readonly #note: (problem: WebSocketProblem) => void

  constructor(limits: LayerLimits, note: (problem: WebSocketProblem) => void) {
    this.#limits = limits
    this.#note = note
  }

  /** Bytes of memory that it takes until the rest of a head or a message comes. */
  get heldBytes(): number {
    return (this.#head?.capacity ?? 0) + (this.#socket?.heldBytes ?? 0)
  }

  /** Forgets what it holds. A WebSocket goes on at its next frame; half a head becomes none. */
  giveUp(): void {
    if (this.kind === 'head') this.kind = 'plain'
    this.#head = undefined
    this.#socket?.lose()
  }

  /** True where the bytes were a WebSocket's, or may still turn out to be. */
  push(bytes: Buffer, at: Arrival, emit: EmitWebSocketMessage): boolean {
    if (this.#isOpen(bytes, at)) this.#classify(bytes, at)
    switch (this.kind) {
      case 'head':
        return this.#readHead(bytes, at, emit)
      case 'websocket':
        this.#readFrames(bytes, at, emit)
        return true
      case 'between':
        return this.#passOver(bytes)
      default:
        return false
    }
  }

  /** Whether these bytes may begin something else than what came before them. */
  #isOpen(bytes: Buffer, { isAfterGap }: Arrival): boolean {
    switch (this.kind) {
      case 'head':
        return isAfterGap
      case 'websocket':
        // A client that was refused (RFC 6455 §4.1) asks again; no frame begins like a head.
        return !this.#hasFrames && beginsHead(bytes, 0, bytes.length)
      default:
        return this.kind !== 'plain'
    }
  }

  #classify(bytes: Buffer, { isMidstream, isAfterGap }: Arrival): void {
    this.#head = undefined
    if (beginsHead(bytes, 0, bytes.length)) {
      this.kind = 'head'
      this.#head = new ByteQueue()
      this.#socket = undefined
    } else if ((isMidstream || isAfterGap) && carriesSip(bytes)) this.#turn()
    else this.kind = this.kind === 'unknown' ? 'plain' : 'between'
  }

  #turn(): void {
    this.kind = 'websocket'
    this.#socket = new WebSocketDirection(this.#limits.messageBytesMax, this.#note)
    this.#hasFrames = false
  }

  #readHead(bytes: Buffer, at: Arrival, emit: EmitWebSocketMessage): boolean {
    const held = this.#head ?? new ByteQueue()
    held.push(bytes)
    // Several may come at once; where a head follows another, that one turned into nothing.
    let isWebSocket = false
    while (beginsHead(held.bytes, 0, held.length)) {
      const head = readUpgradeHead(held.bytes)
      if (head === undefined && held.length <= this.#limits.upgradeHeadBytesMax) return true
      isWebSocket = head?.isWebSocket === true
      held.drop(head?.length ?? held.length)
    }
    this.#head = undefined
    if (!isWebSocket) return this.#passOver(bytes)
    this.#turn()
    if (held.length > 0) this.#readFrames(held.bytes, { ...at, isAfterGap: false }, emit)
    return true
  }

  #readFrames(bytes: Buffer, at: Arrival, emit: EmitWebSocketMessage): void {
    this.#hasFrames = true
    this.#socket?.push(bytes, at, emit)
  }

  /** A body, or a head that asks for nothing: a later exchange may still be the one. */
  #passOver(bytes: Buffer): false {
    this.#plainBytes += bytes.length
    this.kind = this.#plainBytes > this.#limits.plainHttpBytesMax ? 'plain' : 'between'
    return false
  }
}

/** True where a WebSocket frame with SIP stands: how a stream joined in its middle shows itself. */
function carriesSip(bytes: Buffer): boolean {
  const header = emptyHeader()
  if (readFrameHeader(bytes, 0, bytes.length, header) !== 'whole') return false
  if (header.opcode !== 1 && header.opcode !== 2) return false
  const first = unmasked(bytes, 0, { ...header, payloadBytes: Math.min(header.payloadBytes, 64) })
  return SIP_TEXT.test(first.toString('latin1'))
}

/** A stream being opened. */
export interface OpenedStream {
  readonly id: number
  readonly tls: TlsDirection | undefined
  /** What lies on TCP, or in TLS. */
  readonly layer: MessageLayer
}
