// What crosses between the recorder and the thread that makes sound: plain values alone.
import type { SoundFormat } from '../store/recordings/recording.ts'
import type { PressedKey } from './pressed-keys.ts'

/** Where the thread finds calls, and the secrets of those whose keys were agreed on by DTLS. */
export interface RenderPlace {
  readonly dataFolder: string
  readonly keyLogFile?: string
}

export interface RenderOrder {
  readonly id: number
  /** Legs of the call, of which the best captured ones are heard. */
  readonly legKeys: readonly string[]
  /** Of a recording session: who is heard on which port of the server. */
  readonly sides?: readonly (readonly [port: number, side: 'caller' | 'callee'])[]
  /** Only what was said in between, µs since 1970. */
  readonly startUs?: number
  readonly endUs?: number
  readonly pauses: readonly { readonly startUs: number; readonly endUs: number }[]
  readonly format: SoundFormat
  readonly channels: 1 | 2
  /** Where the file goes. */
  readonly path: string
}

/** Asks for the keys that were pressed in a call. */
export interface KeysOrder {
  readonly id: number
  readonly keysOf: readonly string[]
}

export type ThreadOrder = RenderOrder | KeysOrder

/** What was made. */
export interface RenderedSound {
  readonly bytes: number
  readonly startUs: number
  readonly durationMs: number
  readonly channels: number
  readonly sampleRateHz: number
  readonly digest: string
}

export type ThreadAnswer =
  | { readonly kind: 'rendered'; readonly id: number; readonly sound: RenderedSound }
  | { readonly kind: 'keys'; readonly id: number; readonly keys: readonly PressedKey[] }
  | {
      readonly kind: 'failed'
      readonly id: number
      readonly failureKind: string
      readonly reason: string
    }
