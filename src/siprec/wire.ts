// What the recording server's sockets receive and send, as the frames of a capture: datagrams as
// raw IP, messages of TCP and TLS as exported PDUs, for their segments are not seen by a program.
import { addressBytes } from '../base/address-bytes.ts'
import type { Clock } from '../base/clock.ts'
import { ExportedPduWriter } from '../source/exported-pdu.ts'
import type { Frame } from '../source/frame.ts'
import { UdpFrameWriter } from '../source/udp-frame.ts'
import type { Peer } from './response.ts'
import type { Flow } from './transactions.ts'

export interface PushFrame {
  (frame: Frame): void
}

/** Turns what passes our sockets into frames. */
export class Wire {
  readonly #clock: Clock
  readonly #push: PushFrame
  readonly #datagrams = new UdpFrameWriter('siprec')
  readonly #messages = new ExportedPduWriter()
  #unwritable = 0

  constructor(clock: Clock, push: PushFrame) {
    this.#clock = clock
    this.#push = push
  }

  /** A SIP message that came in over a flow, or went out over it. */
  message(flow: Flow, bytes: Buffer, way: 'in' | 'out', target: Peer = flow.peer): void {
    const [from, to] = way === 'in' ? [flow.peer, flow.local] : [flow.local, target]
    if (flow.transport === 'udp') {
      this.datagram(from, to, bytes)
      return
    }
    const [src, dst] = bothBytes(from.address, to.address)
    const { frame } = this.#messages.write({
      tUs: this.#clock.nowUs(),
      src,
      srcPort: from.port,
      dst,
      dstPort: to.port,
      column: flow.transport === 'tls' ? 'SIP/TLS' : 'SIP',
      bytes,
      start: 0,
      end: bytes.length,
    })
    this.#push(frame)
  }

  /** A datagram between two ends. */
  datagram(from: Peer, to: Peer, payload: Buffer): void {
    const [src, dst] = bothBytes(from.address, to.address)
    const tUs = this.#clock.nowUs()
    const { port: srcPort } = from
    const frame = this.#datagrams.write({ tUs, src, srcPort, dst, dstPort: to.port, payload })
    if (frame === undefined) this.#unwritable++
    else this.#push(frame)
  }

  /** Datagrams that fit into no frame. */
  get unwritable(): number {
    return this.#unwritable
  }
}

/** Both addresses in one family: a socket for both tells IPv4 peers by their four bytes. */
function bothBytes(one: string, other: string): [Uint8Array, Uint8Array] {
  const a = addressBytes(one) ?? new Uint8Array(4)
  const b = addressBytes(other) ?? new Uint8Array(4)
  if (a.length === b.length) return [a, b]
  return [a.length === 4 ? mapped(a) : a, b.length === 4 ? mapped(b) : b]
}

function mapped(ip4: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes.set([0xff, 0xff], 10)
  bytes.set(ip4, 12)
  return bytes
}
