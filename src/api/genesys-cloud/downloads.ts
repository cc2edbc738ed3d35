// Finished downloads: the signed URL of one, a redirect to it, and the file behind it, for which
// the signature is the only proof that is asked for.
import { open } from 'node:fs/promises'
import { Type } from '@fastify/type-provider-typebox'
import { sameScope } from '../../accounts/scope.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import { pathOf } from '../http/dialect.ts'
import { apiLimits } from '../http/limits.ts'
import { publicBaseOf } from '../http/public-url.ts'
import type { DownloadJob } from './download-file.ts'
import type { ResourceParts } from './resource-parts.ts'

const Place = Type.Object({ downloadId: Type.String() })

export function registerDownloads(app: App, parts: ResourceParts): void {
  const config = { permission: 'telephony:pcap:view' }
  const schema = { params: Place }

  app.get(
    '/api/v2/telephony/siptraces/download/:downloadId',
    { config, schema },
    async (request) => {
      const job = await jobOf(request, parts, request.params.downloadId)
      return {
        id: job.downloadId,
        name: fileNameOf(job),
        url: signedUrlOf(request, parts, job),
        selfUri: pathOf(request.url),
      }
    },
  )

  // What scripts use that skip the call above: they expect to be sent on to the file.
  app.get(
    '/api/v2/downloads/:downloadId',
    {
      config,
      schema: {
        ...schema,
        querystring: Type.Object({ issueRedirect: Type.Optional(Type.String()) }),
      },
    },
    async (request, reply) => {
      const job = await jobOf(request, parts, request.params.downloadId)
      const url = signedUrlOf(request, parts, job)
      // In capitals too: as Python writes it.
      const isPlain = /^false$/i.test(request.query.issueRedirect ?? '')
      return isPlain ? { url } : reply.redirect(url, 302)
    },
  )

  app.get(
    '/api/v2/downloads/:downloadId/content',
    {
      config: { isOpen: true, answerMsMax: apiLimits.transferMsMax },
      schema: {
        params: Place,
        querystring: Type.Object({
          expires: Type.Optional(Type.Unknown()),
          signature: Type.Optional(Type.Unknown()),
        }),
      },
    },
    async (request, reply) => {
      const { expires, signature } = request.query
      parts.signer.check(pathOf(request.url), expires, signature)
      return sendFile(reply, parts, request.params.downloadId)
    },
  )
}

/**
 * A download that the request's account ordered, and that shows no more than it may see by now.
 * @throws Failure `not-found` also for those of others: whether there are any is not told
 */
async function jobOf(
  request: FastifyRequest,
  parts: ResourceParts,
  downloadId: string,
): Promise<DownloadJob> {
  const account = accountOf(request)
  const known = parts.jobs.find(downloadId)
  const isTheirs = known?.accountId === account.id && sameScope(known.scope, account.scope)
  if (!isTheirs) throw noDownload()
  return readyJob(parts, downloadId)
}

/** A download that can be fetched. @throws Failure `not-found` until then, as the vendor does */
async function readyJob(parts: ResourceParts, downloadId: string): Promise<DownloadJob> {
  const job = await parts.jobs.settled(downloadId)
  if (job?.state === 'failed') throw new Failure('internal', 'the download could not be made')
  if (job?.state !== 'ready') throw noDownload()
  return job
}

function noDownload(): Failure {
  return new Failure('not-found', 'there is no such download yet')
}

function signedUrlOf(request: FastifyRequest, parts: ResourceParts, job: DownloadJob): string {
  const path = `/api/v2/downloads/${job.downloadId}/content`
  const signed = parts.signer.sign(path, parts.settings.signedUrlSeconds)
  return `${publicBaseOf(request, parts.settings)}${signed}`
}

async function sendFile(
  reply: FastifyReply,
  parts: ResourceParts,
  downloadId: string,
): Promise<FastifyReply> {
  const job = await readyJob(parts, downloadId)
  const handle = await open(parts.jobs.pathOf(job.downloadId)).catch((error: unknown) => {
    throw new Failure('not-found', 'the file is kept no longer', { cause: error })
  })
  const { size } = await handle.stat()
  reply.type('application/vnd.tcpdump.pcap')
  reply.header('content-length', size)
  reply.header('content-disposition', `attachment; filename="${fileNameOf(job)}"`)
  return reply.send(handle.createReadStream())
}

function fileNameOf(job: DownloadJob): string {
  return `${job.downloadId}.pcap`
}
