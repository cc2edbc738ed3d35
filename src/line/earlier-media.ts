// A store and a time in; what was said by then of the media of calls that go on out. A file that
// was rotated, a day of live traffic and a server that was started again begin in the middle of
// calls: whose the streams are that they meet was said before.
import { DAY_US, type Day } from '../base/day.ts'
import { limits } from '../base/limits.ts'
import type { MessageRow } from '../calls/leg.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { defaultMediaTimes } from '../calls/media-times.ts'
import { type MediaNotice, SdpBacklog, sdpBacklogBytes } from '../calls/sdp-backlog.ts'
import { compareMessages, type LocatedMessage, locateMessages } from '../calls/trail-rows.ts'
import { Kernel } from '../kernel/kernel.ts'
import { SipMessage } from '../sip/message.ts'
import { BlockReader } from '../store/block-reader.ts'
import type { FoundLeg, LegIndex } from '../store/contract.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import { readMessageBytes } from '../store/message-bytes.ts'

/** Calls that began longer ago are not looked for. */
const CALL_US_MAX = DAY_US
/** Blocks that are unpacked side by side. */
const READ_AT_ONCE = 16
/** Of a leg that says more, its first messages tell who called and its last ones how it stands. */
const FIRST_MESSAGES = 4
const LAST_MESSAGES = 12

/** Methods whose requests and answers may describe a session (RFC 3261 §13, 3262, 3311). */
const DESCRIBING: readonly string[] = ['INVITE', 'ACK', 'PRACK', 'UPDATE']

/** A place in the store that is behind every other. */
const BEHIND_ALL = [{ ref: Number.POSITIVE_INFINITY, offset: 0, length: 0 }]

interface Said {
  readonly message: LocatedMessage
  /** The day of its leg. */
  readonly day: Day
}

/**
 * What the messages before `tUs` say, oldest first. Their places are behind all others: a line that
 * must begin anew is told them again, and need not read them. What cannot be read is left out.
 */
export async function earlierMedia(
  store: Pick<OpenStore, 'blocks' | 'index'>,
  tUs: number,
): Promise<MediaNotice[]> {
  const span = { startUs: tUs - CALL_US_MAX, endUs: tUs }
  const page = { limit: limits.earlierLegsMax, order: 'newest' } as const
  const said: Said[] = []
  for (const leg of await store.index.findLegs({ goesOn: true, ...span }, page)) {
    if (await isHeardOf(store.index, leg, tUs)) said.push(...saidOf(leg, tUs))
  }
  said.sort((a, b) => compareMessages(a.message, b.message))
  return noticesOf(said, new BlockReader(store.blocks, store.index))
}

/** Whether it said or sent something shortly before; the end of one that did not went unseen. */
async function isHeardOf(index: LegIndex, leg: FoundLeg, tUs: number): Promise<boolean> {
  const { callId } = leg
  if (callId === null) return false
  const sinceUs = tUs - defaultMediaTimes.idleUs
  const { startUs, lastUs } = leg.summary
  if (lastUs >= sinceUs) return true
  const streams = await index.streamsOfLeg({ callId, startUs, lastUs: tUs })
  return streams.some(({ record }) => record.endUs >= sinceUs)
}

function saidOf(leg: FoundLeg, tUs: number): Said[] {
  const messages = locateMessages(leg, decodeTrail(leg.trail, REF_SCALE))
    .filter(({ row }) => row.tUs < tUs && mayDescribe(row))
    .map((message) => ({ message, day: leg.position.day }))
  if (messages.length <= FIRST_MESSAGES + LAST_MESSAGES) return messages
  return [...messages.slice(0, FIRST_MESSAGES), ...messages.slice(-LAST_MESSAGES)]
}

function mayDescribe({ method, status, isRetransmission }: MessageRow): boolean {
  if (isRetransmission || !DESCRIBING.includes(method)) return false
  return status === null || status > 100
}

async function noticesOf(said: readonly Said[], reader: BlockReader): Promise<MediaNotice[]> {
  if (said.length === 0) return []
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
