// The messages of a recording session in, in order, and what they told of the recorded call out:
// who took part from when to when, and who is heard on which media section. Values alone, so that a
// session that was answered here, one that was captured, and one read again from the store agree.
//
// RFC 7865 §5 (the model), RFC 7866 §7 and §9 (labels, and how metadata follows the call).
import type { SessionDescription } from '../sip/sdp/session-description.ts'
import { siprecLimits } from './limits.ts'
import type { RecordingMetadata } from './metadata.ts'
import { type Note, noteNothing } from './problems.ts'

/** One step of a recording session. */
export type SessionStep =
  /** An INVITE or UPDATE of the client with what it carried. */
  | {
      readonly kind: 'request'
      readonly tUs: number
      readonly sdp?: SessionDescription | undefined
      readonly metadata?: RecordingMetadata | undefined
    }
  /** The server's answer to the last offer: the ports that it takes media on. */
  | { readonly kind: 'answer'; readonly tUs: number; readonly sdp: SessionDescription }
  | { readonly kind: 'end'; readonly tUs: number }

export interface SessionParticipant {
  readonly participantId: string
  readonly aor: string | null
  readonly displayName: string | null
  readonly joinedUs: number
  readonly leftUs: number | null
}

/** A media section of the recording session, by its place in the description. */
export interface SessionMedia {
  readonly index: number
  readonly label: string | null
  /** audio, video … */
  readonly type: string
  /** Where the server took it in, in the order of the answers. */
  readonly ports: readonly number[]
  /** Everybody who was ever heard on it, in the order in which they came. */
  readonly senders: readonly string[]
}

export interface SessionEvent {
  readonly tUs: number
  readonly kind: 'joined' | 'left' | 'held' | 'unheld'
  readonly participantId: string
}

export interface RecordedSession {
  readonly startUs: number
  readonly endUs: number | null
  readonly participants: readonly SessionParticipant[]
  readonly media: readonly SessionMedia[]
  /** In order of time. */
  readonly events: readonly SessionEvent[]
  /** What may name the recorded call: Call-IDs, and UUIDs of its Session-ID headers. */
  readonly callIds: readonly string[]
  readonly sipSessionIds: readonly string[]
}

interface OpenParticipant {
  aor: string | null
  displayName: string | null
  joinedUs: number
  leftUs: number | null
  isHeld: boolean
}

interface OpenMedia {
  label: string | null
  type: string
  isActive: boolean
  readonly ports: number[]
  readonly senders: Set<string>
}

/** Puts the steps of one recording session together. */
export class SessionFold {
  readonly #note: Note
  readonly #participants = new Map<string, OpenParticipant>()
  readonly #media: OpenMedia[] = []
  readonly #events: SessionEvent[] = []
  /**
   * Label by stream id in the order in which they were told; stream ids a participant sends now.
   */
  readonly #labels = new Map<string, string | undefined>()
  readonly #sends = new Map<string, readonly string[]>()
  readonly #callIds = new Set<string>()
  readonly #sipSessionIds = new Set<string>()
  #startUs: number | undefined
  #endUs: number | null = null

  constructor(note: Note = noteNothing) {
    this.#note = note
  }

  push(step: SessionStep): void {
    this.#startUs ??= step.tUs
    if (step.kind === 'request') {
      if (step.metadata !== undefined) this.#takeMetadata(step.metadata, step.tUs)
      if (step.sdp !== undefined) this.#takeOffer(step.sdp)
      const sections = this.#sectionsByStream()
      this.#joinByDirections(sections, step.tUs)
      this.#noteHolds(sections, step.tUs)
    } else if (step.kind === 'answer') this.#takeAnswer(step.sdp)
    else this.#end(step.tUs)
  }

  /** The session as far as it has come. */
  result(): RecordedSession {
    const media = this.#media.map(({ isActive: _, senders, ...one }, index) => {
      return { index, ...one, senders: [...senders] }
    })
    const participants = [...this.#participants].map(([participantId, one]) => {
      const { aor, displayName, joinedUs, leftUs } = one
      return { participantId, aor, displayName, joinedUs, leftUs }
    })
    return {
      startUs: this.#startUs ?? 0,
      endUs: this.#endUs,
      participants,
      media: withGuessedSenders(media, [...this.#participants.keys()]),
      events: this.#events.toSorted((a, b) => a.tUs - b.tUs),
      callIds: [...this.#callIds],
      sipSessionIds: [...this.#sipSessionIds],
    }
  }

  #takeMetadata(metadata: RecordingMetadata, tUs: number): void {
    for (const { sipSessionIds } of metadata.sessions) {
      for (const value of sipSessionIds) this.#addSessionIds(value)
    }
    for (const callId of metadata.callIds) addName(this.#callIds, callId)
    this.#takeStreams(metadata)
    // Whoever leaves goes before whoever comes instead.
    if (!metadata.isPartial) this.#leaveUnlisted(metadata, tUs)
    for (const { participantId, disassociatedUs } of metadata.memberships) {
      if (disassociatedUs === undefined) continue
      this.#leave(participantId, this.#plausible(disassociatedUs, tUs))
    }
    for (const { participantId, aor, displayName } of metadata.participants) {
      const known = this.#participant(participantId, tUs)
      known.aor = aor ?? known.aor
      known.displayName = displayName ?? known.displayName
    }
    for (const { participantId, associatedUs, disassociatedUs } of metadata.memberships) {
      this.#participant(participantId, this.#plausible(associatedUs, tUs))
      if (disassociatedUs !== undefined) {
        this.#leave(participantId, this.#plausible(disassociatedUs, tUs))
      } else this.#comeBack(participantId, tUs)
    }
    for (const { participantId, sends } of metadata.directions) {
      this.#participant(participantId, tUs)
      if (!this.#participants.has(participantId)) continue
      // Whoever sends more streams than there can be sections sends those of none.
      this.#sends.set(participantId, sends.slice(0, siprecLimits.mediaPerSessionMax))
    }
  }

  /** A snapshot lists all streams: what it lists no more has no section any longer. */
  #takeStreams({ isPartial, streams }: RecordingMetadata): void {
    const before = new Map(this.#labels)
    if (!isPartial && streams.length > 0) this.#labels.clear()
    for (const { streamId, label } of streams) {
      const isKnown = this.#labels.has(streamId)
      if (!isKnown && this.#labels.size >= siprecLimits.metadataElementsMax) {
        this.#note('siprec.metadata.too-many', 'too many streams of one session')
        return
      }
      this.#labels.set(streamId, label ?? before.get(streamId))
    }
  }

  /** A snapshot lists everybody who is there; whoever it lists no more has left. */
  #leaveUnlisted(metadata: RecordingMetadata, tUs: number): void {
    const listed = new Set([
      ...metadata.participants.map(({ participantId }) => participantId),
      ...metadata.memberships.map(({ participantId }) => participantId),
      ...metadata.directions.map(({ participantId }) => participantId),
    ])
    if (listed.size === 0) return
    for (const participantId of this.#participants.keys()) {
      if (!listed.has(participantId)) this.#leave(participantId, tUs)
    }
  }

  #takeOffer(sdp: SessionDescription): void {
    for (const [index, section] of sdp.media.entries()) {
      const label = section.attributes.find(({ name }) => name === 'label')?.value ?? null
      const isActive = section.port !== 0 && section.direction.startsWith('send')
      const known = this.#media[index]
      if (known === undefined) {
        if (index >= siprecLimits.mediaPerSessionMax) return
        this.#media.push({ label, type: section.type, isActive, ports: [], senders: new Set() })
      } else {
        known.label = label ?? known.label
        known.isActive = isActive
      }
    }
  }

  #takeAnswer(sdp: SessionDescription): void {
    for (const [index, { port }] of sdp.media.entries()) {
      const ports = this.#media[index]?.ports
      if (port !== 0 && ports !== undefined && !ports.includes(port)) ports.push(port)
    }
  }

  /** Whoever sends a stream is heard on its media section. */
  #joinByDirections(sections: ReadonlyMap<string, OpenMedia>, tUs: number): void {
    for (const [participantId, streamIds] of this.#sends) {
      const { leftUs } = this.#participant(participantId, tUs)
      if (leftUs !== null) continue
      for (const streamId of streamIds) sections.get(streamId)?.senders.add(participantId)
    }
  }

  /** On hold is who is there and sends on sections that are all switched off (RFC 8068 §3.3). */
  #noteHolds(all: ReadonlyMap<string, OpenMedia>, tUs: number): void {
    for (const [participantId, one] of this.#participants) {
      const streamIds = this.#sends.get(participantId)
      if (one.leftUs !== null || streamIds === undefined) continue
      const sections = streamIds.flatMap((streamId) => all.get(streamId) ?? [])
      // A stream without a section says nothing: only a section can be switched off.
      const isOff = sections.length > 0 && !sections.some(({ isActive }) => isActive)
      const isHeld = streamIds.length === 0 || isOff
      if (isHeld === one.isHeld) continue
      one.isHeld = isHeld
      this.#happened(tUs, isHeld ? 'held' : 'unheld', participantId)
    }
  }

  /**
   * The media section of each stream, by label. Some clients number the streams and label the
   * sections otherwise; where no label fits at all, the first stream is that of the first section,
   * and so on.
   */
  #sectionsByStream(): ReadonlyMap<string, OpenMedia> {
    const byLabel = new Map<string, OpenMedia>()
    for (const media of this.#media) {
      if (media.label !== null && !byLabel.has(media.label)) byLabel.set(media.label, media)
    }
    const hasFit = [...this.#labels.values()].some((label) => label && byLabel.has(label))
    const sections = new Map<string, OpenMedia>()
    for (const [i, [streamId, label]] of [...this.#labels].entries()) {
      const media = hasFit ? label && byLabel.get(label) : this.#media[i]
      if (media) sections.set(streamId, media)
      else this.#note('siprec.label.unknown', `a media section with label ${label ?? '?'} expected`)
    }
    return sections
  }

  #participant(participantId: string, tUs: number): OpenParticipant {
    let known = this.#participants.get(participantId)
    if (known === undefined) {
      known = { aor: null, displayName: null, joinedUs: tUs, leftUs: null, isHeld: false }
      if (this.#participants.size >= siprecLimits.metadataElementsMax) {
        this.#note('siprec.metadata.too-many', 'too many participants of one session')
        return known
      }
      this.#participants.set(participantId, known)
      this.#happened(tUs, 'joined', participantId)
    }
    return known
  }

  #leave(participantId: string, tUs: number): void {
    const one = this.#participants.get(participantId)
    if (one === undefined || one.leftUs !== null) return
    one.leftUs = tUs
    this.#happened(tUs, 'left', participantId)
  }

  #comeBack(participantId: string, tUs: number): void {
    const one = this.#participants.get(participantId)
    if (one === undefined || one.leftUs === null) return
    one.leftUs = null
    this.#happened(tUs, 'joined', participantId)
  }

  #end(tUs: number): void {
    this.#endUs ??= tUs
    for (const participantId of this.#participants.keys()) this.#leave(participantId, tUs)
  }

  #happened(tUs: number, kind: SessionEvent['kind'], participantId: string): void {
    if (this.#events.length >= siprecLimits.eventsPerSessionMax) return
    this.#events.push({ tUs, kind, participantId })
  }

  /**
   * The client's own time counts where it can be true: not before the session, not after the
   * message that tells it. Its clock may be off by hours, and our packets' clock orders the rest.
   */
  #plausible(told: number | undefined, tUs: number): number {
    return told !== undefined && told >= (this.#startUs ?? tUs) && told <= tUs ? told : tUs
  }

  #addSessionIds(value: string): void {
    for (const [uuid] of value
      .toLowerCase()
      .replaceAll('-', '')
      .matchAll(/[0-9a-f]{32}/g)) {
      if (!/^0*$/.test(uuid)) addName(this.#sipSessionIds, uuid)
    }
  }
}

function addName(names: Set<string>, name: string): void {
  if (names.size < siprecLimits.callNamesMax) names.add(name)
}

/** Clients that tell no directions still list participants and sections in one order. */
function withGuessedSenders(
  media: readonly SessionMedia[],
  participants: readonly string[],
): readonly SessionMedia[] {
  const isTold = media.some(({ senders }) => senders.length > 0)
  if (isTold || participants.length !== media.length) return media
  return media.map((one, i) => ({ ...one, senders: participants.slice(i, i + 1) }))
}
