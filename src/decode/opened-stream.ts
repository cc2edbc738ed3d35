// One TCP stream that is not plain SIP, from the point of view of who opens it: what it is taken
// for, and what its layers hold. Layers lie in each other: TLS, then HTTP that turns into a
// WebSocket, or SIP at once.
import { ByteQueue } from '../base/byte-queue.ts'
import type { TlsDirection } from './tls/tls-direction.ts'
import { beginsHead, readUpgradeHead } from './websocket/upgrade-head.ts'
import {
  type EmitWebSocketMessage,
  WebSocketDirection,
  type WebSocketProblem,
} from './websocket/websocket-direction.ts'
import { emptyHeader, readFrameHeader, unmasked } from './websocket/websocket-frame.ts'

/** What the bytes of a layer are: SIP or something else that is not ours, or a WebSocket. */
export type LayerKind = 'unknown' | 'head' | 'websocket' | 'plain'

const SIP_TEXT = /^(?:SIP\/2\.0 |[A-Z]{3,16} (?:sips?|tel|im|pres):)/

/**
 * What may lie on TCP or inside TLS. Bytes go in as they come; what is a WebSocket's is read, and
 * all else is the caller's.
 */
export class MessageLayer {
  kind: LayerKind = 'unknown'
  #head: ByteQueue | undefined
  #socket: WebSocketDirection | undefined
  readonly #limits: { readonly messageBytesMax: number; readonly upgradeHeadBytesMax: number }
  readonly #note: (problem: WebSocketProblem) => void

  constructor(
    limits: { readonly messageBytesMax: number; readonly upgradeHeadBytesMax: number },
    note: (problem: WebSocketProblem) => void,
  ) {
    this.#limits = limits
    this.#note = note
  }

  get heldBytes(): number {
    return (this.#head?.length ?? 0) + (this.#socket?.heldBytes ?? 0)
  }

  /** True where the bytes were a WebSocket's, or may still turn out to be. */
  push(
    bytes: Buffer,
    at: { tUs: number; isAfterGap: boolean; isMidstream: boolean },
    emit: EmitWebSocketMessage,
  ): boolean {
    if (this.kind === 'unknown') this.#classify(bytes, at.isMidstream)
    switch (this.kind) {
      case 'head':
        return this.#readHead(bytes, at, emit)
      case 'websocket':
        this.#socket?.push(bytes, at, emit)
        return true
      default:
        return false
    }
  }

  #classify(bytes: Buffer, isMidstream: boolean): void {
    if (beginsHead(bytes, 0, bytes.length)) {
      this.kind = 'head'
      this.#head = new ByteQueue()
    } else if (isMidstream && carriesSip(bytes)) this.#turn()
    else this.kind = 'plain'
  }

  #turn(): void {
    this.kind = 'websocket'
    this.#socket = new WebSocketDirection(this.#limits.messageBytesMax, this.#note)
  }

  #readHead(
    bytes: Buffer,
    at: { tUs: number; isAfterGap: boolean },
    emit: EmitWebSocketMessage,
  ): boolean {
    const held = this.#head ?? new ByteQueue()
    if (at.isAfterGap) held.clear()
    held.push(bytes)
    const head = readUpgradeHead(held.bytes)
    if (head === undefined && held.length <= this.#limits.upgradeHeadBytesMax) return true
    this.#head = undefined
    if (head?.isWebSocket !== true) {
      this.kind = 'plain'
      return false
    }
    this.#turn()
    const rest = held.bytes.subarray(head.length)
    if (rest.length > 0) this.#socket?.push(rest, { ...at, isAfterGap: false }, emit)
    return true
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
