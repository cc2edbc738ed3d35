// The messages of a leg in, their order, when a side put the call on hold out: it offered to send
// alone, or nothing at all, and the other one accepted (RFC 3264 §8.4). What a session begins with
// is no hold, and neither is what an answer takes up.
import { finding, type MediaFinding } from '../audio/findings/media-finding.ts'
import { SOUND_SIDES, type SoundSide } from '../audio/sound.ts'
import type { SipMessage } from '../sip/message.ts'
import type { Media, SessionDescription } from '../sip/sdp/session-description.ts'

/** Holds of one leg that are told. */
const HOLDS_MAX = 1_000

/** How a side wants the sound, as an offer within the call has it. */
type Wish = 'both ways' | 'sending alone' | 'silent'

/** The latest offer of a side; without a wish it asks the other one to offer. */
interface Offer {
  readonly request: string
  readonly wish: Wish | undefined
}

export class HoldFindings {
  readonly #found: MediaFinding[] = []
  /** Those that were not answered yet. */
  readonly #offered = new Map<SoundSide, Offer>()
  /** Since when a side holds the call. */
  readonly #heldUs = new Map<SoundSide, number>()
  #lastUs = 0

  /** Takes a message; `side` sent it, or the request that it answers. */
  read(message: SipMessage, side: SoundSide, tUs: number): void {
    this.#lastUs = Math.max(this.#lastUs, tUs)
    const { isRequest, method, cseq } = message
    if (!isRequest) this.#answer(message, side, tUs)
    else if (method === 'BYE') this.#end(tUs)
    else if (message.to?.tag === undefined) return
    else if (method === 'INVITE' || method === 'UPDATE') {
      const request = `${method} ${cseq?.number}`
      this.#offered.set(side, { request, wish: wishOf(message.sdp) })
    } else if (method === 'ACK' && this.#offered.get(side)?.request === `INVITE ${cseq?.number}`) {
      this.#offered.delete(side)
      this.#settle(side, wishOf(message.sdp), tUs)
    }
  }

  /** What was found, once all messages were read. */
  finish(): readonly MediaFinding[] {
    this.#end(this.#lastUs)
    return this.#found
  }

  #answer({ statusCode, cseq }: SipMessage, side: SoundSide, tUs: number): void {
    const offer = this.#offered.get(side)
    if (offer?.request !== `${cseq?.method} ${cseq?.number}` || statusCode < 200) return
    const isAccepted = statusCode < 300
    // Where the other side offers, the ACK answers.
    if (isAccepted && offer.wish === undefined) return
    this.#offered.delete(side)
    if (isAccepted) this.#settle(side, offer.wish, tUs)
  }

  #settle(side: SoundSide, wish: Wish | undefined, tUs: number): void {
    if (wish === undefined) return
    const sinceUs = this.#heldUs.get(side)
    if (wish === 'both ways') {
      if (sinceUs !== undefined) this.#tell(side, sinceUs, tUs)
      this.#heldUs.delete(side)
      return
    }
    // Whoever is held and refreshes the session says what it was told.
    const isHeld = SOUND_SIDES.some((other) => other !== side && this.#heldUs.has(other))
    if (sinceUs === undefined && !(isHeld && wish === 'silent')) this.#heldUs.set(side, tUs)
  }

  #end(tUs: number): void {
    for (const [side, sinceUs] of this.#heldUs) this.#tell(side, sinceUs, tUs, ', until its end')
    this.#heldUs.clear()
  }

  #tell(side: SoundSide, startUs: number, endUs: number, until = ''): void {
    if (this.#found.length >= HOLDS_MAX) return
    const seconds = Math.round((endUs - startUs) / 1e6)
    const text = `${side} puts the call on hold for ${seconds} s${until}`
    this.#found.push(finding({ kind: 'hold', side, startUs, endUs, text }))
  }
}

/** Undefined where a description has no sound. */
function wishOf(sdp: SessionDescription | undefined): Wish | undefined {
  const sounds = sdp?.media.filter(({ type, port }) => type === 'audio' && port !== 0) ?? []
  if (sounds.length === 0) return undefined
  if (sounds.some((media) => !isHeld(media))) return 'both ways'
  return sounds.some(({ direction }) => direction === 'sendonly') ? 'sending alone' : 'silent'
}

/** With candidates to come the address may be none yet (RFC 8840 §4.1.1). */
function isHeld({ direction, isHeld: isSilenced, iceUfrag }: Media): boolean {
  return iceUfrag === undefined ? isSilenced : direction === 'sendonly' || direction === 'inactive'
}
