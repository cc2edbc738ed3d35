// For tests: a recording office over a data folder of its own, into which captures are imported as
// the product imports them; and sound to be recorded and compared.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { FileImporter } from '../line/file-importer.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import type { Recording } from '../store/recordings/recording.ts'
import { type OfficeParts, RecordingOffice } from './recording-office.ts'

const joinSettings = {
  joinHeaders: ['Session-ID', 'X-Call-ID', 'X-CID'],
  joinBy: 'evidence',
  conversationHeaders: [],
} as const

export interface OfficeUnderTest {
  readonly office: RecordingOffice
  readonly finder: StoreFinder
  readonly dataFolder: string
  /** Stands still until a test moves it. */
  readonly clock: { tUs: number; nowUs(): number }
  /** Imports a capture and lets the office do what follows from it. */
  readonly take: (path: string) => Promise<void>
  /** All recordings, oldest first. */
  readonly all: () => Promise<readonly Recording[]>
  /** The bytes of a recording's first sound file. */
  readonly sound: (recording: Recording) => Promise<Buffer>
}

export function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-recorder-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function startOffice(
  t: TestContext,
  parts: Partial<OfficeParts> = {},
): Promise<OfficeUnderTest> {
  const dataFolder = makeFolder(t)
  const clock = { tUs: Date.UTC(2026, 11, 1) * 1000, nowUs: () => clock.tUs }
  const faults: unknown[] = []
  const store = openStore(dataFolder, 'write', (legKeys) => office.recorder.stored(legKeys))
  const finder = new StoreFinder(store)
  const importer = new FileImporter(store, joinSettings)
  const office = new RecordingOffice({
    dataFolder,
    finder,
    clock,
    rules: [],
    trunks: new Map(),
    scopeOf: () => undefined,
    settleUs: 0,
    onFault: (error) => faults.push(error),
    ...parts,
  })
  t.after(async () => {
    await office.close()
    await importer.close()
    await closeStore(store)
    if (faults.length > 0) throw faults[0]
  })
  return {
    office,
    finder,
    dataFolder,
    clock,
    async take(path) {
      await importer.import(path, path)
      await office.finishDue()
    },
    all: async () => (await office.recordings.find({}, { limit: 100, order: 'oldest' })).rows,
    async sound({ media }) {
      const [file] = media
      if (file === undefined) throw new Error('the recording has no sound')
      return buffer(await office.sounds.read(file.soundKey, 0, file.bytes))
    },
  }
}

/** µ-law samples of a tone at 8 kHz. */
export function tone(frequencyHz: number, seconds: number): Buffer {
  return Buffer.from(
    Array.from({ length: Math.round(seconds * 8_000) }, (_, i) =>
      muLaw(Math.round(8_000 * Math.sin((2 * Math.PI * frequencyHz * i) / 8_000))),
    ),
  )
}

/** ITU-T G.711 µ-law of one sample. */
function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const biased = Math.min(Math.abs(sample), 32_635) + 132
  const exponent = Math.floor(Math.log2(biased)) - 7
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 0x0f)) & 0xff
}

/** Samples of one channel of a 16-bit WAV, -1 to 1. */
export function channelOf(wav: Buffer, channel: number): Float32Array {
  const channels = wav.readUInt16LE(22)
  const samples = Math.floor((wav.length - 44) / (2 * channels))
  return Float32Array.from(
    { length: samples },
    (_, i) => wav.readInt16LE(44 + 2 * (i * channels + channel)) / 32_768,
  )
}

/** How much of a stretch of sound is a tone: 1 for the pure tone, near 0 for another or none. */
export function toneShare(
  samples: Float32Array,
  frequencyHz: number,
  rateHz: number,
  span: { readonly from: number; readonly to: number },
): number {
  const part = samples.subarray(Math.round(span.from * rateHz), Math.round(span.to * rateHz))
  let [re, im, energy] = [0, 0, 0]
  for (const [i, sample] of part.entries()) {
    const phase = (2 * Math.PI * frequencyHz * i) / rateHz
    re += sample * Math.cos(phase)
    im += sample * Math.sin(phase)
    energy += sample * sample
  }
  return energy === 0 ? 0 : (2 * (re * re + im * im)) / (energy * part.length)
}

/** Root of the mean square of a stretch. */
export function loudness(
  samples: Float32Array,
  rateHz: number,
  span: { readonly from: number; readonly to: number },
): number {
  const part = samples.subarray(Math.round(span.from * rateHz), Math.round(span.to * rateHz))
  return Math.sqrt(part.reduce((sum, one) => sum + one * one, 0) / Math.max(1, part.length))
}
