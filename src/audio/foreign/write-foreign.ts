// A codec and its payloads in, the file that a foreign decoder takes out; undefined for codecs that
// none takes.
import { codecKey } from '../heard-packet.ts'
import type { SoundCodec } from '../sound.ts'
import { writeAmr } from './amr.ts'
import type { ForeignFile } from './foreign-file.ts'
import { writeG723, writeG726, writeG729, writeIlbc } from './frames.ts'
import { writeSpeex } from './speex.ts'

export function writeForeign(
  codec: SoundCodec,
  payloads: readonly Uint8Array[],
): ForeignFile | undefined {
  const key = codecKey(codec)
  if (key.includes('g726-')) return writeG726(codec, payloads)
  switch (key) {
    case 'amr':
    case 'amr-wb':
      return writeAmr(codec, payloads)
    case 'g729':
      return writeG729(payloads)
    case 'g723':
      return writeG723(payloads)
    case 'ilbc':
      return writeIlbc(codec, payloads)
    case 'speex':
      return writeSpeex(codec, payloads)
    default:
      return undefined
  }
}
