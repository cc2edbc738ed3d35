// The legs of a call in, everything that is heard or told of its sound out: what its packets sound
// like, and what its messages say of digits and fax.
import { ANALYSIS_RATE_HZ, SoundAnalyser } from '../audio/findings/analyse-sound.ts'
import type { AnsweredBy, MediaFinding } from '../audio/findings/media-finding.ts'
import { renderSound } from '../audio/render-sound.ts'
import { SOUND_SIDES, type SoundGap } from '../audio/sound.ts'
import { isFailure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import { type CallSound, callSoundOf, type SoundReading } from '../query/call-sound.ts'
import type { Finder } from '../query/finder.ts'
import { sipFindings } from '../query/sip-findings.ts'
import { ffmpegDecoder } from './ffmpeg-decoder.ts'
import { requireHeard } from './sound-file.ts'

/** An INFO comes about when its key goes down, or when it is released. */
const SAME_DIGIT_US = 1_000_000
/** Shorter absences are the first and the last packet. */
const ABSENCE_US_MIN = 100_000

export interface CallFindings extends AnsweredBy {
  /** Where the sound begins, µs since 1970; null where there is none. */
  readonly startUs: number | null
  readonly findings: readonly MediaFinding[]
  readonly gaps: readonly SoundGap[]
  /** Why there is nothing of the sound itself; null where it was heard. */
  readonly unheard: string | null
  /**
   * Why some of its packets cannot be read. Where any cannot, nothing is told of what is made out
   * in the sound: a block that was lost sounds like somebody who is silent.
   */
  readonly unread: readonly string[]
}

/** Never throws for a call without sound that can be heard: then only messages tell. */
export async function findCallFindings(
  finder: Finder,
  legs: readonly Leg[],
  { secrets, onUnread }: SoundReading = {},
): Promise<CallFindings> {
  const unread = new Set<string>()
  const reading: SoundReading = {
    secrets,
    onUnread: (reason) => {
      unread.add(reason)
      onUnread?.(reason)
    },
  }
  const told = await sipFindings(finder.messagesWithBytes(legs.slice(0, 1)))
  try {
    const callSound = await callSoundOf(finder, legs, reading)
    const heard = await hear(callSound, unread)
    const findings = [...unheard(told, heard.findings), ...heard.findings].sort(
      (a, b) => a.startUs - b.startUs,
    )
    return { ...heard, findings, unread: [...unread] }
  } catch (error) {
    if (!isFailure(error) || error.kind === 'internal') throw error
    const { message } = error
    return {
      startUs: null,
      findings: told,
      gaps: [],
      unheard: message,
      unread: [...unread],
      answeredBy: null,
      reason: message,
    }
  }
}

/** What messages tell, but for digits that were heard too: phones may send both. */
function unheard(told: readonly MediaFinding[], heard: readonly MediaFinding[]): MediaFinding[] {
  const left = new Set(heard.filter(({ kind }) => kind === 'dtmf'))
  return told.filter(({ kind, digit, side, startUs }) => {
    const same = [...left].find((one) => {
      const isNear = startUs > one.startUs - SAME_DIGIT_US && startUs < one.endUs + SAME_DIGIT_US
      return kind === 'dtmf' && one.digit === digit && one.side === side && isNear
    })
    return same === undefined || !left.delete(same)
  })
}

async function hear(
  callSound: CallSound,
  unread: ReadonlySet<string>,
): Promise<Omit<CallFindings, 'unread'>> {
  const { leg, streams } = callSound
  const analyser = new SoundAnalyser()
  const options = { layout: 'stereo', sampleRateHz: ANALYSIS_RATE_HZ } as const
  const sound = await renderSound(callSound.packets(), streams, options, {
    foreign: ffmpegDecoder(),
    listen: (packet, side) => analyser.hearPacket(packet, side),
  })
  const place = { startUs: sound.startUs, answerUs: leg.answerUs }
  for await (const piece of sound.pieces) analyser.push(piece, place)
  requireHeard(sound.account)
  const { startUs, account } = sound
  if (unread.size > 0) {
    const findings = analyser.events.findings()
    const reason = 'a part of the sound cannot be read'
    return { startUs, findings, gaps: [], unheard: null, answeredBy: null, reason }
  }
  const endUs = startUs + Math.round((account.samples * 1e6) / sound.sampleRateHz)
  const gaps = [...absences(callSound, { startUs, endUs }), ...account.gaps]
  const { findings, answeredBy } = analyser.finish(place, gaps)
  return { startUs, findings, gaps, unheard: null, ...answeredBy }
}

/** When a side had not begun to send yet, had stopped, or never sent at all. */
function absences(
  { streams, sources }: CallSound,
  { startUs, endUs }: { readonly startUs: number; readonly endUs: number },
): SoundGap[] {
  return SOUND_SIDES.flatMap((side): SoundGap[] => {
    const own = sources.filter((_, i) => streams[i]?.side === side)
    const firstUs = Math.min(endUs, ...own.map((source) => source.startUs))
    const lastUs = Math.max(firstUs, ...own.map((source) => source.endUs))
    const before: SoundGap = { side, startUs, endUs: firstUs, reason: 'unsent' }
    const after: SoundGap = { side, startUs: lastUs, endUs, reason: 'unsent' }
    return [before, after].filter((gap) => gap.endUs - gap.startUs > ABSENCE_US_MIN)
  })
}
