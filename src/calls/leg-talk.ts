// What the descriptions of one leg say of who wants sound in, the first stretch in which both sides
// of an answered call wanted it both ways out: then each of them has to send. On hold, before the
// answer and from the switch to fax on, silence is as it should be (RFC 3264 §8.4).
import type { Side } from './leg.ts'
import type { Talk } from './stream-record.ts'

/** What one side said, and in which exchange of offer and answer. */
interface Said {
  readonly side: Side
  readonly exchange: number
  /** See SdpEnds. */
  readonly isTwoWay: boolean
}

export class LegTalk {
  readonly #said = new Map<Side, Said>()
  #offered: Said | undefined
  #fromUs: number | null = null
  #untilUs: number | null = null

  /** Takes a description that holds at once, or when its exchange is accepted. */
  describe(said: Said, isOnTrial: boolean): void {
    if (isOnTrial) this.#offered = said
    else this.#said.set(said.side, said)
  }

  accept(exchange: number): void {
    if (this.#offered?.exchange !== exchange) return
    this.#said.set(this.#offered.side, this.#offered)
    this.#offered = undefined
  }

  refuse(exchange: number): void {
    if (this.#offered?.exchange === exchange) this.#offered = undefined
  }

  /** Says how it is since `tUs`, once all that a message says was taken. */
  settle(tUs: number, isAnswered: boolean): void {
    const isTwoWay = (side: Side) => this.#said.get(side)?.isTwoWay === true
    const isTalking = isAnswered && isTwoWay('caller') && isTwoWay('callee')
    if (isTalking) this.#fromUs ??= tUs
    else if (this.#fromUs !== null) this.#untilUs ??= tUs
  }

  /** The stretch as far as it is known at `nowUs`. */
  until(nowUs: number): Talk | null {
    if (this.#fromUs === null) return null
    return { fromUs: this.#fromUs, untilUs: Math.max(this.#fromUs, this.#untilUs ?? nowUs) }
  }
}
