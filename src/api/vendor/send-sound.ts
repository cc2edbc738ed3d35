// A recording's sound and the format that is asked for in, an HTTP answer with the bytes out: whole
// or a range of it. Where the recording is kept in the other format it is converted.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { OtherFormats } from '../../sound/other-format.ts'
import type { SoundStore } from '../../store/recordings/contract.ts'
import type { RecordingMedia, SoundFormat } from '../../store/recordings/recording.ts'
import { RequestFailure } from '../http/request-failure.ts'
import { readRange } from './range.ts'

const types: Readonly<Record<SoundFormat, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg' }

/** What is to be sent. */
export interface SoundToSend {
  readonly media: RecordingMedia
  readonly sounds: SoundStore | undefined
  /** Another format than its own, and who makes that. */
  readonly other?: { readonly format: SoundFormat; readonly otherFormats: OtherFormats }
}

interface OpenSound {
  readonly size: number
  readonly format: SoundFormat
  readonly read: (start: number, end: number) => Promise<Readable> | Readable
}

/** Sends a sound. @throws Failure `not-found`, `unavailable`, or 416 for a range beyond the end */
export async function sendSound(
  request: FastifyRequest,
  reply: FastifyReply,
  sound: SoundToSend,
): Promise<FastifyReply> {
  const { size, format, read } = await openSound(sound)
  const range = readRange(request, size)
  reply.header('accept-ranges', 'bytes').type(types[format])
  if (range === undefined) {
    reply.header('content-range', `bytes */${size}`)
    throw new RequestFailure('bad-input', 'the range lies beyond the end', { status: 416 })
  }
  const { start, end } = range ?? { start: 0, end: size }
  if (range !== null) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`)
  reply.header('content-length', end - start)
  return reply.send(await read(start, end))
}

async function openSound({ media, sounds, other }: SoundToSend): Promise<OpenSound> {
  if (sounds === undefined) throw new Failure('not-found', 'the sound is not kept here')
  if (other === undefined || other.format === media.format) {
    const size = await sounds.size(media.soundKey)
    const read = (start: number, end: number) => sounds.read(media.soundKey, start, end)
    return { size, format: media.format, read }
  }
  const { format, otherFormats } = other
  const path = await otherFormats.file(media, await sounds.localPath(media.soundKey), format)
  const { size } = await stat(path)
  const read = (start: number, end: number) =>
    createReadStream(path, { start, end: Math.max(start, end - 1) })
  return { size, format, read }
}
