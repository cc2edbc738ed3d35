// HEP packets in, a HEP server reached by UDP, TCP, TLS or WebSocket out. Waits where the server
// pushes back; refuses to hold more than the system's own buffers do. What becomes of packets when
// the server goes away is the caller's affair.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, isIP, isIPv6, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'
import { Failure } from '../base/failure.ts'

/** Where to send. */
export interface HepTarget {
  readonly scheme: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'
  readonly host: string
  readonly port: number
  /** Of a WebSocket. */
  readonly path: string
}

export interface HepSender {
  /** Takes one packet; it is sent soon. */
  send(packet: Uint8Array): void
  /** Resolves when what was taken has left us, as far as the way there tells. */
  drained(): Promise<void>
  /** Ends the connection after what was taken has left. */
  close(): Promise<void>
}

const DEFAULT_PORT = 9060
const WEB_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 }
const SCHEMES = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const
/** Bytes that may wait in a stream before its sender must. */
const WAITING_BYTES_MAX = 1024 * 1024
/** Packets that one write to a stream gathers: system calls cost more than copies. */
const GATHERED_BYTES_MAX = 64 * 1024
/** Datagrams handed to the system at once. */
const DATAGRAMS_WAITING_MAX = 64

/**
 * Reads `tcp://HOST:PORT` and the like; the port is 9060 where none is named, the path `/hep`.
 * @throws Failure `bad-input`
 */
export function readHepTarget(text: string): HepTarget {
  const address = URL.parse(text)
  const scheme = SCHEMES.find((one) => address?.protocol === `${one}:`)
  if (address === null || scheme === undefined || address.hostname === '') {
    throw new Failure('bad-input', `${text}: expected udp|tcp|tls|ws|wss://HOST:PORT`)
  }
  const port = address.port === '' ? (WEB_PORTS[scheme] ?? DEFAULT_PORT) : Number(address.port)
  const path = address.pathname === '/' || address.pathname === '' ? '/hep' : address.pathname
  return { scheme, host: address.hostname.replace(/^\[(.*)\]$/, '$1'), port, path }
}

export interface HepSenderOptions {
  /** False takes any certificate, as of a server that made its own. */
  readonly isCertificateChecked?: boolean
}

/** @throws Failure `unavailable` when nobody answers there */
export async function openHepSender(
  target: HepTarget,
  options: HepSenderOptions = {},
): Promise<HepSender> {
  const { isCertificateChecked = true } = options
  const { scheme, host, port, path } = target
  try {
    if (scheme === 'udp') return new UdpSender(host, port)
    if (scheme === 'ws' || scheme === 'wss') {
      const name = isIPv6(host) ? `[${host}]` : host
      const socket = new WebSocket(`${scheme}://${name}:${port}${path}`, {
        rejectUnauthorized: isCertificateChecked,
      })
      await once(socket, 'open')
      return new WebSocketSender(socket)
    }
    const socket =
      scheme === 'tcp'
        ? connectTcp({ host, port })
        : connectTls({
            host,
            port,
            // An address is no name to ask for (RFC 6066 §3).
            ...(isIP(host) === 0 ? { servername: host } : {}),
            rejectUnauthorized: isCertificateChecked,
          })
    await once(socket, scheme === 'tcp' ? 'connect' : 'secureConnect')
    return new StreamSender(socket)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const where = `${scheme}://${host}:${port}`
    throw new Failure('unavailable', `${where}: cannot connect: ${reason}`, { cause: error })
  }
}

/** TCP and TLS. */
class StreamSender implements HepSender {
  readonly #socket: Socket
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', (error) => {
      this.#failure = error
    })
    socket.on('drain', () => this.#wake?.())
    socket.on('close', () => this.#wake?.())
    // A server says nothing; what it says all the same must not fill up.
    socket.resume()
  }

  send(packet: Uint8Array): void {
    this.#gathered.push(packet)
    this.#gatheredBytes += packet.length
    if (this.#gatheredBytes >= GATHERED_BYTES_MAX) this.#write()
  }

  async drained(): Promise<void> {
    this.#write()
    if (this.#socket.writableLength > WAITING_BYTES_MAX && !this.#socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#socket.destroyed) throw lost(this.#failure)
  }

  async close(): Promise<void> {
    this.#write()
    if (this.#socket.destroyed) throw lost(this.#failure)
    const closed = once(this.#socket, 'close')
    this.#socket.end()
    await closed
    if (this.#failure !== undefined) throw lost(this.#failure)
  }

  #write(): void {
    if (this.#gathered.length === 0) return
    this.#socket.write(Buffer.concat(this.#gathered, this.#gatheredBytes))
    this.#gathered = []
    this.#gatheredBytes = 0
  }
}

class UdpSender implements HepSender {
  readonly #socket: ReturnType<typeof createSocket>
  readonly #host: string
  readonly #port: number
  #waiting = 0
  #wake: (() => void) | undefined

  constructor(host: string, port: number) {
    this.#socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    // Nobody listening is told by ICMP, now and then; a datagram is not sent again.
    this.#socket.on('error', () => {})
    this.#host = host
    this.#port = port
  }

  send(packet: Uint8Array): void {
    this.#waiting++
    this.#socket.send(packet, this.#port, this.#host, () => {
      this.#waiting--
      if (this.#waiting < DATAGRAMS_WAITING_MAX) this.#wake?.()
    })
  }

  async drained(): Promise<void> {
    if (this.#waiting < DATAGRAMS_WAITING_MAX) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
  }

  async close(): Promise<void> {
    while (this.#waiting > 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }
}

class WebSocketSender implements HepSender {
  readonly #socket: WebSocket
  #failure: Error | undefined

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('error', (error) => {
      this.#failure = error
    })
  }

  send(packet: Uint8Array): void {
    this.#socket.send(packet)
  }

  async drained(): Promise<void> {
    while (this.#socket.bufferedAmount > WAITING_BYTES_MAX) {
      if (this.#socket.readyState !== WebSocket.OPEN) throw lost(this.#failure)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  async close(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) throw lost(this.#failure)
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}

function lost(cause: Error | undefined): Failure {
  return new Failure('unavailable', `the server closed the connection`, { cause })
}
