// A store in, what is wrong with it out: blocks whose bytes changed, and messages that are not
// where the index says. Reads everything, changes nothing.
import { FACT_FIELDS, FACT_HASH, FACT_PATH } from '../calls/leg-record.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { isStreamTransport } from '../decode/datagram.ts'
import { SipMessage } from '../sip/message.ts'
import { BLOCK_HEADER_BYTES } from '../store/block-header.ts'
import { digestOf } from '../store/block-packer.ts'
import type { BlockRow, FoundLeg, Position } from '../store/contract.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import { BlockReader } from '../store/block-reader.ts'
import { readMessageBytes } from '../store/message-bytes.ts'
import { locateMessages } from '../calls/trail-rows.ts'

export interface CheckResult {
  readonly blocks: number
  readonly legs: number
  readonly messages: number
  readonly faultCount: number
  /** The first of them, in words. */
  readonly faults: readonly string[]
}

const FAULTS_TOLD_MAX = 100
const LEGS_PER_STEP = 1_000

export async function checkStore(store: OpenStore): Promise<CheckResult> {
  const check = new StoreCheck(store)
  await check.checkBlocks()
  await check.checkLegs()
  return check.result()
}

class StoreCheck {
  readonly #store: OpenStore
  readonly #reader: BlockReader
  readonly #message = new SipMessage()
  readonly #faults: string[] = []
  #blocks = 0
  #legs = 0
  #messages = 0
  #faultCount = 0

  constructor(store: OpenStore) {
    this.#store = store
    this.#reader = new BlockReader(store.blocks, store.index)
  }

  async checkBlocks(): Promise<void> {
    const { index } = this.#store
    for (const day of await index.days()) {
      for (const row of await index.blocks(day)) {
        this.#blocks++
        const wrong = await this.#wrongWith(row)
        if (wrong !== undefined) this.#fault(`block ${row.block} of ${day}: ${wrong}`)
      }
    }
  }

  async #wrongWith({ day, offset, length, digest }: BlockRow): Promise<string | undefined> {
    try {
      const bytes = await this.#store.blocks.read(day, offset, length)
      if (bytes.length < length) return `${bytes.length} of ${length} bytes are there`
      const isSame = digestOf(bytes.subarray(BLOCK_HEADER_BYTES)) === digest
      return isSame ? undefined : 'its bytes are not those that were written'
    } catch (error) {
      return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  async checkLegs(): Promise<void> {
    let after: Position | undefined
    for (;;) {
      const legs: readonly FoundLeg[] = await this.#store.index.findLegs(
        {},
        { limit: LEGS_PER_STEP, order: 'oldest', ...(after === undefined ? {} : { after }) },
      )
      for (const leg of legs) await this.#checkLeg(leg)
      after = legs.at(-1)?.position
      if (legs.length < LEGS_PER_STEP) return
    }
  }

  result(): CheckResult {
    return {
      blocks: this.#blocks,
      legs: this.#legs,
      messages: this.#messages,
      faultCount: this.#faultCount,
      faults: this.#faults,
    }
  }

  async #checkLeg(leg: FoundLeg): Promise<void> {
    this.#legs++
    const trail = decodeTrail(leg.trail, REF_SCALE)
    for (const [i, { row, pieces }] of locateMessages(leg, trail).entries()) {
      this.#messages++
      try {
        const bytes = await readMessageBytes(this.#reader, pieces, leg.position.day)
        const at = i * FACT_FIELDS
        const path = trail.paths[trail.facts[at + FACT_PATH] ?? 0]
        const isSame = this.#hashOf(bytes, path?.transport ?? 0) === trail.facts[at + FACT_HASH]
        if (!isSame) this.#fault(`message ${row.messageId} of leg ${leg.legKey}: other bytes`)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        this.#fault(`message ${row.messageId} of leg ${leg.legKey}: ${reason}`)
      }
    }
  }

  /**
   * The hash that the line took of these bytes: in a datagram, octets behind the body are no part
   * of the message. Undefined where they are no message any more.
   */
  #hashOf(bytes: Buffer, transport: number): number | undefined {
    const message = this.#message
    const isDatagram = !isStreamTransport(transport)
    if (!message.read(bytes, 0, bytes.length, { isDatagram })) return undefined
    return message.hash32(message.start, message.end)
  }

  #fault(words: string): void {
    this.#faultCount++
    if (this.#faults.length < FAULTS_TOLD_MAX) this.#faults.push(words)
  }
}
