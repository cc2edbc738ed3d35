// Stored legs in, what their messages say of media out: their descriptions, and what ended them.
import type { Day } from '../base/day.ts'
import { limits } from '../base/limits.ts'
import type { MessageRow } from '../calls/leg.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { type MediaNotice, SdpBacklog, sdpBacklogBytes } from '../calls/sdp-backlog.ts'
import { compareMessages, type LocatedMessage, locateMessages } from '../calls/trail-rows.ts'
import { Kernel } from '../kernel/kernel.ts'
import { SipMessage } from '../sip/message.ts'
import type { BlockReader } from '../store/block-reader.ts'
import type { FoundLeg } from '../store/contract.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import { readMessageBytes } from '../store/message-bytes.ts'

/** Blocks that are unpacked side by side. */
const READ_AT_ONCE = 16
/** Of a leg that says more, its first messages tell who called and its last ones how it stands. */
const FIRST_MESSAGES = 4
const LAST_MESSAGES = 12

/** Methods whose requests and answers may describe a session (RFC 3261 §13, 3262, 3311). */
const DESCRIBING: readonly string[] = ['INVITE', 'ACK', 'PRACK', 'UPDATE']

/** A place in the store that is behind every other. */
const BEHIND_ALL = [{ ref: Number.POSITIVE_INFINITY, offset: 0, length: 0 }]

export interface Said {
  readonly message: LocatedMessage
  /** The day of its leg. */
  readonly day: Day
}

/** The messages of a leg before `tUs` that may say something of its media. */
export function saidOf(leg: FoundLeg, tUs: number): Said[] {
  const messages = locateMessages(leg, decodeTrail(leg.trail, REF_SCALE))
    .filter(({ row }) => row.tUs < tUs && mayTell(row))
    .map((message) => ({ message, day: leg.position.day }))
  if (messages.length <= FIRST_MESSAGES + LAST_MESSAGES) return messages
  return [...messages.slice(0, FIRST_MESSAGES), ...messages.slice(-LAST_MESSAGES)]
}

function mayTell({ method, status, isRetransmission }: MessageRow): boolean {
  if (isRetransmission) return false
  if (status === null) return method === 'BYE' || DESCRIBING.includes(method)
  return status > 100 && DESCRIBING.includes(method)
}

/**
 * What messages say, oldest first. Their places are behind all others: a line that must begin anew
 * is told them again, and need not read them. What cannot be read is left out.
 */
export async function noticesOf(said: Said[], reader: BlockReader): Promise<MediaNotice[]> {
  if (said.length === 0) return []
  said.sort((a, b) => compareMessages(a.message, b.message))
  const backlog = new SdpBacklog(new Kernel(sdpBacklogBytes(limits)), limits)
  const message = new SipMessage()
  const notices: MediaNotice[] = []
  for (let at = 0; at < said.length; at += READ_AT_ONCE) {
    const some = said.slice(at, at + READ_AT_ONCE)
    const reading = some.map((one) => readMessageBytes(reader, one.message.pieces, one.day))
    for (const [i, read] of (await Promise.allSettled(reading)).entries()) {
      if (read.status === 'rejected' || !message.read(read.value, 0, read.value.length)) continue
      const tUs = some[i]?.message.row.tUs ?? 0
      backlog.push(message, { tUs, pieces: BEHIND_ALL })
      backlog.drain((notice) => notices.push(notice))
    }
  }
  return notices
}
