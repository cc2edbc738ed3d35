// A UDP port in, HEP packets as they arrive out: each datagram is one. Says how large the kernel's
// buffer is and how many datagrams the kernel dropped, for nobody else can tell. Refuses nothing:
// what a datagram is, others decide.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { Failure } from '../../base/failure.ts'

export interface UdpReceiver {
  /** A datagram; its memory is its own. */
  datagram(bytes: Buffer, address: string, port: number): void
}

/** What is asked for; `net.core.rmem_max` bounds what the kernel grants (and it doubles it). */
const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024
const MAPPED_PREFIX = '::ffff:'

export class HepUdp {
  readonly #host: string
  readonly #port: number
  #socket: Socket | undefined
  #granted: number | null = null
  #boundPort = 0
  #inode = ''

  constructor(host: string, port: number) {
    this.#host = host
    this.#port = port
  }

  /** @throws Failure `unavailable` naming what is in the way */
  async open(receiver: UdpReceiver): Promise<void> {
    const socket = createSocket({ type: isIPv6(this.#host) ? 'udp6' : 'udp4' })
    const before = socketInodes()
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ address: this.#host, port: this.#port, exclusive: true }, resolve)
    }).catch((error: unknown) => {
      socket.close()
      throw asFailure(error, `UDP port ${this.#port} of ${this.#host}`)
    })
    socket.removeAllListeners('error')
    // A datagram that one peer was told of by ICMP is no reason to stop for the others.
    socket.on('error', () => {})
    socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
      receiver.datagram(bytes, plainAddress(from.address), from.port)
    })
    this.#socket = socket
    this.#boundPort = socket.address().port
    this.#granted = this.#askForRoom(socket)
    this.#inode = inodeOf(this.#boundPort, before)
  }

  get port(): number {
    return this.#boundPort
  }

  /** The kernel's buffer: asked for and granted, bytes. */
  get receiveBuffer(): { asked: number; granted: number | null } {
    return { asked: RECEIVE_BUFFER_BYTES, granted: this.#granted }
  }

  /** Datagrams that the kernel dropped since the port was opened; null where it does not tell. */
  droppedByKernel(): number | null {
    if (this.#socket === undefined) return null
    for (const row of udpRows()) {
      if (row.port === this.#boundPort && (this.#inode === '' || row.inode === this.#inode)) {
        return row.dropped
      }
    }
    return null
  }

  async close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()))
  }

  #askForRoom(socket: Socket): number | null {
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
      return socket.getRecvBufferSize()
    } catch {
      return null
    }
  }
}

/** The address of a peer as people write it: IPv4 behind a socket of both families is IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith(MAPPED_PREFIX) ? address.slice(MAPPED_PREFIX.length) : address
}

/** @internal What stands in the way of a listener, in words. */
export function asFailure(error: unknown, what: string): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason =
    code === 'EADDRINUSE'
      ? 'another program has it'
      : code === 'EACCES'
        ? 'no right to take it; ports below 1024 need CAP_NET_BIND_SERVICE'
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
          ? 'this machine has no such address'
          : error instanceof Error
            ? error.message
            : String(error)
  return new Failure('unavailable', `${what}: ${reason}`, { cause: error })
}

interface UdpRow {
  readonly port: number
  readonly inode: string
  readonly dropped: number
}

/** The kernel's table of UDP sockets; empty where there is none. */
function udpRows(): UdpRow[] {
  return ['/proc/net/udp', '/proc/net/udp6'].flatMap((path) => {
    try {
      return readFileSync(path, 'utf8').split('\n').slice(1).flatMap(readRow)
    } catch {
      return []
    }
  })
}

/** `sl local rem st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops` */
function readRow(line: string): UdpRow[] {
  const fields = line.trim().split(/\s+/)
  const [, local = '', ...rest] = fields
  const port = Number.parseInt(local.split(':')[1] ?? '', 16)
  const dropped = Number(fields.at(-1))
  if (fields.length < 13 || !Number.isInteger(port) || !Number.isInteger(dropped)) return []
  return [{ port, inode: rest[7] ?? '', dropped }]
}

function socketInodes(): ReadonlySet<string> {
  return new Set(udpRows().map(({ inode }) => inode))
}

/** Two sockets may share a port number at different addresses: ours is the one that is new. */
function inodeOf(port: number, before: ReadonlySet<string>): string {
  const fresh = udpRows().filter((row) => row.port === port && !before.has(row.inode))
  return fresh.length === 1 ? (fresh[0]?.inode ?? '') : ''
}
