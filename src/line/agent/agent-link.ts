// The packets of an agent's queue in, a HEP server on TCP or TLS out. Sends in order, hears from a
// server of ours what is stored, sends the rest again after the connection broke, and tries again
// with back-off when there is none. A server that tells nothing is taken at its connection's word.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readStoredNotice } from '../../decode/hep/stored-notice.ts'
import { HepCutter } from '../../source/hep/hep-cutter.ts'
import type { HepTarget } from '../hep-sender.ts'
import type { AgentQueue } from './agent-queue.ts'

/** Bytes that may wait in the socket before we stop handing it more. */
const WAITING_BYTES_MAX = 512 * 1024
const GATHERED_BYTES_MAX = 64 * 1024
const RETRY_MS_MIN = 250
const RETRY_MS_MAX = 15_000
const CONNECT_MS_MAX = 10_000
/** A server of ours answers the first packet at once. */
const SILENT_MS_MAX = 5_000

export interface AgentLinkParts {
  readonly target: HepTarget
  readonly isCertificateChecked: boolean
  readonly queue: AgentQueue
  /** Hears of each connection that was made or lost, in words. */
  readonly onNews: (news: string) => void
}

export class AgentLink {
  readonly #parts: AgentLinkParts
  #socket: Socket | undefined
  #isConnected = false
  #isStopping = false
  #retryMs = RETRY_MS_MIN
  #timer: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined
  /** Undefined while nobody knows whether the server tells what it stored. */
  #isTelling: boolean | undefined
  #reason = ''
  sent = 0

  constructor(parts: AgentLinkParts) {
    this.#parts = parts
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  open(): void {
    const { scheme, host, port } = this.#parts.target
    const socket =
      scheme === 'tls'
        ? connectTls({
            host,
            port,
            // RFC 6066 §3: an address is no server name.
            ...(isIP(host) === 0 ? { servername: host } : {}),
            rejectUnauthorized: this.#parts.isCertificateChecked,
          })
        : connectTcp({ host, port })
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, CONNECT_MS_MAX)
    const patience = setTimeout(() => socket.destroy(new Error('no answer')), CONNECT_MS_MAX)
    socket.once(scheme === 'tls' ? 'secureConnect' : 'connect', () => {
      clearTimeout(patience)
      this.#connected()
    })
    const cutter = new HepCutter((bytes, start, end) => this.#hear(bytes, start, end))
    socket.on('data', (bytes: Buffer) => cutter.push(bytes))
    socket.on('drain', () => this.pump())
    socket.on('error', (error) => {
      this.#reason = error.message
    })
    socket.on('close', () => {
      clearTimeout(patience)
      if (socket === this.#socket) this.#lost()
    })
  }

  /** Sends what waits, as far as the server takes it. */
  pump(): void {
    const socket = this.#socket
    const { queue } = this.#parts
    if (socket === undefined || !this.#isConnected) return
    while (socket.writableLength < WAITING_BYTES_MAX) {
      const gathered: Buffer[] = []
      let bytes = 0
      while (bytes < GATHERED_BYTES_MAX) {
        const packet = queue.next()
        if (packet === undefined) break
        gathered.push(packet)
        bytes += packet.length
      }
      if (bytes === 0) return
      this.sent += gathered.length
      socket.write(Buffer.concat(gathered, bytes), () => {
        if (this.#isTelling === false && socket === this.#socket) queue.assumeStored()
      })
      this.#patience ??= setTimeout(() => this.#giveUpHearing(), SILENT_MS_MAX)
    }
  }

  /** Ends the connection; what is not stored stays in the queue. */
  close(): void {
    this.#isStopping = true
    clearTimeout(this.#timer)
    clearTimeout(this.#patience)
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #connected(): void {
    const { queue, onNews, target } = this.#parts
    this.#isConnected = true
    this.#retryMs = RETRY_MS_MIN
    this.#isTelling = undefined
    onNews(`connected to ${target.host}:${target.port}`)
    queue.rewind()
    this.pump()
  }

  #hear(bytes: Buffer, start: number, end: number): void {
    const notice = readStoredNotice(bytes, start, end)
    if (notice === undefined) return
    this.#isTelling = true
    this.#parts.queue.stored(notice.run, notice.before)
    this.pump()
  }

  /** Any HEP server may be at the other end; most say nothing. */
  #giveUpHearing(): void {
    if (this.#isTelling !== undefined || !this.#isConnected) return
    this.#isTelling = false
    this.#parts.queue.assumeStored()
    this.#parts.onNews('the server does not tell what it stored: sent counts as stored')
    this.pump()
  }

  #lost(): void {
    const { queue, onNews, target } = this.#parts
    const wasConnected = this.#isConnected
    this.#isConnected = false
    clearTimeout(this.#patience)
    this.#patience = undefined
    queue.rewind()
    if (this.#isStopping) return
    if (wasConnected || this.#retryMs === RETRY_MS_MIN) {
      const why = this.#reason === '' ? 'it closed the connection' : this.#reason
      onNews(`no connection to ${target.host}:${target.port}: ${why}; trying again`)
    }
    this.#reason = ''
    this.#timer = setTimeout(() => this.open(), this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX)
  }
}
