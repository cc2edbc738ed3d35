// A capture as a request body in, what it brought to the store out. The body goes straight to a
// temporary file, whatever its size, which is gone when the answer is sent.
import { randomUUID } from 'node:crypto'
import { createWriteStream, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Turns } from '../../base/turns.ts'
import { Failure } from '../../base/failure.ts'
import type { ImportResult } from '../../line/import-result.ts'
import type { App } from '../http/app.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { RequestFailure } from '../http/request-failure.ts'
import { errorsOf } from './error-body.ts'

const count = (description: string) => Type.Integer({ description })

const ImportAnswer = Type.Object({
  files: count('Files read to their end'),
  frames: count('Frames read'),
  messages: count('SIP messages found, those included that the store held already'),
  messagesAdded: count('SIP messages that the store did not hold before'),
  legs: count('Legs that these messages belong to'),
  legsAdded: count('Legs that the store did not hold before'),
  calls: count('Calls that these messages belong to'),
  streams: count('RTP streams'),
  problems: count('Problems seen'),
  problemCounts: Type.Unsafe<ImportResult['problemCounts']>({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How often each problem was seen, by code',
  }),
  bytes: count('Bytes read'),
  seconds: Type.Number(),
  failed: Type.Unsafe<ImportResult['failed']>({
    type: 'array',
    description: 'The file, where it could be read only up to some damage',
    items: {
      type: 'object',
      required: ['name', 'isNoCapture', 'reason'],
      properties: {
        name: { type: 'string' },
        isNoCapture: { type: 'boolean' },
        reason: { type: 'string' },
      },
    },
  }),
})

export function registerImports(app: App, parts: ApiParts): void {
  const folder = uploadFolderOf(parts)
  // What a crash left of uploads is of no use to anybody.
  rmSync(folder, { recursive: true, force: true })
  const arriving = new Set<Promise<void>>()
  // Nor is what a stop cut off; the process does not wait for what its askers have left.
  app.addHook('onClose', async () => {
    await Promise.allSettled(arriving)
    await rm(folder, { recursive: true, force: true })
  })
  const turns = new Turns({
    atOnceMax: apiLimits.uploadsAtOnceMax,
    waitingMax: apiLimits.uploadsWaitingMax,
  })
  // A scope of its own, for here a body is a stream whatever type it says it has.
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('multipart/form-data', async () => {
      throw new RequestFailure('bad-input', 'send the capture itself as the body, not a form', {
        status: 415,
      })
    })
    scope.addContentTypeParser('*', async (_request: FastifyRequest, body: Readable) => body)
    scope.post(
      '/api/v1/imports',
      {
        bodyLimit: Number.MAX_SAFE_INTEGER,
        config: { permission: 'import', answerMsMax: apiLimits.transferMsMax },
        schema: {
          tags: ['import'],
          summary: 'Import a capture',
          description:
            'The body is the file: pcap or pcapng, plain or compressed with gzip or zstd, of ' +
            'any size. Importing the same capture again adds nothing.',
          // Any type is taken; in OpenAPI 3.1 bytes have no schema.
          body: { content: { 'application/octet-stream': { schema: {} } } },
          querystring: Type.Object(
            {
              name: Type.Optional(
                Type.String({ maxLength: 255, description: 'How messages name the file' }),
              ),
            },
            { additionalProperties: false },
          ),
          response: { 200: ImportAnswer, ...errorsOf(400, 401, 403, 408, 415, 507) },
        },
      },
      async (request) => {
        const body: unknown = request.body
        if (!isStream(body)) throw new RequestFailure('bad-input', 'the body is empty')
        return turns.run(async () => {
          const { name = 'upload' } = request.query
          const path = join(folder, randomUUID())
          return importBody(parts, { body, path, name, request }, arriving)
        })
      },
    )
  })
}

function uploadFolderOf(parts: ApiParts): string {
  return join(parts.settings.dataFolder, 'uploads')
}

interface Upload {
  readonly body: Readable
  readonly path: string
  readonly name: string
  readonly request: FastifyRequest
}

async function importBody(
  parts: ApiParts,
  { body, path, name, request }: Upload,
  arriving: Set<Promise<void>>,
): Promise<ImportResult> {
  try {
    const whole = writeBody(body, path)
    arriving.add(whole)
    await whole.finally(() => arriving.delete(whole))
    // From here on the asker is silent because we work, which must not end the connection.
    const { socket } = request.raw
    if (socket instanceof Socket) socket.setTimeout(0)
    const result = await parts.importer.importFile(path, name)
    const refused = result.failed.find((file) => file.isNoCapture)
    if (refused === undefined) return result
    const { reason } = refused
    throw new RequestFailure('bad-input', reason.startsWith(name) ? reason : `${name}: ${reason}`)
  } catch (error) {
    throw toUploadFailure(error)
  } finally {
    await rm(path, { force: true })
  }
}

/** Begins no file for a body that broke off while it waited for its turn. */
async function writeBody(body: Readable, path: string): Promise<void> {
  if (body.destroyed) throw new Failure('bad-input', 'the upload broke off')
  await mkdir(dirname(path), { recursive: true })
  await pipeline(body, createWriteStream(path, { mode: 0o600 }))
}

function toUploadFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new Failure('bad-input', 'the upload broke off', { cause: error })
  }
  return error
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
