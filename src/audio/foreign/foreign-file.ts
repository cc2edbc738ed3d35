// What a foreign decoder is handed, as types: payloads of one codec written as a file that programs
// know, and which stretch of the decoded samples belongs to which payload.

/** A stretch of samples: from the decoder, or silence where the payload holds none to decode. */
export interface ForeignStretch {
  readonly samples: number
  readonly isSilence: boolean
}

export interface ForeignFile {
  /** Name of the format as ffmpeg's `-f` takes it, and options that go before the input. */
  readonly format: string
  readonly options: readonly string[]
  readonly sampleRateHz: number
  readonly bytes: Buffer
  /** For each payload its stretches in order; none for a damaged payload. */
  readonly stretches: readonly (readonly ForeignStretch[])[]
}

export const decodedStretch = (samples: number): ForeignStretch => ({ samples, isSilence: false })
export const silentStretch = (samples: number): ForeignStretch => ({ samples, isSilence: true })

/** Cuts the decoder's samples into those of each payload; what it did not give is silence. */
export function cutForeign(file: ForeignFile, decoded: Float32Array): Float32Array[] {
  let at = 0
  return file.stretches.map((stretches) => {
    const samples = new Float32Array(stretches.reduce((sum, one) => sum + one.samples, 0))
    let place = 0
    for (const stretch of stretches) {
      if (!stretch.isSilence) {
        samples.set(decoded.subarray(at, at + stretch.samples), place)
        at += stretch.samples
      }
      place += stretch.samples
    }
    return samples
  })
}
