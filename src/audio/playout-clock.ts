// RTP timestamps and capture times in, the true time of each packet's first sample out. Timestamps
// decide; capture times only say where they begin, whether they jumped, and how fast they really
// run. A packet that the network held up is therefore heard where it belongs, not when it came.
import type { HeldPacket } from './playout-buffer.ts'

/** After a pause this long a new beginning is looked for. */
const PAUSE_US = 200_000
/** After a pause that the sender made, a new beginning less far off than this is jitter. */
const REALIGN_US = 20_000
/**
 * After a pause that its timestamps do not show, it must be this far off: a machine that was busy
 * for a moment sent late what it had to say, and nothing is missing in it.
 */
const STALL_US = 500_000
/** Timestamps and capture times that disagree by so much after a step this long have jumped. */
const JUMP_US = 1_500_000
const STEP_US = 500_000
/** A step back further than this is a jump, nearer it is an overlap. */
const BACK_US = 100_000
/** How far ahead is looked for the packet that was delayed least. */
const AHEAD_US = 1_000_000
/** Drift is corrected when everything in so long a time was off by so much. */
const DRIFT_WINDOW_US = 5_000_000
const DRIFT_US = 40_000
/** Packets that come before their time in one window before it is believed. */
const EARLY_PACKETS = 5

export class PlayoutClock {
  readonly #clockHz: number
  #anchorUs = 0
  #anchorTimestamp = 0
  /** The last located packet: unwrapped timestamp, capture time. */
  #timestamp = 0
  #tUs: number | undefined
  #windowStartUs = 0
  #windowMin = Number.POSITIVE_INFINITY
  #windowMinBefore = Number.POSITIVE_INFINITY
  #early = 0
  #earliest = 0
  /** How often a place was taken anew from the capture time. */
  realigned = 0

  constructor(clockHz: number) {
    this.#clockHz = clockHz
  }

  /** When the first sample of this packet is heard; `ahead` are the packets held after it. */
  locate(held: HeldPacket, ahead: readonly HeldPacket[]): number {
    const { timestamp, tUs } = held.packet
    if (this.#tUs === undefined) {
      this.#begin(timestamp, tUs)
      this.#align(held, ahead)
    } else {
      const step = stepOf(this.#timestamp, timestamp)
      const stepUs = (step * 1e6) / this.#clockHz
      const waitedUs = tUs - this.#tUs
      this.#timestamp += step
      if (isJump(stepUs, waitedUs)) {
        this.realigned++
        this.#begin(timestamp, tUs)
        this.#align(held, ahead)
      } else if (waitedUs > PAUSE_US || stepUs > PAUSE_US) {
        const leastUs = stepUs > PAUSE_US ? REALIGN_US : STALL_US
        if (this.#align(held, ahead, leastUs) !== 0) this.realigned++
      } else {
        this.#followDrift(tUs)
      }
    }
    this.#tUs = tUs
    return this.#placeOf(this.#timestamp)
  }

  #begin(timestamp: number, tUs: number): void {
    this.#timestamp = timestamp
    this.#anchorTimestamp = timestamp
    this.#anchorUs = tUs
    this.#resetDrift(tUs)
  }

  #placeOf(timestamp: number): number {
    return this.#anchorUs + ((timestamp - this.#anchorTimestamp) * 1e6) / this.#clockHz
  }

  /**
   * Moves the anchor to the packet that was delayed least, if that is far enough; says by how much.
   */
  #align(held: HeldPacket, ahead: readonly HeldPacket[], leastUs = 0): number {
    let timestamp = this.#timestamp
    let { tUs } = held.packet
    let least = tUs - this.#placeOf(timestamp)
    for (const { packet } of ahead) {
      if (packet.codec !== held.packet.codec) continue
      const step = stepOf(timestamp, packet.timestamp)
      if (isJump((step * 1e6) / this.#clockHz, packet.tUs - tUs)) break
      if (packet.tUs - held.packet.tUs > AHEAD_US) break
      timestamp += step
      tUs = packet.tUs
      least = Math.min(least, tUs - this.#placeOf(timestamp))
    }
    if (Math.abs(least) <= leastUs) return 0
    this.#anchorUs += least
    this.#resetDrift(held.packet.tUs)
    return least
  }

  /** The sender's clock and ours differ by some millionths: seconds in a day, heard as an echo. */
  #followDrift(tUs: number): void {
    const offset = tUs - this.#placeOf(this.#timestamp)
    if (offset < -DRIFT_US) {
      this.#early++
      this.#earliest = Math.min(this.#earliest, offset)
    }
    this.#windowMin = Math.min(this.#windowMin, offset)
    const least = Math.min(this.#windowMin, this.#windowMinBefore)
    if (this.#early >= EARLY_PACKETS) this.#shift(this.#earliest, tUs)
    if (tUs - this.#windowStartUs < DRIFT_WINDOW_US) return
    if (least > DRIFT_US && this.#windowMinBefore !== Number.POSITIVE_INFINITY) {
      this.#shift(least, tUs)
      return
    }
    this.#windowMinBefore = this.#windowMin
    this.#windowMin = Number.POSITIVE_INFINITY
    this.#windowStartUs = tUs
    this.#early = 0
    this.#earliest = 0
  }

  #shift(byUs: number, tUs: number): void {
    this.realigned++
    this.#anchorUs += byUs
    this.#resetDrift(tUs)
  }

  #resetDrift(tUs: number): void {
    this.#windowStartUs = tUs
    this.#windowMin = Number.POSITIVE_INFINITY
    this.#windowMinBefore = Number.POSITIVE_INFINITY
    this.#early = 0
    this.#earliest = 0
  }
}

/** From an unwrapped timestamp to the next one, in units: the shorter way round. */
function stepOf(from: number, to: number): number {
  return (to - from) | 0
}

function isJump(stepUs: number, waitedUs: number): boolean {
  if (stepUs < -BACK_US) return true
  return stepUs > STEP_US && Math.abs(stepUs - waitedUs) > JUMP_US
}

/**
 * The clock that timestamps really run at. Some senders count G.722 at 16000, or Opus at the rate
 * of their microphone: then a packet's timestamp step is not its length, while its arrivals are.
 * Gives the clock that was declared unless steps and arrivals agree that it is another.
 */
export function effectiveClock(
  declaredHz: number,
  packets: readonly HeldPacket[],
  secondsOf: (held: HeldPacket) => number,
): number {
  const steps: number[] = []
  const seconds: number[] = []
  for (const [i, held] of packets.entries()) {
    const next = packets[i + 1]
    if (next === undefined || next.order !== held.order + 1) continue
    if (next.packet.codec !== held.packet.codec) continue
    steps.push(stepOf(held.packet.timestamp, next.packet.timestamp))
    seconds.push(secondsOf(held))
  }
  const first = packets[0]
  const last = packets.at(-1)
  if (first === undefined || last === undefined || steps.length < 10) return declaredHz
  const step = median(steps)
  const length = median(seconds)
  if (step <= 0 || length <= 0) return declaredHz
  const ratio = step / declaredHz / length
  const arrival = (last.packet.tUs - first.packet.tUs) / 1e6 / (last.order - first.order)
  const isOff = ratio > 1.25 || ratio < 0.8
  const isArrivalRight = Math.abs(arrival / length - 1) < 0.15
  return isOff && isArrivalRight ? step / length : declaredHz
}

function median(values: number[]): number {
  values.sort((a, b) => a - b)
  return values[values.length >> 1] ?? 0
}
