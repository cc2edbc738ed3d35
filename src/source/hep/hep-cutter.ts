// The bytes of a connection in, whole HEPv3 packets out, cut by their length and found again by
// their magic after garbage. Holds at most one packet; refuses to believe a length that the chunks
// inside contradict when another packet begins there.
import { u16be, u32be } from '../integers.ts'

const MAGIC_HEP3 = 0x48455033
const MAGIC_EEP3 = 0x45455033
const HEADER_BYTES = 6
const CHUNK_HEADER_BYTES = 6
const PACKET_BYTES_MAX = 65_535
/** Both magics end so; a search by four bytes would have to be made twice. */
const MAGIC_END = Buffer.from('EP3')

/** Takes one packet: `bytes` from `start` to `end`, good until it returns. */
export type TakePacket = (bytes: Buffer, start: number, end: number) => void

export class HepCutter {
  readonly #take: TakePacket
  /** The beginning of a packet whose rest has not come. */
  #held = Buffer.alloc(0)
  #heldBytes = 0
  /** Bytes passed over because no packet began there. */
  garbageBytes = 0
  /** Of these, how many came since the last packet that could be cut. */
  garbageBytesInRow = 0

  constructor(take: TakePacket) {
    this.#take = take
  }

  /** True while the beginning of a packet waits for its rest. */
  get isWaiting(): boolean {
    return this.#heldBytes > 0
  }

  push(chunk: Buffer): void {
    if (this.#heldBytes === 0) return this.#cutAll(chunk, 0)
    const missing = this.#missingBytes()
    if (chunk.length < missing) {
      // Who sends byte by byte shall not make us copy the packet for each of them.
      chunk.copy(this.#held, this.#heldBytes)
      this.#heldBytes += chunk.length
      return
    }
    if (missing > 0 && this.#takeHeld(chunk, missing)) return this.#cutAll(chunk, missing)
    // No whole header yet, or a packet that is broken: what is held is looked at anew.
    const bytes = Buffer.concat([this.#held.subarray(0, this.#heldBytes), chunk])
    this.#heldBytes = 0
    this.#cutAll(bytes, 0)
  }

  #cutAll(bytes: Buffer, from: number): void {
    const rest = this.#cut(bytes, from)
    if (rest < bytes.length) this.#hold(bytes, rest)
  }

  /**
   * Puts the rest behind the packet that is held, and hands it on: nearly every chunk ends inside a
   * packet, and only this one is copied. False, and nothing done, where it is broken.
   */
  #takeHeld(chunk: Buffer, missing: number): boolean {
    const end = this.#heldBytes + missing
    chunk.copy(this.#held, this.#heldBytes, 0, missing)
    if (!chunksFit(this.#held, HEADER_BYTES, end)) return false
    this.#heldBytes = 0
    this.garbageBytesInRow = 0
    this.#take(this.#held, 0, end)
    return true
  }

  /** What the packet that is held still needs, as far as its header tells. */
  #missingBytes(): number {
    if (this.#heldBytes < HEADER_BYTES) return 0
    return u16be(this.#held, 4) - this.#heldBytes
  }

  /** Takes what can be taken from `from` on; returns where the bytes begin that must wait. */
  #cut(bytes: Buffer, from: number): number {
    let at = from
    const end = bytes.length
    while (at < end) {
      if (!isMagicSoFar(bytes, at, end)) {
        const next = nextMagic(bytes, at + 1)
        this.#skip(next - at)
        at = next
        continue
      }
      if (end - at < HEADER_BYTES) return at
      const length = u16be(bytes, at + 4)
      if (length < HEADER_BYTES) {
        this.#skip(HEADER_BYTES)
        at += HEADER_BYTES
        continue
      }
      const packetEnd = at + length
      if (packetEnd > end) return at
      at = this.#packet(bytes, at, packetEnd)
    }
    return end
  }

  /** Hands on one packet, unless it is broken and another begins inside it. */
  #packet(bytes: Buffer, start: number, end: number): number {
    if (!chunksFit(bytes, start + HEADER_BYTES, end)) {
      const next = nextMagic(bytes, start + 4)
      if (next < end) {
        this.#skip(next - start)
        return next
      }
    }
    this.garbageBytesInRow = 0
    this.#take(bytes, start, end)
    return end
  }

  #skip(count: number): void {
    this.garbageBytes += count
    this.garbageBytesInRow += count
  }

  #hold(bytes: Buffer, from: number): void {
    const length = bytes.length - from
    if (this.#held.length < length) this.#held = Buffer.allocUnsafe(PACKET_BYTES_MAX)
    bytes.copy(this.#held, 0, from)
    this.#heldBytes = length
  }
}

/** False where the bytes cannot be a packet's beginning, as far as they have come. */
function isMagicSoFar(bytes: Buffer, at: number, end: number): boolean {
  const first = bytes[at]
  if (first !== 0x48 && first !== 0x45) return false
  if (end - at >= 4) {
    const magic = u32be(bytes, at)
    return magic === MAGIC_HEP3 || magic === MAGIC_EEP3
  }
  for (let i = 1; at + i < end; i++) if (bytes[at + i] !== MAGIC_END[i - 1]) return false
  return true
}

/** Where the next magic begins, or may begin at the very end; the end where there is none. */
function nextMagic(bytes: Buffer, from: number): number {
  for (let at = from; ; ) {
    const found = bytes.indexOf(MAGIC_END, at)
    if (found < 0) break
    if (found > from && isMagicSoFar(bytes, found - 1, bytes.length)) return found - 1
    at = found + 1
  }
  for (let at = Math.max(from, bytes.length - 3); at < bytes.length; at++) {
    if (isMagicSoFar(bytes, at, bytes.length)) return at
  }
  return bytes.length
}

/** True when the chunks fill the packet to its end. */
function chunksFit(bytes: Buffer, from: number, end: number): boolean {
  let at = from
  while (at < end) {
    if (end - at < CHUNK_HEADER_BYTES) return false
    const length = u16be(bytes, at + 4)
    if (length < CHUNK_HEADER_BYTES) return false
    at += length
  }
  return at === end
}
