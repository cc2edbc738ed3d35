// In: who sends sound to whom, and when. Out: RTP packets (RFC 3550 §5.1) on the timeline, with the
// loss, jitter, duplicates and disorder of the options, and the truth about them.
import { Buffer } from 'node:buffer'
import { addressOf } from './pcap-file.ts'
import type { Ends } from './pcap-file.ts'
import type { Codec } from './sip-text.ts'
import type { TruthStream } from './truth.ts'
import type { World } from './world.ts'

interface End {
  readonly ip: string
  readonly port: number
}

export interface StreamPlan {
  readonly callId: string
  readonly codec: Codec
  readonly from: End
  readonly to: End
  readonly startUs: number
  readonly endUs: number
}

interface Packet {
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly isFirst: boolean
}

const PACKET_US = 20_000
const RTP_HEADER_BYTES = 12
/** How long after its follower a packet comes that lost its place, and a second copy of one. */
const REORDERED_US = 150
const DUPLICATE_US = 300

/** One buffer for all: a packet is written to the file before the next one is made. */
const packetBytes = Buffer.alloc(RTP_HEADER_BYTES + 160)

/** Plans one direction of sound. */
export function makeStream(world: World, plan: StreamPlan): void {
  new StreamMaker(world, plan).start()
}

class StreamMaker {
  readonly #world: World
  readonly #plan: StreamPlan
  readonly #ends: Ends
  readonly #truth: TruthStream
  #sequenceNumber: number
  #timestamp: number
  #dueUs: number
  #lastUs = 0
  /** Left out since the last packet that shows; lost only once a later one shows. */
  #missing = 0
  #held: Packet | undefined

  constructor(world: World, plan: StreamPlan) {
    const { random } = world
    const { callId, codec, from, to, startUs } = plan
    this.#world = world
    this.#plan = plan
    this.#dueUs = startUs
    this.#ends = {
      src: addressOf(from.ip),
      srcPort: from.port,
      dst: addressOf(to.ip),
      dstPort: to.port,
    }
    this.#truth = {
      callId,
      src: from.ip,
      srcPort: from.port,
      dst: to.ip,
      dstPort: to.port,
      ssrc: Math.floor(random.next() * 0xffffffff) >>> 0,
      codec: codec.name,
      sent: 0,
      lost: 0,
      duplicates: 0,
      reordered: 0,
      firstUs: null,
      lastUs: null,
    }
    world.truth.streams.push(this.#truth)
    this.#sequenceNumber = random.int(0, 65535)
    this.#timestamp = random.int(0, 0x7fffffff)
  }

  start(): void {
    this.#world.timeline.at(this.#plan.startUs, (nowUs) => this.#step(nowUs))
  }

  #step(nowUs: number): void {
    const { options, random, timeline } = this.#world
    const hasMore = this.#dueUs + PACKET_US < this.#plan.endUs
    // The first packet always shows: a capture cannot tell what is missing before it.
    if (this.#truth.sent > 0 && random.next() < options.loss) this.#missing++
    else this.#send(nowUs, hasMore)
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff
    this.#timestamp = (this.#timestamp + this.#plan.codec.step) >>> 0
    this.#dueUs += PACKET_US
    const nextUs = Math.max(this.#lastUs + 1, this.#dueUs + random.next() * options.jitterUs)
    this.#lastUs = nextUs
    if (hasMore) timeline.at(nextUs, (laterUs) => this.#step(laterUs))
    else this.#showHeld(nowUs, false)
  }

  #send(nowUs: number, hasMore: boolean): void {
    const { options, random, timeline } = this.#world
    const truth = this.#truth
    const packet = {
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestamp >>> 0,
      isFirst: truth.sent === 0,
    }
    truth.sent += 1 + this.#missing
    truth.lost += this.#missing
    this.#missing = 0
    const mayWait = !packet.isFirst && hasMore && this.#held === undefined && options.reorder > 0
    if (mayWait && random.next() < options.reorder) {
      this.#held = packet
      return
    }
    this.#show(nowUs, packet)
    this.#showHeld(nowUs, true)
    if (options.duplicate > 0 && random.next() < options.duplicate) {
      truth.duplicates++
      timeline.at(nowUs + DUPLICATE_US, (laterUs) => this.#show(laterUs, packet))
    }
  }

  #showHeld(nowUs: number, isBehindFollower: boolean): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    if (isBehindFollower) this.#truth.reordered++
    this.#world.timeline.at(nowUs + REORDERED_US, (laterUs) => this.#show(laterUs, held))
  }

  #show(nowUs: number, packet: Packet): void {
    const { codec } = this.#plan
    packetBytes[0] = 0x80
    packetBytes[1] = codec.payloadType | (packet.isFirst ? 0x80 : 0)
    packetBytes.writeUInt16BE(packet.sequenceNumber, 2)
    packetBytes.writeUInt32BE(packet.timestamp, 4)
    packetBytes.writeUInt32BE(this.#truth.ssrc, 8)
    // Silence in A-law is 0xd5, in the others near enough 0xff.
    packetBytes.fill(codec.payloadType === 8 ? 0xd5 : 0xff, RTP_HEADER_BYTES)
    this.#world.file.udp(nowUs, this.#ends, packetBytes, RTP_HEADER_BYTES + codec.bytes)
    this.#truth.firstUs ??= nowUs
    this.#truth.lastUs = nowUs
  }
}
