// A recording's sound in, an HTTP answer with its bytes out: whole or a range of it, in the format
// that was asked for where the recording has it.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { SoundStore } from '../../store/recordings/contract.ts'
import type { RecordingMedia, SoundFormat } from '../../store/recordings/recording.ts'
import { RequestFailure } from '../http/request-failure.ts'
import { readRange } from './range.ts'

const types: Readonly<Record<SoundFormat, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg' }

/** Sends a sound file. @throws Failure `not-found`, `too-large` never; 416 for a wrong range */
export async function sendSound(
  request: FastifyRequest,
  reply: FastifyReply,
  sound: { readonly media: RecordingMedia; readonly sounds: SoundStore | undefined },
): Promise<FastifyReply> {
  const { media, sounds } = sound
  if (sounds === undefined) throw new Failure('not-found', 'the sound is not kept here')
  const size = await sounds.size(media.soundKey)
  const range = readRange(request.headers.range, size)
  reply.header('accept-ranges', 'bytes').type(types[media.format])
  if (range === undefined) {
    reply.header('content-range', `bytes */${size}`)
    throw new RequestFailure('bad-input', 'the range lies beyond the end', { status: 416 })
  }
  const { start, end } = range ?? { start: 0, end: size }
  if (range !== null) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`)
  reply.header('content-length', end - start)
  return reply.send(await sounds.read(media.soundKey, start, end))
}
