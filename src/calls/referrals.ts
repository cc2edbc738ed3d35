// REFERs in, and the INVITEs that begin legs; for such an INVITE, the Call-ID of the dialog within
// which it was asked for out. Whoever is referred calls under another Call-ID (RFC 3515 §2.4.2),
// and no header of that call names the dialog: it is known by where the REFER had gone, and by whom
// it named. Of several that fit the latest is meant; each is good for one leg.
import { cutText } from '../base/cut-text.ts'
import { limits } from '../base/limits.ts'
import type { Ends } from '../decode/datagram.ts'
import type { SipMessage } from '../sip/message.ts'
import { parseNameAddr } from '../sip/name-addr.ts'
import { isSameParty, type Party, partyOf } from './same-number.ts'

/** How a message went, and when. */
type Passage = Ends & { readonly tUs: number }

/** What is kept of a REFER. */
interface Referral {
  /** Of the dialog. */
  readonly callId: string
  /** Whom to call. */
  readonly callee: Party
  /** Address of whoever is to call; its port too where the REFER came from the same host. */
  readonly place: number
  readonly port: number | undefined
  readonly tUs: number
}

/** Most call at once; some ask somebody first. */
const WITHIN_US_MAX = 10_000_000
/** Clocks of two observers differ. */
const BEFORE_US_MAX = 1_000_000
/** REFERs that are kept: a busy switch passes some a second. */
const WAITING_MAX = 256

export class Referrals {
  /** Oldest first. */
  #waiting: readonly Referral[] = []

  /** Keeps a REFER, in place of what its dialog asked the same one for before. */
  add(callId: string, message: SipMessage, { src, dst, dstPort, tUs }: Passage): void {
    const { user } = parseNameAddr(message.header('refer-to') ?? '').uri
    const callee = partyOf(cutText(user, limits.headTextCharsMax))
    if (callee.kind === 'nobody') return
    const port = src === dst ? dstPort : undefined
    const others = this.#waiting.filter((each) => {
      return each.callId !== callId || each.place !== dst || each.port !== port
    })
    this.#waiting = [...others, { callId, callee, place: dst, port, tUs }].slice(-WAITING_MAX)
  }

  /** The dialog within which a call to `to` was asked for of whoever sends it; it is done with. */
  take(to: string | null, { src, srcPort, tUs }: Passage): string | undefined {
    if (this.#waiting.length === 0) return undefined
    const callee = partyOf(to)
    const found = this.#waiting.findLast((each) => {
      if (each.place !== src || (each.port ?? srcPort) !== srcPort) return false
      const afterUs = tUs - each.tUs
      const isInTime = afterUs >= -BEFORE_US_MAX && afterUs <= WITHIN_US_MAX
      return isInTime && isSameParty(each.callee, callee)
    })
    if (found === undefined) return undefined
    // A proxy on its way was asked for it as well.
    this.#waiting = this.#waiting.filter(({ callId }) => callId !== found.callId)
    return found.callId
  }
}
