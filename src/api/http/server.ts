// The parts of the house in, a Fastify server out that speaks every API and serves the pages. It
// does not listen: main does, and tests ask it directly.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type ConnectionError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { Failure } from '../../base/failure.ts'
import { limits } from '../../base/limits.ts'
import { OtherFormats } from '../../sound/other-format.ts'
import { createBandwidth } from '../bandwidth/bandwidth.ts'
import { createGenesysCloud } from '../genesys-cloud/genesys-cloud.ts'
import { createGws } from '../gws/gws.ts'
import { createOwnApi } from '../own/own-api.ts'
import { createSignalwire } from '../signalwire/signalwire.ts'
import { readVendorRules } from '../vendor/vendor-rules.ts'
import type { App } from './app.ts'
import { Connections, endSoon, endUnfinished } from './connections.ts'
import { type ApiDialect, pathOf } from './dialect.ts'
import { registerHealth } from './health.ts'
import { apiLimits } from './limits.ts'
import { registerPages, sendIndexPage } from './pages.ts'
import type { ApiParts } from './parts.ts'
import { RequestFailure, statusOf, toFailure } from './request-failure.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { UrlSigner } from './signed-url.ts'
import { readSigningKey } from './signing-key.ts'
import { tlsServerFactory } from './tls-server.ts'

/** Builds the server. Whoever built it closes it; the parts stay the caller's. */
export async function buildServer(parts: ApiParts): Promise<FastifyInstance> {
  const signer = new UrlSigner(readSigningKey(parts.settings.dataFolder), parts.clock)
  const otherFormats = new OtherFormats(parts.settings.dataFolder)
  const connections = new Connections(parts.settings.trustedProxies)
  const vendor = readVendorRules(parts.settings)
  const withVendor = { ...parts, vendor, otherFormats, connections }
  const own = createOwnApi(withVendor)
  const apis = [
    // Before Genesys Cloud, whose paths its own lie below.
    createGws(withVendor),
    createGenesysCloud(parts, signer),
    createSignalwire(withVendor),
    createBandwidth(withVendor),
  ]
  // The first that owns a path answers for it; the own API answers for everything else.
  const dialects: readonly ApiDialect[] = [...apis.map(({ dialect }) => dialect), own.dialect]
  const answer = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    const failure = withArrivalStatus(request, toFailure(error))
    const path = pathOf(request.raw.url ?? '/')
    report(request, failure)
    addSecurityHeaders(reply, isSecure(request, parts))
    const dialect = dialects.find((candidate) => candidate.owns(path)) ?? own.dialect
    dialect.sendFailure(request, reply, failure)
  }

  const app = createApp(parts, answer)
  // JSON is all that is taken, but for the routes that say otherwise.
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('account', null)
  app.addHook('onClose', async () => otherFormats.close())
  let isStopping = false
  app.addHook('preClose', async () => {
    isStopping = true
    // Transfers may go on for a day, and a client's pace is none that the machine can wait for.
    setTimeout(() => app.server.closeAllConnections(), apiLimits.stoppingMsMax).unref()
  })
  app.addHook('onRequest', async (request, reply) => {
    addSecurityHeaders(reply, isSecure(request, parts))
    reply.header('x-request-id', request.id)
    if (isStopping) throw new Failure('unavailable', 'the server is stopping')
    // Before the body is read: of what nobody asked for, nothing is taken in.
    if (request.is404) throw notFound(request)
  })
  app.addHook('onSend', endUnfinished)
  app.addHook('onRoute', (route) => {
    if (route.config?.answerMsMax !== undefined) route.handlerTimeout = route.config.answerMsMax
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const ms = Math.round(reply.elapsedTime)
    request.log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms }, 'answered')
  })
  app.setErrorHandler((error, request, reply) => answer(request, reply, error))
  app.setNotFoundHandler((request, reply) => {
    // Whatever a vendor's client accepts: on that API's paths it is told in that API's words.
    const isOfVendor = apis.some(({ dialect }) => dialect.owns(pathOf(request.url)))
    if (!isOfVendor && sendIndexPage(request, reply)) return reply
    answer(request, reply, notFound(request))
    return reply
  })

  await registerHealth(app, parts)
  await own.register(app)
  for (const api of apis) await api.register(app)
  await registerPages(app, parts.settings)
  await app.ready()
  connections.watch(app.server)
  return app
}

type Answer = (request: FastifyRequest, reply: FastifyReply, error: unknown) => void

function createApp(parts: ApiParts, answer: Answer): App {
  const { trustedProxies = [] } = parts.settings
  const serverFactory = tlsServerFactory(parts.settings)
  return Fastify({
    ...(serverFactory === undefined ? {} : { serverFactory }),
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: limits.requestBodyBytesMax,
    connectionTimeout: apiLimits.silenceMsMax,
    requestTimeout: 0,
    // Fastify's own answer while it stops is in no API's words; our hook gives them.
    return503OnClosing: false,
    http: { headersTimeout: apiLimits.headersMsMax },
    routerOptions: { maxParamLength: apiLimits.paramLengthMax },
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // A request that names what we do not know is a mistake to be told, not to be trimmed.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false } },
    // Addresses that no route can have, such as a broken percent escape.
    frameworkErrors: (error, request, reply) => {
      void answerUnrouted(answer, request, reply, error)
    },
    clientErrorHandler: refuseConnection,
  }).withTypeProvider<TypeBoxTypeProvider>()
}

/** No hook runs for what Fastify itself refuses. */
async function answerUnrouted(answer: Answer, ...asked: Parameters<Answer>): Promise<void> {
  const [request, reply] = asked
  await endUnfinished(request, reply)
  answer(...asked)
}

/** What does not even parse as HTTP, or ends no TLS handshake, is answered on the bare socket. */
function refuseConnection(error: ConnectionError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = clientErrors.get(error.code ?? '') ?? '400 Bad Request'
  const message = status.slice(4).toLowerCase()
  const body = JSON.stringify({ error: { kind: 'bad-input', message } })
  endSoon(
    socket,
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

const clientErrors: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
])

/** A body that never came whole is the asker's delay, not ours (RFC 9110 §15.5.9). */
function withArrivalStatus(request: FastifyRequest, failure: Failure): Failure {
  if (failure.kind !== 'timeout' || request.raw.complete) return failure
  return new RequestFailure('timeout', 'the request did not arrive in time', { status: 408 })
}

function notFound(request: FastifyRequest): Failure {
  const path = pathOf(request.url).slice(0, 200)
  return new Failure('not-found', `nothing answers ${request.method} ${path}`)
}

/** Only what is our fault is logged, once, here; the rest is counted by status. */
function report(request: FastifyRequest, failure: Failure): void {
  if (statusOf(failure) < 500) return
  const err = failure.cause ?? failure
  request.log.error({ err, kind: failure.kind, route: request.routeOptions.url }, 'request failed')
}

function isSecure(request: FastifyRequest, parts: ApiParts): boolean {
  return request.protocol === 'https' || parts.settings.publicUrl?.startsWith('https:') === true
}
