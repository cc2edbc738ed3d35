// What can be made of a call's sound, as types: the order and the answer as they cross between the
// server's thread and the one that makes sound.
import type { SoundLayout } from '../audio/sound.ts'
import type { SoundFormat } from './sound-file.ts'

/** What is wanted of a call's sound. */
export type SoundWish =
  | { readonly kind: 'sound'; readonly format: SoundFormat; readonly layout: SoundLayout }
  /** Outline of both sides: see audio/peaks.ts. */
  | { readonly kind: 'peaks' }
  /** Picture of one side, or of both added. */
  | { readonly kind: 'spectrogram'; readonly layout: Exclude<SoundLayout, 'stereo'> }
  /** Everything that was found in it, as JSON. */
  | { readonly kind: 'findings' }

/** Where the thread finds calls, and the secrets of those whose keys were agreed on by DTLS. */
export interface SoundPlace {
  readonly dataFolder: string
  readonly keyLogFile?: string | undefined
}

export interface SoundOrder {
  readonly id: number
  /** The legs that may be heard: what the asker may see. */
  readonly legKeys: readonly string[]
  readonly wish: SoundWish
  /** Where the file is put; it is there whole or not at all. */
  readonly path: string
}

export type SoundAnswer =
  /** Whole: of all packets, none of which was in a block that is lost or damaged. */
  | { readonly id: number; readonly isMade: true; readonly isWhole: boolean }
  | {
      readonly id: number
      readonly isMade: false
      readonly failureKind: string
      readonly reason: string
    }
