// The connections of the HTTP server in, an end of those that are too many of one peer out, and
// of those whose request was answered before it was whole: a client that sends on, byte by byte,
// would keep one for as long as it likes. It counts what it turned away.
import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PeerCounts } from '../../base/peers.ts'
import { isInNetworks } from '../../store/networks.ts'
import { apiLimits } from './limits.ts'

type Limits = Pick<typeof apiLimits, 'connectionsMax' | 'connectionsPerPeerMax'>

export class Connections {
  readonly #trustedProxies: readonly string[]
  readonly #limits: { readonly [Name in keyof Limits]: number }
  readonly #peers = new PeerCounts()
  #turnedAway = 0

  /** Many may stand behind a trusted proxy: of those alone any number may be open. */
  constructor(
    trustedProxies: readonly string[] = [],
    limits: { readonly [Name in keyof Limits]: number } = apiLimits,
  ) {
    this.#trustedProxies = trustedProxies
    this.#limits = limits
  }

  watch(server: Server): void {
    server.maxConnections = this.#limits.connectionsMax
    server.on('connection', (socket) => this.#admit(socket))
    server.on('drop', () => {
      this.#turnedAway++
    })
  }

  stats(): { connectionsTurnedAway: number } {
    return { connectionsTurnedAway: this.#turnedAway }
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress
    // Without one it is closed already.
    if (address === undefined || isInNetworks(this.#trustedProxies, address)) return
    if (this.#peers.of(address) >= this.#limits.connectionsPerPeerMax) {
      this.#turnedAway++
      socket.destroy()
      return
    }
    this.#peers.add(address)
    socket.once('close', () => this.#peers.remove(address))
  }
}

/** Before an answer is sent: lets the connection end with it where its request is not whole. */
export async function endUnfinished({ raw }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (isWhole(raw)) return
  // A body that came with its head is read in this turn, and is no reason to end anything.
  await nextTurn()
  if (isWhole(raw)) return
  reply.header('connection', 'close')
  // A request whose body was given up has let go of its connection.
  const { socket } = reply.raw
  // What Node calls once the answer is written.
  if (socket !== null) socket.destroySoon = () => endSoon(socket)
}

/**
 * Ends a connection with these last words. A close over unread bytes takes them away from a client
 * that still sends, so first we only stop writing (RFC 9112 §9.6); and close then, for a client
 * that never closes would keep its connection for ever.
 */
export function endSoon(socket: Duplex, words = ''): void {
  socket.end(words)
  setTimeout(() => socket.destroy(), apiLimits.closingMs).unref()
}

function isWhole({ complete, headers }: IncomingMessage): boolean {
  const length = headers['content-length'] ?? '0'
  return complete || (length === '0' && headers['transfer-encoding'] === undefined)
}
