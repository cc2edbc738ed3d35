// What rendering takes and what it gives, as types: captured RTP packets and what SDP said of their
// streams in, pieces of sound in true time out. Only shapes; render-sound.ts does the work.
import type { SrtpKey } from '../rtp/srtp/srtp-key.ts'

/** Who is heard. In a stereo sound the caller is the left channel, the callee the right one. */
export type SoundSide = 'caller' | 'callee'

/** Both sides, in the order of the channels. */
export const SOUND_SIDES: readonly SoundSide[] = ['caller', 'callee']

/** What an rtpmap says of a payload type, or RFC 3551 of a static one. */
export interface SoundCodec {
  /** As SDP writes it; compared without regard to case. */
  readonly name: string
  /** Clock of the RTP timestamps; for G.722 that is 8000 (RFC 3551 §4.5.2). */
  readonly clockRateHz: number
  readonly channels: number
  /** Format parameters as written. */
  readonly fmtp?: string | undefined
}

/** One SSRC in one direction, with what is needed to hear it. */
export interface SoundStream {
  /** Names the stream in its packets; any number, unique within one rendering. */
  readonly id: number
  readonly ssrc: number
  readonly side: SoundSide
  /** By payload type: everything that either description named, RFC 3551's own where it did not. */
  readonly codecs: ReadonlyMap<number, SoundCodec>
  /** SDP said SRTP (RTP/SAVP, a=crypto, a=fingerprint). */
  readonly isEncrypted: boolean
  /** Master keys that its sender may have used, in any order; the right one is found by trying. */
  readonly keys: readonly SrtpKey[]
}

/** One RTP packet as it was captured. */
export interface CapturedRtp {
  readonly streamId: number
  /** When it was captured, µs since 1970. */
  readonly tUs: number
  /**
   * The whole packet from the first byte of its RTP header, still encrypted where it was. May share
   * memory with the block that it came from: nobody writes to it, and it stays as it is.
   */
  readonly bytes: Uint8Array
}

/** RTP packets of all streams of one rendering in the order in which they were captured. */
export type CapturedRtpSource = AsyncIterable<CapturedRtp> | Iterable<CapturedRtp>

/** Why a stretch of a channel holds nothing that was sent. */
export type GapReason =
  /** Packets are missing by their sequence numbers; the beginning was concealed. */
  | 'lost'
  /** The sender sent nothing: silence suppression, hold, or not begun yet. */
  | 'unsent'
  /** Packets came and could not be heard: no key, no decoder, or damaged. */
  | 'unheard'

/** A stretch without sound of its own, in true time. */
export interface SoundGap {
  readonly side: SoundSide
  readonly startUs: number
  readonly endUs: number
  readonly reason: GapReason
}

/**
 * The next stretch of a sound: samples from -1 to 1, one array for each channel, all of one length.
 * Pieces follow each other without a hole; what was not sent is silence.
 */
export interface SoundPiece {
  /** Samples (of one channel) before this piece. */
  readonly startSample: number
  readonly channels: readonly Float32Array[]
}

/** How a sound shall be put together. */
export type SoundLayout =
  /** Two channels: caller left, callee right. */
  | 'stereo'
  /** One channel: both sides added, with a guard against clipping. */
  | 'mixed'
  /** One channel: one side alone. */
  | SoundSide

/** A sound that is being made: what is known before its first sample, and the samples. */
export interface Sound {
  readonly sampleRateHz: number
  readonly channels: number
  /** Time of the first sample, µs since 1970. */
  readonly startUs: number
  readonly pieces: AsyncIterable<SoundPiece>
  /** What was seen on the way; complete once the pieces have ended. */
  readonly account: SoundAccount
}

/** What became of the packets of one stream. */
export interface StreamAccount {
  readonly streamId: number
  packets: number
  /** Packets whose sound is in the result. */
  heard: number
  duplicates: number
  /** Came after their place had been rendered already. */
  late: number
  /** Missing sequence numbers. */
  lost: number
  /** Timestamp jumps and pauses after which the place was taken from the capture time. */
  realigned: number
  /** Failed authentication with every key. */
  unauthentic: number
  /** Whole stretches that no decoder takes, by codec name. */
  readonly undecodable: Map<string, number>
}

/** What was seen while a sound was made. */
export interface SoundAccount {
  readonly streams: readonly StreamAccount[]
  /** In order of their start; at most `soundLimits.gapsMax`, the rest counted. */
  readonly gaps: SoundGap[]
  gapsLeftOut: number
  /** Samples of one channel handed out so far. */
  samples: number
}

/** Options of a rendering. */
export interface RenderOptions {
  readonly layout: SoundLayout
  /** Rate of the result; without it the highest rate that any of the streams' codecs has. */
  readonly sampleRateHz?: number
  /** Begins and ends the sound; without them the first and the last packet do. */
  readonly startUs?: number
  readonly endUs?: number
}

/**
 * Makes sound of payloads that we have no decoder for ourselves: the system's ffmpeg, in practice.
 * Payloads are those of one stream in the order of their sequence numbers, each whole.
 * @returns samples (-1 to 1) of each payload, one channel, at `sampleRateHz`
 * @throws Failure `unavailable` naming the program that is missing
 */
export interface ForeignDecoder {
  (codec: SoundCodec, payloads: readonly Uint8Array[]): Promise<ForeignSound>
}

export interface ForeignSound {
  readonly sampleRateHz: number
  readonly samples: readonly Float32Array[]
}
