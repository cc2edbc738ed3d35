// The built web pages, as files below one folder: assets as they are, and the index page for the
// addresses that the pages route themselves. It serves nothing outside that folder.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { pathOf } from './dialect.ts'
import type { ApiSettings } from './parts.ts'

const INDEX = 'index.html'

/** Serves the folder's files at `/`, where there is a folder with an index page in it. */
export async function registerPages(app: App, settings: ApiSettings): Promise<void> {
  const folder = settings.uiFolder
  if (folder === undefined || !existsSync(join(folder, INDEX))) return
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      // The build names assets by their content; the index page names the assets of one build.
      const isNamedByContent = path.startsWith(join(folder, 'assets'))
      const rule = isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache'
      reply.header('cache-control', rule)
    },
  })
}

/** Sends the index page for an address that only the pages know. False where it is none. */
export function sendIndexPage(request: FastifyRequest, reply: FastifyReply): boolean {
  const path = pathOf(request.url)
  const isPage =
    request.method === 'GET' &&
    isNavigation(request) &&
    !/^\/(api|oauth|metrics|healthz|readyz|assets)(\/|$)/.test(path)
  // Without pages at the start, nothing was registered that could send one.
  if (!isPage || !('sendFile' in reply)) return false
  reply.header('cache-control', 'no-cache')
  reply.sendFile(INDEX)
  return true
}

/**
 * Whether somebody goes to an address in a browser. XHTML is what browsers then accept and others
 * do not: Java's client takes text/html for whatever it asks. How they navigate, browsers say only
 * where the connection is safe.
 */
function isNavigation({ headers }: FastifyRequest): boolean {
  const takesXhtml = (headers.accept ?? '').includes('application/xhtml+xml')
  return takesXhtml || headers['sec-fetch-mode'] === 'navigate'
}
