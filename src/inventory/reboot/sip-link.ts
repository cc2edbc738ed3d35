// One request's way to a SIP peer and the messages that come back on it: a UDP socket or a TCP
// connection, opened for it and closed after it. It sends what it is given and parses no meaning.
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, isIPv6 } from 'node:net'
import { SipMessage } from '../../sip/message.ts'
import type { Destination } from './check-sync.ts'

export interface SipLink {
  readonly local: { readonly address: string; readonly port: number }
  /** True where nothing is lost on the way, so that nothing is sent twice (RFC 3261 §17.1.2.1). */
  readonly isReliable: boolean
  send(bytes: Buffer): void
  close(): void
}

export interface LinkEvents {
  message(message: SipMessage): void
  /** The way is gone, or the peer's system says that nobody is there. */
  broken(error: Error): void
}

/** Bytes of answers that are held until one is whole. */
const HELD_BYTES_MAX = 65_536

/**
 * Opens a link. `localPort` is taken where it is free; where it is not, or 0, another one.
 * @throws where there is no way, also when none is found in time
 */
export async function openLink(
  destination: Destination,
  localPort: number,
  events: LinkEvents,
  giveUpMs: number,
): Promise<SipLink> {
  const { address } = await lookup(destination.host)
  const to = { address, port: destination.port }
  return destination.transport === 'udp'
    ? openUdp(to, localPort, events)
    : openTcp(to, events, giveUpMs)
}

interface Peer {
  readonly address: string
  readonly port: number
}

async function openUdp(peer: Peer, localPort: number, events: LinkEvents): Promise<SipLink> {
  const type = isIPv6(peer.address) ? 'udp6' : 'udp4'
  // Another program may have taken the port meanwhile; with rport the answer finds us anyway.
  const socket = await bound(type, localPort).catch(() => bound(type, 0))
  try {
    socket.connect(peer.port, peer.address)
    await once(socket, 'connect')
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', (error) => events.broken(error))
  socket.on('message', (bytes) => {
    const message = readMessage(bytes)
    if (message !== undefined) events.message(message)
  })
  return {
    local: socket.address(),
    isReliable: false,
    send: (bytes) => socket.send(bytes, (error) => error !== null && events.broken(error)),
    close: () => socket.close(),
  }
}

async function bound(type: 'udp4' | 'udp6', port: number): Promise<Socket> {
  const socket = createSocket(type)
  socket.bind(port)
  try {
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    throw error
  }
  return socket
}

async function openTcp(peer: Peer, events: LinkEvents, giveUpMs: number): Promise<SipLink> {
  const socket = connect({ host: peer.address, port: peer.port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(giveUpMs) })
  } catch (error) {
    socket.destroy()
    throw error
  }
  let held: Buffer = Buffer.alloc(0)
  socket.on('error', (error) => events.broken(error))
  socket.on('close', () => events.broken(new Error('the connection was closed')))
  socket.on('data', (bytes: Buffer) => {
    held = takeMessages(Buffer.concat([held, bytes]), events)
    if (held.length > HELD_BYTES_MAX) socket.destroy()
  })
  return {
    local: { address: socket.localAddress ?? '127.0.0.1', port: socket.localPort ?? 0 },
    isReliable: true,
    send: (bytes) => socket.write(bytes),
    close: () => socket.destroy(),
  }
}

/** Hands on whole messages, by Content-Length (RFC 3261 §18.3), and gives back the rest. */
function takeMessages(held: Buffer, events: LinkEvents): Buffer {
  let rest = held
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) return rest
    const head = readMessage(rest.subarray(0, headEnd + 4))
    const length = Number(head?.header('content-length') ?? 0)
    const end = headEnd + 4 + (Number.isSafeInteger(length) && length > 0 ? length : 0)
    if (rest.length < end) return rest
    const message = readMessage(rest.subarray(0, end))
    if (message !== undefined) events.message(message)
    rest = rest.subarray(end)
  }
}

function readMessage(bytes: Buffer): SipMessage | undefined {
  const message = new SipMessage()
  return message.read(bytes, 0, bytes.length, { isDatagram: true }) ? message : undefined
}
